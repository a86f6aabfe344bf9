"""The dashboard under test: its real code over real HTTP against an API with canned answers."""

import asyncio
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import frontend
from frontend.auth import client
from frontend.auth.routes import ROUTES
from frontend.kit import session
from frontend.kit.session_middleware import SessionMiddleware, liveness
from frontend.kit.settings import settings
from tests.frontend.fake_api import FakeApi

MAIN = Path(frontend.__file__).with_name("main.py")
PAGES = {path.stem: path for path in MAIN.parent.glob("*/pages/*.py")}
OpenPage = Callable[..., AppTest]
Browse = Callable[..., httpx.Response]
PATIENCE = 180
"""Seconds for a run of a page, of which the first imports Streamlit, pandas and Altair."""
# Each AppTest looks through every installed package, which takes longer than many a page.
manifest_scanner.scan_component_manifests = functools.cache(  # type: ignore[assignment]
    manifest_scanner.scan_component_manifests
)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    fake = FakeApi()
    with fake.serve() as url:
        monkeypatch.setenv("API_URL", url)
        monkeypatch.setenv("WEB_URL", "http://127.0.0.1:8501")
        settings.cache_clear()
        client.read_choices.clear()
        liveness.__init__()  # type: ignore[misc]
        yield fake
    settings.cache_clear()
    assert not fake.violations, "\n".join(dict.fromkeys(fake.violations))


@pytest.fixture
def signed_in(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A browser tab that carries a live session's cookie."""
    cookie = api.open_session()
    monkeypatch.setattr(session, "session_id", lambda: cookie)
    return api


@pytest.fixture
def open_page(signed_in: FakeApi) -> OpenPage:
    def open_page(name: str = "overview", **query: str) -> AppTest:
        # Every AppTest claims to be the same browser tab; a new tab starts with an empty cache.
        fresh = "from frontend.kit import session\nsession.refresh()"
        AppTest.from_string(fresh, default_timeout=PATIENCE).run()
        app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE)
        app.run()
        for key, value in query.items():
            app.query_params[key] = value
        if name != "overview" or query:
            app.switch_page(str(PAGES[name].relative_to(MAIN.parent)))
            for key, value in query.items():
                app.query_params[key] = value
            app.run()
        assert not app.exception, app.exception
        return app

    return open_page


async def page(_request: Any) -> HTMLResponse:
    return HTMLResponse("the dashboard")


@pytest.fixture
def browse(api: FakeApi) -> Browse:
    """One browser without redirects followed; keeps its cookies."""
    routes = [*ROUTES, Route("/{path:path}", page)]
    transport = httpx.ASGITransport(
        SessionMiddleware(Starlette(routes=routes)), client=("203.0.113.9", 1)
    )
    cookies = httpx.Cookies()

    def ask(method: str, path: str, **parts: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=transport, base_url=settings().web_url, cookies=cookies
            ) as browser:
                answer = await browser.request(method, path, **parts)
                cookies.update(browser.cookies)
                return answer

        return asyncio.run(once())

    return ask


def words(app: AppTest) -> str:
    """Everything a reader sees on the page, in one string."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text")
    parts = [element.value for kind in kinds for element in app.get(kind)]
    parts += [f"{m.label} {m.value} {m.delta}" for m in app.metric]
    parts += [
        alert.value for kind in ("error", "warning", "info", "success") for alert in app.get(kind)
    ]
    parts += [button.label for button in app.button]
    return "\n".join(part.replace("\\", "") for part in parts if part)
