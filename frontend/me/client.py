"""What a member sees of themselves."""

from typing import Any, cast

from frontend.kit.api_types import OwnMember, OwnVisit, Page
from frontend.kit.session import api


def read() -> OwnMember:
    return cast(OwnMember, api.get("/me"))


def page_visits(**query: Any) -> Page[OwnVisit]:
    return cast(Page[OwnVisit], api.get("/me/check-ins", **query))
