"""Files of members and visits."""

from collections.abc import Mapping
from typing import cast

from frontend.kit.api_types import ImportItem, ImportResult, Page
from frontend.kit.client import Api
from frontend.kit.session import api


def upload(name: str, content: bytes, *, fields: Mapping[str, str], dry_run: bool) -> ImportResult:
    data = {**fields, "dry_run": "true" if dry_run else "false"}
    files = {"file": (name, content, "text/csv")}
    return cast(ImportResult, api.send("POST", "/imports", data=data, files=files))


def page() -> Page[ImportItem]:
    return cast(Page[ImportItem], api.get("/imports", size=30))


def read_errors(import_id: int, *, api: Api = api) -> bytes:
    return api.file(f"/imports/{import_id}/errors.csv")
