"""The owner's way through the dashboard in a real browser, on a running platform."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.fixtures.platform import RunningPlatform

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

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
    """What an owner does, in the owner's words."""

    page: Page

    def sign_in(self) -> None:
        self.page.goto("/auth/login")
        self.page.get_by_label("Email or username").fill(EMAIL)
        self.page.get_by_label("Password").fill(PASSWORD)
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


def mailable_rows(api: requests.Session, platform: RunningPlatform, page: int) -> list[int]:
    """Rows of the first tab's page whose members may be written to now."""
    query: dict[str, str | int] = {"tab": "drifting", "page": page, "size": 12}
    url = f"{platform.api_url}/api/v1/analytics/at-risk"
    items = api.get(url, params=query, timeout=120).json()["items"]
    return [row for row, member in enumerate(items) if member["can_email"]]


def test_a_reload_and_a_new_tab_stay_signed_in(
    dashboard: Dashboard, window: BrowserContext
) -> None:
    dashboard.heading(re.compile("Good (morning|afternoon|evening)"))
    dashboard.page.reload()
    dashboard.settle()
    dashboard.heading(re.compile("Good "))
    second = Dashboard(window.new_page())
    second.open("/members")
    second.heading("Members")


def test_the_first_page_is_found_under_its_name_as_well(dashboard: Dashboard) -> None:
    dashboard.open("/overview")
    dashboard.heading(re.compile("Good "))
    expect(dashboard.page.get_by_text("Page not found")).to_have_count(0)
    assert urlsplit(dashboard.page.url).path == "/"


def test_no_script_can_read_the_session_and_nothing_is_loaded_from_elsewhere(
    window: BrowserContext, platform: RunningPlatform
) -> None:
    foreign: list[str] = []

    def note(url: str) -> None:
        if not url.startswith((platform.web_url, "data:", "blob:")):
            foreign.append(url)

    window.on("request", lambda request: note(request.url))
    dashboard = Dashboard(window.new_page())
    dashboard.sign_in()
    for path in ("/", "/at-risk", "/members", "/imports"):
        dashboard.open(path)
    assert foreign == []
    kept = [cookie for cookie in window.cookies() if "comeback_session" in cookie["name"]]
    assert len(kept) == 1
    assert kept[0]["httpOnly"]
    assert kept[0]["sameSite"] == "Lax"
    seen = dashboard.page.evaluate("document.cookie + JSON.stringify({...localStorage})")
    assert kept[0]["value"] not in seen
    assert kept[0]["value"] not in dashboard.page.url


def test_signing_out_in_one_tab_ends_the_other_at_its_next_action(
    dashboard: Dashboard, window: BrowserContext
) -> None:
    second = Dashboard(window.new_page())
    second.open("/members")
    dashboard.press("Account")
    dashboard.page.get_by_text("Sign out").click()
    dashboard.page.wait_for_url("**/auth/login*")
    second.page.get_by_role("link", name="At risk").click()
    second.page.wait_for_url("**/auth/login*")
    second.page.goto("/")
    second.page.wait_for_url("**/auth/login*")
    second.page.go_back()
    expect(second.page.get_by_text("slipping away")).to_have_count(0)


def test_from_at_risk_to_mails_sent(
    dashboard: Dashboard, platform: RunningPlatform, as_owner: requests.Session
) -> None:
    first, second = (mailable_rows(as_owner, platform, page)[:2] for page in (1, 2))
    assert first, "the demo gym has nobody on page 1 who may be mailed"
    assert second, "the demo gym has nobody on page 2 who may be mailed"
    number = len(first) + len(second)

    dashboard.page.get_by_role("link", name="At risk").click()
    dashboard.heading("Members at risk")
    dashboard.settle()
    dashboard.tick(first)
    dashboard.turn_to_page(2)
    dashboard.tick(second, already=len(first))
    dashboard.turn_to_page(1)
    dashboard.press(re.compile(f"Email {number} member"))

    dialog = dashboard.page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("Hello {{frist_name}}")
    dashboard.settle()
    expect(dialog.get_by_role("alert")).to_contain_text("frist_name")
    send = dialog.get_by_role("button", name=re.compile("Send to"))
    expect(send).to_be_disabled()
    dialog.get_by_label("Subject").fill("A word from {{gym}}")
    dashboard.settle()
    expect(dialog.get_by_text(re.compile(r"^A word from (?!\{)"))).to_be_visible()
    expect(send).to_have_text(re.compile(f"Send to {number} member"))
    send.click()

    expect(dashboard.page.get_by_text(f"{number} emails sent")).to_be_visible(timeout=5 * PATIENCE)
    dashboard.settle()
    dashboard.press(re.compile("Open campaign"))
    dashboard.page.wait_for_url(re.compile(r"/campaign\?id=\d+$"))
    metric = dashboard.page.get_by_test_id("stMetric").filter(has_text="Sent").first
    expect(metric).to_contain_text(str(number))
    arrived = [
        mail
        for mail in requests.get(f"{platform.mail_url}/email", timeout=120).json()
        if mail["subject"].startswith("A word from")
    ]
    assert len(arrived) >= number
    assert all(len(mail["to"]) == 1 for mail in arrived)


def test_the_page_fits_a_phone_and_both_themes(browser: Browser, platform: RunningPlatform) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(
            base_url=platform.web_url,
            viewport={"width": 390, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE)
        phone = Dashboard(context.new_page())
        phone.sign_in()
        for path in ("/", "/at-risk", "/members", "/campaigns", "/imports", "/gym"):
            phone.open(path)
            width = phone.page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, f"{path} scrolls sideways in {scheme}"
            assert phone.page.get_by_test_id("stException").count() == 0
        context.close()
