"""A real browser at the dashboard, and what its users do there, in their words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.fixtures.platform import RunningPlatform

EMAIL, PASSWORD = "admin@example.com", "comeback-demo"
ROW = 40
PATIENCE = 60_000
"""Milliseconds for one step of a page, on a crowded machine."""
expect.set_options(timeout=PATIENCE)
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        yield found
        found.close()


@pytest.fixture
def window(browser: Browser, platform: RunningPlatform) -> Iterator[BrowserContext]:
    """A browser nobody has used yet; it may call the dashboard only."""
    context = browser.new_context(
        base_url=platform.web_url, viewport={"width": 1440, "height": 1100}
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@dataclass
class Dashboard:
    page: Page

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.page.goto("/auth/login")
        self.page.get_by_label("Email or username").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.settle()

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run, and run again if it asked for that."""
        for _ in range(2):
            self.page.wait_for_timeout(400)
            self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()
        self.settle()

    def tick(self, rows: list[int], already: int = 0) -> None:
        """The table is a canvas: its boxes are found by their place."""
        table = self.page.get_by_test_id("stDataFrame").first
        for number, row in enumerate(rows, already + 1):
            table.scroll_into_view_if_needed()
            # What a screen reader is told of a row is there once the row has been drawn.
            table.locator(f"[id^=glide-cell-][id$='-{row}']").first.wait_for(state="attached")
            table.click(position={"x": 16, "y": ROW * (row + 1) + 14})
            expect(self.page.get_by_text(f"{number} selected")).to_be_visible()
            self.settle()

    def turn_to_page(self, number: int) -> None:
        self.page.get_by_role("button", name=f"Page {number}", exact=True).first.click()
        expect(self.page.get_by_text(f"page {number} of")).to_be_visible()
        self.settle()

    def heading(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", name=text).first).to_be_visible()


@pytest.fixture
def dashboard(window: BrowserContext) -> Dashboard:
    signed_in = Dashboard(window.new_page())
    signed_in.sign_in()
    return signed_in


@pytest.fixture(scope="module")
def as_owner(platform: RunningPlatform) -> requests.Session:
    api = requests.Session()
    body = {"email": EMAIL, "password": PASSWORD}
    answer = api.post(f"{platform.api_url}/api/v1/auth/login", json=body, timeout=120)
    answer.raise_for_status()
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return api
