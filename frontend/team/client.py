"""The team, and who is invited to it."""

from typing import Any, cast

from frontend.kit.api_types import InvitationItem, Page, TeamItem
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[TeamItem]:
    return cast(Page[TeamItem], api.get("/team", **query))


def read(user_id: int) -> TeamItem:
    return cast(TeamItem, api.get(f"/team/{user_id}"))


def update(user_id: int, changes: Params) -> TeamItem:
    return cast(TeamItem, api.send("PATCH", f"/team/{user_id}", json=changes))


def disable(user_id: int) -> None:
    api.send("POST", f"/team/{user_id}/disable")


def enable(user_id: int) -> None:
    api.send("POST", f"/team/{user_id}/enable")


def reset_second_factor(user_id: int) -> None:
    api.send("POST", f"/team/{user_id}/second-factor/reset")


def hand_over(user_id: int, current_password: str) -> None:
    body = {"user_id": user_id, "current_password": current_password}
    api.send("POST", "/team/hand-over", json=body)


def invitations(**query: Any) -> Page[InvitationItem]:
    return cast(Page[InvitationItem], api.get("/invitations", **query))


def invite(invitation: Params) -> InvitationItem:
    return cast(InvitationItem, api.send("POST", "/invitations", json=invitation))


def revoke(invitation_id: int) -> None:
    api.send("DELETE", f"/invitations/{invitation_id}")
