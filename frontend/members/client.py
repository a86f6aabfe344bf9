"""Members, and the mails that they got."""

from typing import Any, cast

from frontend.kit.api_types import MemberDetail, MemberItem, MemberMessageItem, Page
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[MemberItem]:
    return cast(Page[MemberItem], api.get("/members", **query))


def read(member_id: int) -> MemberDetail:
    return cast(MemberDetail, api.get(f"/members/{member_id}"))


def page_messages(member_id: int, page: int = 1) -> Page[MemberMessageItem]:
    path = f"/members/{member_id}/messages"
    return cast(Page[MemberMessageItem], api.get(path, page=page, size=20))


def create(fields: Params) -> MemberDetail:
    return cast(MemberDetail, api.send("POST", "/members", json=fields))


def update(member_id: int, changes: Params) -> MemberDetail:
    return cast(MemberDetail, api.send("PATCH", f"/members/{member_id}", json=changes))
