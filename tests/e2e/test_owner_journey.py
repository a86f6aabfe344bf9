"""The owner of a new gym sets it up in a real browser, and takes everything along in the end."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.dashboard import Dashboard
from tests.e2e.test_journey import PASSWORD, Owner, read_mails, wait_for
from tests.fixtures.platform import RunningPlatform

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture
def owner(platform: RunningPlatform) -> Iterator[Owner]:
    with httpx.Client(base_url=platform.api_url, timeout=120) as http:
        owner = Owner(http)
        owner.sign_up()
        owner.confirm_address(platform)
        yield owner


def test_an_owner_sets_a_gym_up_and_takes_everything_along(
    platform: RunningPlatform, window: BrowserContext, owner: Owner, tmp_path: Path
) -> None:
    gym = Setup(window, owner)
    gym.dashboard.sign_in(owner.email, PASSWORD)
    gym.add_a_location("Canal House")
    gym.invite("rita", platform)
    gym.add_a_plan("Monthly", "300")
    gym.raise_the_price("350")
    gym.add_a_member("Mia Holm", email="mia@example.org", tag="Morning crew")
    gym.sell("Monthly", for_the_first="DKK 300.00")
    gym.freeze()
    gym.save_an_audience("Morning crew")
    gym.merge_a_duplicate("M. Holm", email="mia@example.org")
    gym.see_in_the_audit_log("Merge", "Audience", "Freeze", "Membership", "Tag")
    gym.see_in_the_audit_log("Plan", "Invitation", "Location", page=2)
    tables = gym.take_everything_along(tmp_path / "gym.zip")
    assert {row["name"] for row in tables["locations"]} >= {"Canal House"}
    assert [row["merged_into"] != "" for row in tables["customers"]].count(True) == 1
    assert len(tables["membership_freezes"]) == 1


class Setup:
    """What the owner does on the pages."""

    def __init__(self, window: BrowserContext, owner: Owner) -> None:
        self.dashboard = Dashboard(window.new_page())
        self.page = self.dashboard.page
        self.window = window
        self.owner = owner

    def fill(self, **fields: str) -> None:
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).first.fill(value)

    def add_a_location(self, name: str) -> None:
        self.dashboard.open("/location")
        self.fill(Name=name, Capacity="40")
        self.dashboard.press("Save")
        self.dashboard.heading(name)

    def invite(self, name: str, platform: RunningPlatform) -> None:
        """And they accept, in a window of their own."""
        email = f"{name}-{self.owner.mark}@example.org"
        self.dashboard.open("/team")
        self.dashboard.press("Invite")
        self.fill(Email=email)
        self.dashboard.press("Send invitation")
        expect(self.page.get_by_text(email).first).to_be_visible()
        mail = wait_for(
            "the invitation", lambda: read_mails(platform, [email]).get(email), seconds=120
        )
        [link] = re.findall(r"https?://\S+/auth/invitation#\S+", mail["text"])
        theirs = self.window.browser
        assert theirs is not None
        page = theirs.new_page()
        page.goto(link)
        page.get_by_label("Your name").fill(name.title())
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        expect(page.get_by_text(f"{name.title()} · receptionist")).to_be_visible()
        page.close()

    def add_a_plan(self, name: str, price: str) -> None:
        self.dashboard.open("/plan")
        self.fill(Name=name)
        self.page.get_by_role("textbox", name="Price per term, DKK").fill(price)
        self.page.keyboard.press("Tab")
        self.dashboard.settle()
        self.dashboard.press("Save")
        expect(self.page.get_by_text(name).first).to_be_attached()  # a table is a canvas

    def raise_the_price(self, price: str) -> None:
        """From tomorrow, as the form proposes."""
        [plan] = self.owner.get("/membership-plans")["items"]
        self.dashboard.open(f"/plan?id={plan['plan_id']}")
        self.page.get_by_role("tab", name="Prices").click()
        self.dashboard.press("Change the price")
        self.page.get_by_role("textbox", name="Price per term, DKK").last.fill(price)
        self.dashboard.press("Plan the change")
        self.page.get_by_role("tab", name="Prices").click()
        expect(self.page.get_by_text(f"DKK {price}.00")).to_be_visible()

    def add_a_member(self, name: str, *, email: str, tag: str | None = None) -> None:
        self.dashboard.open("/add-member")
        self.fill(Name=name, Email=email)
        self.dashboard.press("Add member")
        self.dashboard.heading(name)
        if tag:
            self.page.get_by_role("combobox", name="Tags").fill(tag)
            self.page.keyboard.press("Enter")
            self.page.keyboard.press("Escape")  # while its choices are open, all else is hidden
            self.dashboard.settle()
            expect(self.page.get_by_text(tag).first).to_be_visible()

    def sell(self, plan: str, *, for_the_first: str) -> None:
        self.page.get_by_role("tab", name="Memberships").click()
        self.dashboard.press("Assign a plan")
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_text(for_the_first).first).to_be_visible()
        dialog.get_by_role("button", name="Assign", exact=True).click()
        self.dashboard.settle()
        expect(self.page.get_by_text(plan).first).to_be_visible()

    def freeze(self) -> None:
        self.dashboard.press("Freeze")
        self.page.get_by_role("dialog").get_by_role("button", name="Freeze it").click()
        self.dashboard.settle()
        expect(self.page.get_by_text("Frozen", exact=True).first).to_be_visible()

    def save_an_audience(self, tag: str) -> None:
        self.dashboard.open(f"/members?tag={tag}")
        expect(self.page.get_by_text("1 member").first).to_be_visible()
        self.dashboard.press("Audiences")
        self.page.get_by_label("Save this filter as").fill(tag)
        self.page.get_by_role("button", name="Save", exact=True).last.click()
        expect(self.page.get_by_text(f"Saved: {tag}")).to_be_visible()

    def merge_a_duplicate(self, name: str, *, email: str) -> None:
        self.add_a_member(name, email=email)
        self.dashboard.open("/duplicates")
        expect(self.page.get_by_text("same email")).to_be_visible()
        self.dashboard.press("Keep this one")
        self.page.get_by_role("dialog").get_by_role("button", name="Merge").click()
        self.dashboard.settle()
        self.dashboard.heading("No duplicates")

    def see_in_the_audit_log(self, *nouns: str, page: int = 1) -> None:
        self.dashboard.open(f"/audit-log?page={page}")
        for noun in nouns:
            expect(self.page.get_by_text(re.compile(f"^{noun} ")).first).to_be_visible()

    def take_everything_along(self, path: Path) -> dict[str, list[dict[str, str]]]:
        """The rows of every table, after each file was held against the list of checksums."""
        self.dashboard.open("/export")
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download everything").click()
        download.value.save_as(path)
        with zipfile.ZipFile(path) as archive:
            tables = json.loads(archive.read("manifest.json"))["tables"]
            for table in tables.values():
                for kind in ("csv", "json"):
                    content = archive.read(table[kind]["file"])
                    assert hashlib.sha256(content).hexdigest() == table[kind]["sha256"]
            return {
                name: list(csv.DictReader(io.StringIO(archive.read(table["csv"]["file"]).decode())))
                for name, table in tables.items()
            }
