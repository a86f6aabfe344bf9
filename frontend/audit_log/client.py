"""Who changed what."""

from typing import Any, cast

from frontend.kit.api_types import AuditChoices, AuditItem, Page
from frontend.kit.client import Api
from frontend.kit.session import api


def page(**query: Any) -> Page[AuditItem]:
    return cast(Page[AuditItem], api.get("/audit-log", **query))


def read_choices() -> AuditChoices:
    return cast(AuditChoices, api.get("/audit-log/choices"))


def read_file(*, api: Api = api, **query: Any) -> bytes:
    return api.file("/audit-log/export.csv", **query)
