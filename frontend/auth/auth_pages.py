"""Sign in, create an account, sign out: plain HTML forms that need no script."""

import re
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from frontend.auth import client as auth_api
from frontend.auth.forms import (
    address_of,
    describe_trouble,
    enter,
    foreign_form,
    forget_cookie,
    read_fields,
    render,
)
from frontend.auth.waiting import waiting
from frontend.kit import api_limits, client, i18n
from frontend.kit.api_types import CurrencyChoice
from frontend.kit.client import ApiError, Refused, SignedOut
from frontend.kit.i18n import t
from frontend.kit.session_middleware import is_same_origin, liveness, safe_next, session_of
from frontend.kit.settings import settings

COMMON_CURRENCIES = ("EUR", "USD", "GBP")
#: Where a browser's first language points when it names a country; only a first guess.
HOMES = {
    "US": ("America/New_York", "USD"),
    "GB": ("Europe/London", "GBP"),
    "BR": ("America/Sao_Paulo", "BRL"),
    "IN": ("Asia/Kolkata", "INR"),
    "CA": ("America/Toronto", "CAD"),
    "AU": ("Australia/Sydney", "AUD"),
    "FR": ("Europe/Paris", "EUR"),
    "ES": ("Europe/Madrid", "EUR"),
    "IT": ("Europe/Rome", "EUR"),
    "PT": ("Europe/Lisbon", "EUR"),
    "DE": ("Europe/Berlin", "EUR"),
    "CH": ("Europe/Zurich", "CHF"),
    "JP": ("Asia/Tokyo", "JPY"),
    "KR": ("Asia/Seoul", "KRW"),
    "KW": ("Asia/Kuwait", "KWD"),
}
OWN_PAGES = ("/auth/login", "/auth/register", "/auth/forgot")
#: The API decides; this only spares a round trip.
_LONGEST, _SHORTEST = (
    limits["RegisterRequest"] for limits in (api_limits.MAX_LENGTH, api_limits.MIN_LENGTH)
)


async def login(request: Request) -> Response:
    if request.method == "GET":
        return await _login_page(request)
    if not is_same_origin(request):
        return foreign_form()
    fields = await read_fields(request)
    target = safe_next(fields.get("next"))
    if "ticket" in fields:
        return await _second_step(request, fields["ticket"], fields.get("code", ""), target)
    name, password = fields.get("login", "").strip(), fields.get("password", "")
    try:
        return await enter(request, name, password, target)
    except ApiError as error:
        if error.code == "second_factor_required":
            ticket = waiting.keep(name, password)
            return render("code.html", error="", ticket=ticket, next=target)
        text, status = _login_error(error)
        return render("login.html", status, error=text, notice="", next=target, login=name)


async def _second_step(request: Request, ticket: str, code: str, target: str) -> Response:
    half = waiting.find(ticket)
    if half is None:
        text = t("That took too long. Please sign in again.")
        return render("login.html", 401, error=text, notice="", next=target, login="")
    try:
        response = await enter(request, half.login, half.password, target, code=code.strip())
    except ApiError as error:
        wrong_code = error.code == "wrong_second_factor" or error.status == 422
        text, status = (str(error), 401) if wrong_code else _login_error(error)
        return render("code.html", status, error=text, ticket=ticket, next=target)
    waiting.forget(ticket)
    return response


async def _login_page(request: Request) -> Response:
    target = safe_next(request.query_params.get("next"))
    session = session_of(request)
    # Checked without the cache: a cached result would bounce between this page and the next.
    if session and await liveness.check(session, fresh=True):
        return RedirectResponse(target, 303)
    notice = ""
    if "ended" in request.query_params:
        notice = t("Your session has ended. Please sign in again.")
    elif "changed" in request.query_params:
        notice = t("Your password is changed. Sign in with the new one.")
    response = render("login.html", error="", notice=notice, next=target, login="")
    if session and await liveness.check(session) is False:
        forget_cookie(response)
    return response


def _login_error(error: ApiError) -> tuple[str, int]:
    if isinstance(error, SignedOut) or error.status in (400, 404, 422):
        return t("That email or username and password do not match."), 401
    return describe_trouble(error)


async def register(request: Request) -> Response:
    if request.method == "GET":
        zone, currency = _home(request.headers.get("accept-language", ""))
        return await _register_page(
            {"timezone": zone, "currency": currency, "language": i18n.current_language()}
        )
    if not is_same_origin(request):
        return foreign_form()
    fields = await read_fields(request)
    password = fields.pop("password", "")
    account = {
        name: fields.get(name, "").strip()
        for name in ("name", "username", "email", "timezone", "currency", "language")
    }
    problems = _missing(account, password)
    if problems:
        return await _register_page(account, problems=problems, status=422)
    try:
        body = {**account, "password": password}
        await anyio.to_thread.run_sync(
            partial(auth_api.register, body, address=address_of(request))
        )
    except Refused as error:
        return await _register_page(account, error=error, status=error.status)
    except ApiError as error:
        return await _register_page(account, error=error, status=503)
    try:
        return await enter(request, account["email"], password, "/")
    except ApiError:
        return RedirectResponse("/auth/login", 303)


async def _register_page(
    account: dict[str, str],
    *,
    problems: dict[str, str] | None = None,
    error: ApiError | None = None,
    status: int = 200,
) -> Response:
    try:
        choices = await anyio.to_thread.run_sync(auth_api.read_choices)
    except ApiError as failure:
        error, status = failure, 503
        choices = None
    problems = dict(problems or {})
    for entry in error.errors if error else []:
        problems[str(entry.get("field", ""))] = str(entry.get("message", ""))
    values = {
        "name": "",
        "username": "",
        "email": "",
        "timezone": "",
        "currency": "",
        "language": "",
        **account,
    }
    text = ""
    if error and not any(problems.get(name) for name in [*values, "password"]):
        text, _ = describe_trouble(error)
    return render(
        "register.html",
        status,
        error=text,
        problems=problems,
        account=values,
        timezones=choices["timezones"] if choices else [],
        currencies=_order(choices["currencies"]) if choices else [],
        longest=_LONGEST,
        shortest_password=_SHORTEST["password"],
    )


def _order(currencies: list[CurrencyChoice]) -> list[str]:
    """The most common first."""
    codes = [currency["code"] for currency in currencies]
    return sorted(codes, key=lambda code: (code not in COMMON_CURRENCIES, code))


def _missing(account: dict[str, str], password: str) -> dict[str, str]:
    problems = {}
    if not account["name"]:
        problems["name"] = t("Your gym needs a name.")
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+", account["email"]):
        problems["email"] = t("This does not look like an email address.")
    if len(account["username"]) < _SHORTEST["username"]:
        problems["username"] = t("Choose a username of three letters or more.")
    if len(password) < _SHORTEST["password"]:
        problems["password"] = t("Use at least {n} characters.", n=_SHORTEST["password"])
    return problems


def _home(languages: str) -> tuple[str, str]:
    country = re.match(r"[a-z]{2,3}-([A-Z]{2})\b", languages)
    return HOMES.get(country[1] if country else "", ("Europe/London", "EUR"))


async def language(request: Request) -> Response:
    """Keep the choice in this browser for a year, also when nobody is signed in."""
    target = request.query_params.get("next")
    response = RedirectResponse(target if target in OWN_PAGES else safe_next(target), 303)
    chosen = request.query_params.get("to", "")
    if chosen in i18n.LANGUAGES:
        response.set_cookie(
            i18n.COOKIE,
            chosen,
            max_age=365 * 24 * 60 * 60,
            path="/",
            httponly=True,
            secure=settings().cookie_secure,
            samesite="lax",
        )
    return response


async def logout(request: Request) -> Response:
    """For browsers without script; the button in the app ends the session over its websocket."""
    if not is_same_origin(request):
        return foreign_form()
    session = session_of(request)
    response = RedirectResponse("/auth/login", 303)
    if session:
        liveness.forget(session)
        try:
            await anyio.to_thread.run_sync(client.revoke_session, session)
        except SignedOut:
            pass  # it had ended already
        except ApiError:
            text = t("We cannot reach the server, so you are still signed in.")
            return PlainTextResponse(text, 503)
        forget_cookie(response)
    return response
