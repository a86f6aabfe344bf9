"""The owner's way through the dashboard in a real browser, on a running platform."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.dashboard import PATIENCE, Dashboard
from tests.fixtures.platform import RunningPlatform

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


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
