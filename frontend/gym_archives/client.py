"""Everything of the gym in one file."""

from frontend.kit.client import Api


def read_archive(*, api: Api) -> bytes:
    return api.file("/organizations/me/export")
