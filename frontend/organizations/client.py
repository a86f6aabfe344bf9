"""The signed-in user's gym."""

from typing import cast

from frontend.kit.api_types import LinkMailed, OrganizationDetail
from frontend.kit.client import Params
from frontend.kit.session import api


def read() -> OrganizationDetail:
    return cast(OrganizationDetail, api.get("/organizations/me"))


def update(changes: Params) -> OrganizationDetail:
    return cast(OrganizationDetail, api.send("PATCH", "/organizations/me", json=changes))


def mail_confirmation() -> LinkMailed:
    return cast(LinkMailed, api.send("POST", "/organizations/me/email-confirmation"))
