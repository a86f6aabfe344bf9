"""The signed-in user's gym."""

from typing import cast

from frontend.kit.api_types import LinkMailed, OrganizationDetail
from frontend.kit.client import Params
from frontend.kit.session import api


def read() -> OrganizationDetail:
    return cast(OrganizationDetail, api.get("/organizations/me"))


def update(changes: Params) -> OrganizationDetail:
    return cast(OrganizationDetail, api.send("PATCH", "/organizations/me", json=changes))


def read_logo() -> bytes:
    return api.file("/organizations/me/logo")


def put_logo(name: str, content: bytes) -> None:
    # What it is, its content says: the name and this are not believed.
    sent = {"file": (name, content, "application/octet-stream")}
    api.send("PUT", "/organizations/me/logo", files=sent)


def delete_logo() -> None:
    api.send("DELETE", "/organizations/me/logo")


def mail_confirmation() -> LinkMailed:
    return cast(LinkMailed, api.send("POST", "/organizations/me/email-confirmation"))
