"""A receptionist at the desk and a member on the phone, each invited by mail, in a real browser."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.dashboard import PATIENCE, Dashboard
from tests.e2e.test_journey import PASSWORD, read_mails, wait_for
from tests.fixtures.platform import RunningPlatform

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

NARROW = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: Browser, platform: RunningPlatform) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=platform.web_url, viewport=NARROW)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


class Gym:
    """The demo gym, as its owner works with it over HTTP."""

    def __init__(self, platform: RunningPlatform, api: requests.Session) -> None:
        self.platform = platform
        self.api = api
        self.mark = secrets.token_hex(4)

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
        answer = self.api.post(f"{self.platform.api_url}/api/v1{path}", json=body, timeout=120)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        answer = self.api.get(f"{self.platform.api_url}/api/v1{path}", timeout=120)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def add_member(self) -> dict[str, Any]:
        body = {"name": f"Mia {self.mark}", "number": f"card {self.mark}"}
        member = self.post("/members", body)
        [plan, *_] = [one for one in self.get("/membership-plans")["items"] if one["is_active"]]
        self.post("/memberships", {"member_id": member["member_id"], "plan_id": plan["plan_id"]})
        return member

    def invite(self, role: str, **who: Any) -> str:
        """Somebody who accepts with a password of their own; their address."""
        email = f"{role}-{self.mark}@example.org"
        self.post("/invitations", {"email": email, "role": role, **who})
        mail = wait_for(
            "the invitation", lambda: read_mails(self.platform, [email]).get(email), seconds=120
        )
        [token] = re.findall(r"/auth/invitation#(\S+)", mail["text"])
        accepted = httpx.post(
            f"{self.platform.api_url}/api/v1/invitations/accept",
            json={"token": token, "name": f"{role.title()} {self.mark}", "password": PASSWORD},
            timeout=120,
        )
        assert accepted.is_success, accepted.text
        return email


@pytest.fixture
def gym(platform: RunningPlatform, as_owner: requests.Session) -> Gym:
    return Gym(platform, as_owner)


def test_a_receptionist_checks_members_in_by_keyboard_alone(
    gym: Gym, phone: BrowserContext
) -> None:
    member = gym.add_member()
    desk = Dashboard(phone.new_page())
    desk.sign_in(gym.invite("receptionist"), PASSWORD)
    desk.open("/desk")
    field = desk.page.get_by_label("Who is here?")
    field.focus()
    desk.page.keyboard.type(member["number"])
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("Checked in at")).to_be_visible()
    desk.heading(member["name"])
    expect(desk.page.get_by_text("First visit ever").first).to_be_visible()
    wide = desk.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW["width"], "nothing reaches over the edge of a phone"


def test_who_comes_elsewhere_is_seen_at_the_desk_without_a_reload(
    gym: Gym, dashboard: Dashboard
) -> None:
    dashboard.open("/desk")
    member = gym.add_member()
    gym.post("/check-ins", {"member_id": member["member_id"]})
    expect(dashboard.page.get_by_text(member["name"])).to_be_visible()
    expect(dashboard.page.get_by_text("First visit ever").first).to_be_visible()


def test_a_member_shows_a_code_and_gives_notice_on_one_page(
    gym: Gym, phone: BrowserContext
) -> None:
    member = gym.add_member()
    email = gym.invite("member", member_id=member["member_id"])
    mine = Dashboard(phone.new_page())
    mine.sign_in(email, PASSWORD)
    mine.heading(re.compile(f"Hello, {member['name']}"))
    code = mine.page.get_by_test_id("stImage").first
    expect(code).to_be_visible()
    expect(mine.page.get_by_role("link", name="Members")).to_have_count(0)

    mine.press("Cancel membership")
    dialog = mine.page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    mine.page.get_by_role("option", name="Moves away").click()
    mine.settle()
    dialog.get_by_role("button", name="Cancel it").click()
    mine.settle()
    expect(mine.page.get_by_role("button", name="Withdraw cancellation")).to_be_visible()
    [held] = gym.get(f"/memberships?member_id={member['member_id']}")["items"]
    assert held["leaving_reason"] == "moving"
