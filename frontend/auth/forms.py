"""What the forms beside Streamlit share: their looks, what was typed, and the session's cookie."""

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from frontend.auth import client as auth_api
from frontend.kit import i18n
from frontend.kit.client import ApiDown, ApiError
from frontend.kit.i18n import t
from frontend.kit.settings import settings

MAX_LENGTH = 200

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
)
_pages.globals["t"] = t


def _read_allowed(template: str) -> tuple[str, str]:
    """A style or script of ours, and how a content policy names it."""
    text = _pages.get_template(template).render()
    return text, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_STYLE, _STYLE_HASH = _read_allowed("style.css")
_SCRIPT, _SCRIPT_HASH = _read_allowed("open_link.js")
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
POLICY_OF_LINKS = f"{CONTENT_SECURITY_POLICY}; script-src 'sha256-{_SCRIPT_HASH}'"
"""Of the one page that runs a script: it takes the secret of a link out of the address."""


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return _send(template, status, CONTENT_SECURITY_POLICY, values)


def render_opening(title: str, own_address: str) -> HTMLResponse:
    """The page that a link in a mail opens: it reads the secret behind the # and sends it on."""
    values = {"title": title, "own_address": own_address, "script": _SCRIPT}
    return _send("open_link.html", 200, POLICY_OF_LINKS, values)


def _send(template: str, status: int, policy: str, values: dict[str, Any]) -> HTMLResponse:
    own_address = f"/auth/{template.removesuffix('.html')}"
    body = _pages.get_template(template).render(
        {
            "style": _STYLE,
            "own_address": own_address,
            "language": i18n.current_language(),
            "languages": i18n.LANGUAGES,
            **values,
        }
    )
    return HTMLResponse(body, status, headers={"Content-Security-Policy": policy})


def foreign_form() -> Response:
    return PlainTextResponse("This form was not sent from our own page.", 403)


async def read_fields(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=20) as form:
        return {name: str(value)[:MAX_LENGTH] for name, value in form.items()}


def address_of(request: Request) -> str | None:
    return request.client.host if request.client else None


def describe_trouble(error: ApiError) -> tuple[str, int]:
    """What is said of a failure that is about no field, and with which status."""
    if isinstance(error, ApiDown):
        return t("We cannot reach the server right now. Please try again in a minute."), 503
    if error.status == 429:
        return t("Too many attempts. Please wait a few minutes and try again."), 429
    return str(error), error.status


async def enter(
    request: Request, login: str, password: str, target: str, *, code: str | None = None
) -> Response:
    """Open a session at the API and hand it to the browser in its cookie."""
    open_session = partial(
        auth_api.open_session,
        login,
        password,
        code,
        address=address_of(request),
        user_agent=request.headers.get("user-agent"),
    )
    session = await anyio.to_thread.run_sync(open_session)
    response = RedirectResponse(target, 303)
    response.set_cookie(
        settings().cookie_name,
        session["session"],
        max_age=session["max_age"],
        path="/",
        httponly=True,
        secure=settings().cookie_secure,
        samesite="lax",
    )
    return response


def forget_cookie(response: Response) -> None:
    response.delete_cookie(
        settings().cookie_name,
        path="/",
        httponly=True,
        secure=settings().cookie_secure,
        samesite="lax",
    )
