"""Pages behind links in mails. Their secret stands behind a # and comes by POST: it is in no
address that a server, a proxy or a scanner of mail sees, and opening a link changes nothing."""

from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontend.auth import client as auth_api
from frontend.auth.forms import (
    address_of,
    describe_trouble,
    enter,
    foreign_form,
    forget_cookie,
    read_fields,
    render,
    render_opening,
)
from frontend.auth.roles import ROLES
from frontend.kit import api_limits
from frontend.kit.client import ApiError, NotFound
from frontend.kit.i18n import t
from frontend.kit.session_middleware import is_same_origin

_LONGEST = api_limits.MAX_LENGTH["InvitationAcceptRequest"]
_SHORTEST = api_limits.MIN_LENGTH["InvitationAcceptRequest"]
_LONGEST_PASSWORD = api_limits.MAX_LENGTH["ResetRequest"]["new_password"]
_SHORTEST_PASSWORD = api_limits.MIN_LENGTH["ResetRequest"]["new_password"]


async def invitation(request: Request) -> Response:
    if request.method == "GET":
        return render_opening(t("Your invitation"), "/auth/invitation")
    if not is_same_origin(request):
        return foreign_form()
    fields = await read_fields(request)
    token, password = fields.get("token", ""), fields.get("password")
    if password is None:
        return await _invitation_form(request, token)
    name = fields.get("name", "").strip()
    if not name or len(password) < _SHORTEST["password"]:
        problem = (
            t("Use at least {n} characters.", n=_SHORTEST["password"])
            if name
            else t("Please say who you are.")
        )
        return await _invitation_form(request, token, name=name, error=problem, status=422)
    accept = partial(
        auth_api.accept_invitation,
        {"token": token, "name": name, "password": password},
        address=address_of(request),
    )
    try:
        made = await anyio.to_thread.run_sync(accept)
    except ApiError as error:
        text, status = describe_trouble(error)
        return await _invitation_form(
            request, token, name=name, error=_say(error) or text, status=status
        )
    try:
        return await enter(request, made["email"], password, "/")
    except ApiError:
        return RedirectResponse("/auth/login", 303)


async def _invitation_form(
    request: Request, token: str, *, name: str = "", error: str = "", status: int = 200
) -> Response:
    preview = partial(auth_api.preview_invitation, token, address=address_of(request))
    try:
        found = await anyio.to_thread.run_sync(preview)
    except ApiError as failure:
        text, failed = describe_trouble(failure)
        if not isinstance(failure, NotFound) and failed == 422:
            text = t("A part of the link is missing. Open it from the mail itself.")
        return render("link_refused.html", failed, title=t("Your invitation"), error=text)
    return render(
        "invitation.html",
        status,
        error=error,
        token=token,
        name=name,
        gym=found["gym_name"],
        email=found["email"],
        invited_by=found["invited_by"],
        role=t(ROLES[found["role"]]),
        longest=_LONGEST,
        shortest_password=_SHORTEST["password"],
    )


async def forgot(request: Request) -> Response:
    """The same answer whether anybody signs in so or not."""
    if request.method == "GET":
        return render("forgot.html", error="", notice="", login="")
    if not is_same_origin(request):
        return foreign_form()
    name = (await read_fields(request)).get("login", "").strip()
    ask = partial(auth_api.forget_password, name, address=address_of(request))
    try:
        await anyio.to_thread.run_sync(ask)
    except ApiError as error:
        text, status = describe_trouble(error)
        return render("forgot.html", status, error=_say(error) or text, notice="", login=name)
    notice = t("If that is an account, a link is on its way. It works once, for an hour.")
    return render("forgot.html", error="", notice=notice, login=name)


async def reset(request: Request) -> Response:
    title = t("Choose a new password")
    if request.method == "GET":
        return render_opening(title, "/auth/reset")
    if not is_same_origin(request):
        return foreign_form()
    fields = await read_fields(request)
    token, password = fields.get("token", ""), fields.get("password")
    if password is None:
        return _reset_form(token)
    if len(password) < _SHORTEST_PASSWORD:
        problem = t("Use at least {n} characters.", n=_SHORTEST_PASSWORD)
        return _reset_form(token, error=problem, status=422)
    choose = partial(auth_api.reset_password, token, password, address=address_of(request))
    try:
        await anyio.to_thread.run_sync(choose)
    except NotFound as error:
        return render("link_refused.html", error.status, title=title, error=str(error))
    except ApiError as error:
        text, status = describe_trouble(error)
        return _reset_form(token, error=_say(error) or text, status=status)
    response = RedirectResponse("/auth/login?changed=1", 303)
    forget_cookie(response)
    return response


def _reset_form(token: str, *, error: str = "", status: int = 200) -> Response:
    return render(
        "reset.html",
        status,
        error=error,
        token=token,
        longest_password=_LONGEST_PASSWORD,
        shortest_password=_SHORTEST_PASSWORD,
    )


def _say(error: ApiError) -> str:
    """What is wrong with the fields, without their names: a form here has one that can be wrong."""
    return " ".join(str(entry.get("message", "")) for entry in error.errors)
