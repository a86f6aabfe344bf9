"""Who gets in: cookie, origin, host, and where sign-in may lead."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from api.auth.choices import list_choices
from api.kit.settings import Settings
from frontend.auth import auth_pages
from frontend.kit.session_middleware import SessionMiddleware, liveness, safe_next
from frontend.kit.settings import settings
from tests.frontend.conftest import Browse
from tests.frontend.fake_api import PASSWORD, FakeApi

ORIGIN = "http://127.0.0.1:8501"
PAGE = {"Accept": "text/html"}
SIGN_IN = {"login": "ana@example.com", "password": PASSWORD, "next": "/at-risk"}
ACCOUNT = {
    "name": "Riverside Gym",
    "email": "rui@example.com",
    "username": "riverside",
    "password": "quiet-river-at-dawn",
    "timezone": "Europe/Lisbon",
    "language": "en",
    "currency": "EUR",
}


def sign_in(browse: Browse, **fields: str) -> httpx.Response:
    return browse("POST", "/auth/login", data=SIGN_IN | fields, headers={"Origin": ORIGIN})


def open_websocket(
    cookie: str | None, origin: str | None = ORIGIN, host: str = "127.0.0.1:8501"
) -> bool:
    """Whether the application behind the middleware ever sees the handshake."""
    reached = []

    async def application(*_: Any) -> None:
        reached.append(True)

    async def nothing(*_: Any) -> Any:
        return None

    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if cookie is not None:
        headers.append((b"cookie", f"{settings().cookie_name}={cookie}".encode()))
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    asyncio.run(SessionMiddleware(application)(scope, nothing, nothing))
    return bool(reached)


def test_without_a_session_pages_lead_to_sign_in_and_back(browse: Browse) -> None:
    answer = browse("GET", "/member?id=4", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Fmember%3Fid%3D4"


def test_without_a_session_nothing_else_answers(browse: Browse) -> None:
    assert browse("GET", "/media/export.csv").status_code == 401
    assert browse("GET", "/_stcore/host-config", headers=PAGE).status_code == 401
    assert browse("POST", "/_stcore/upload_file/x/y").status_code == 401


def test_a_forged_cookie_opens_nothing(browse: Browse) -> None:
    cookie = {"Cookie": f"{settings().cookie_name}=made-up"}
    assert browse("GET", "/", headers=PAGE | cookie).status_code == 303
    assert not open_websocket("made-up")
    assert not open_websocket(None)


def test_signing_in_sets_a_cookie_no_script_can_read(browse: Browse) -> None:
    answer = sign_in(browse)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/at-risk"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("comeback_session=")
    assert all(flag in cookie for flag in ("httponly", "samesite=lax", "path=/", "max-age="))
    assert "domain" not in cookie
    assert browse("GET", "/", headers=PAGE).text == "the dashboard"


def test_over_https_the_cookie_is_secure_and_bound_to_this_host(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_URL", "https://gym.example")
    settings.cache_clear()
    headers = {"Origin": "https://gym.example", "Host": "gym.example"}
    answer = browse("POST", "/auth/login", data=SIGN_IN, headers=headers)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-comeback_session=")
    assert "; secure" in cookie
    assert "strict-transport-security" in answer.headers


def test_a_username_signs_in_as_well(browse: Browse, api: FakeApi) -> None:
    sign_in(browse, login="ana")
    assert api.requests[-1][2] == {"username": "ana", "password": PASSWORD}


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:9999"])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/auth/logout"])
def test_forms_of_other_origins_are_refused(
    browse: Browse, api: FakeApi, path: str, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = browse("POST", path, data=SIGN_IN | ACCOUNT, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert not api.requests


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:9999"])
def test_websockets_of_other_origins_are_refused_even_with_a_good_cookie(
    api: FakeApi, origin: str | None
) -> None:
    session = api.open_session()
    assert open_websocket(session)
    assert not open_websocket(session, origin)


def test_a_rebound_host_name_is_refused(api: FakeApi, browse: Browse) -> None:
    session = api.open_session()
    assert not open_websocket(session, "http://evil.example", host="evil.example")
    assert browse("GET", "/auth/login", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie:x=1\r\nSet-Cookie: x=1",
        "javascript:alert(1)",
        "/auth/login",
        "",
    ],
)
def test_sign_in_leads_only_to_our_own_pages(browse: Browse, target: str) -> None:
    assert safe_next(target) == "/"
    assert sign_in(browse, next=target).headers["location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(browse: Browse) -> None:
    answer = sign_in(browse, password="nonsense")
    assert answer.status_code == 401
    assert "do not match" in answer.text
    assert 'value="ana@example.com"' in answer.text
    assert "nonsense" not in answer.text


def test_what_is_typed_into_the_form_is_never_run_as_html(browse: Browse) -> None:
    answer = sign_in(browse, login='"><script>alert(1)</script>', password="x")
    assert "<script>" not in answer.text


def test_too_many_attempts_and_an_outage_are_told_apart(browse: Browse, api: FakeApi) -> None:
    api.login_answer = (429, {"detail": "Slow down."})
    assert "Too many attempts" in sign_in(browse).text
    api.broken = True
    answer = sign_in(browse)
    assert answer.status_code == 503
    assert "cannot reach the server" in answer.text


def test_the_api_learns_the_browsers_address_for_its_limits(browse: Browse, api: FakeApi) -> None:
    sign_in(browse)
    assert api.addresses[-1] == "203.0.113.9"


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_form_pages_run_no_script_load_nothing_foreign_and_are_not_kept(
    browse: Browse, path: str
) -> None:
    answer = browse("GET", path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in answer.text


def test_every_answer_carries_the_security_headers(browse: Browse) -> None:
    sign_in(browse)
    for answer in (browse("GET", "/", headers=PAGE), browse("GET", "/auth/login", headers=PAGE)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_tokens_never_stand_in_an_address(browse: Browse, api: FakeApi) -> None:
    sign_in(browse)
    browse("GET", "/", headers=PAGE)
    secrets = set(api.sessions)
    assert secrets
    assert not any(secret in url for url in api.urls for secret in secrets)


def test_an_outage_signs_nobody_out(browse: Browse, api: FakeApi) -> None:
    session = api.open_session()
    api.broken = True
    assert open_websocket(session)
    cookie = {"Cookie": f"{settings().cookie_name}={session}"}
    assert browse("GET", "/", headers=PAGE | cookie).status_code == 200


def test_a_session_ended_by_another_browser_is_noticed_within_seconds(
    browse: Browse, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(browse)
    assert browse("GET", "/", headers=PAGE).status_code == 200
    api.sessions.clear()
    monkeypatch.setattr("frontend.kit.session_middleware.TRUST_SECONDS", 0)
    liveness._until.clear()
    assert browse("GET", "/", headers=PAGE).status_code == 303


def test_the_sign_in_page_forgets_a_dead_cookie(browse: Browse, api: FakeApi) -> None:
    sign_in(browse)
    api.sessions.clear()
    answer = browse("GET", "/auth/login?ended=1")
    assert "Your session has ended" in answer.text
    assert "max-age=0" in answer.headers["set-cookie"].lower()


def test_signing_out_without_script_ends_the_session(browse: Browse, api: FakeApi) -> None:
    sign_in(browse)
    answer = browse("POST", "/auth/logout", headers={"Origin": ORIGIN})
    assert answer.headers["location"] == "/auth/login"
    assert not api.sessions
    assert browse("GET", "/", headers=PAGE).status_code == 303


def test_signing_out_is_not_claimed_when_it_did_not_happen(browse: Browse, api: FakeApi) -> None:
    sign_in(browse)
    api.broken = True
    answer = browse("POST", "/auth/logout", headers={"Origin": ORIGIN})
    assert answer.status_code == 503
    assert "still signed in" in answer.text


def register(browse: Browse, **fields: str) -> httpx.Response:
    return browse("POST", "/auth/register", data=ACCOUNT | fields, headers={"Origin": ORIGIN})


def test_creating_an_account_signs_in(browse: Browse, api: FakeApi) -> None:
    # The API in these tests knows one password only.
    answer = register(browse, password=PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert api.gym.name == "Riverside Gym"
    assert browse("GET", "/", headers=PAGE).status_code == 200


def test_what_is_missing_is_said_beside_its_field(browse: Browse, api: FakeApi) -> None:
    answer = register(browse, name=" ", email="nonsense", username="x", password="short")
    assert answer.status_code == 422
    for text in (
        "Your gym needs a name.",
        "This does not look like an email address.",
        "Choose a username of three letters or more.",
        "Use at least 12 characters.",
    ):
        assert text in answer.text
    assert {asked for _, asked, _ in api.requests} == {"/auth/choices"}


def test_a_taken_address_is_said_and_nothing_typed_is_lost(browse: Browse) -> None:
    answer = register(browse, email="taken@example.com")
    assert answer.status_code == 409
    assert "This email is already registered." in answer.text
    assert 'value="Riverside Gym"' in answer.text
    assert ACCOUNT["password"] not in answer.text


def options(text: str, name: str) -> list[str]:
    select = text.split(f'<select id="{name}"')[1].split("</select>")[0]
    return re.findall(r"<option[^>]*>([^<]*)</option>", select)


def test_what_the_api_takes_is_offered_at_sign_up_and_nothing_else(browse: Browse) -> None:
    text = browse("GET", "/auth/register").text
    known = list_choices(Settings())
    currencies, zones = options(text, "currency"), options(text, "timezone")
    assert currencies[:3] == ["EUR", "GBP", "USD"], "the most common first"
    assert sorted(currencies) == [currency.code for currency in known.currencies]
    assert zones == known.timezones
    assert {currency for _, currency in auth_pages.HOMES.values()} <= set(currencies)
    assert {zone for zone, _ in auth_pages.HOMES.values()} <= set(zones)


def test_sign_up_without_the_api_says_so(browse: Browse, api: FakeApi) -> None:
    api.broken = True
    answer = browse("GET", "/auth/register")
    assert answer.status_code == 503
    assert "We cannot reach the server right now" in answer.text


def test_the_browsers_language_gives_a_first_guess_of_zone_and_currency(browse: Browse) -> None:
    text = browse("GET", "/auth/register", headers={"Accept-Language": "pt-BR,pt;q=0.9"}).text
    assert "<option selected>America/Sao_Paulo</option>" in text
    assert "<option selected>BRL</option>" in text
