"""Work that takes longer than a request."""

from typing import cast

from frontend.kit.api_types import JobItem
from frontend.kit.client import Api
from frontend.kit.session import api


def read(job_id: int) -> JobItem:
    """Always fresh: this is what progress is read from."""
    return cast(JobItem, api.send("GET", f"/jobs/{job_id}"))


def read_errors(job_id: int, *, api: Api = api) -> bytes:
    return api.file(f"/jobs/{job_id}/errors.csv")
