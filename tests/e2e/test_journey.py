"""The main job on a running platform, over HTTP only: the same on `run.py up` and on compose.

A gym signs up, brings its door log in, then names three of the members who drift away; it writes to
them, reads the mails as its members would, and one of them wants no more.
"""

import csv
import io
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.etl.door_log import find_real_log, simulate_taps, write_log
from tests.fixtures.platform import RunningPlatform

pytestmark = pytest.mark.e2e

PASSWORD = "a long enough password"
SUBJECT = "{{first_name}}, we miss you at {{gym}}"
BODY = "Hi {{first_name}},\n\nit has been {{days_away}} days. See you this week?\n\n{{gym}}"


def read_door_log() -> bytes:
    """A real gym's log where there is one, else a simulated one of the same form."""
    real = find_real_log()
    if real:
        return real.read_bytes()
    taps = simulate_taps(seed=5)
    stopped = {number for number, _ in taps[:40]}
    last_day = taps[-1][1] - timedelta(days=20)
    return write_log([tap for tap in taps if tap[0] not in stopped or tap[1] < last_day])


def wait_for(what: str, read: Callable[[], Any], seconds: float = 300) -> Any:
    """Ask again until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (found := read()):
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.3)
    return found


class Owner:
    """A gym owner with a client of the API."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.mark = secrets.token_hex(4)
        self.email = f"owner-{self.mark}@example.com"
        self.gym = f"Harbour Gym {self.mark}"

    def sign_up(self) -> None:
        answer = self.http.post(
            "/api/v1/auth/register",
            json={
                "name": self.gym,
                "username": f"owner_{self.mark}",
                "email": self.email,
                "password": PASSWORD,
                "timezone": "Europe/Copenhagen",
                "currency": "DKK",
            },
        )
        assert answer.status_code == 201, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def confirm_address(self, platform: RunningPlatform) -> None:
        """Read the link in the mail, look at its page, and press the button."""
        mail = wait_for(
            "the link", lambda: read_mails(platform, [self.email]).get(self.email), seconds=120
        )
        [link] = re.findall(r"https?://\S+/confirm/\S+", mail["text"])
        assert httpx.get(link, timeout=120).status_code == 200
        assert self.get("/organizations/me")["email_confirmed"] is False, "looking confirms nothing"
        assert httpx.post(link, timeout=120).status_code == 200
        assert self.get("/organizations/me")["email_ready"] is True

    def bring_in(self, kind: str, content: bytes, **form: str) -> dict[str, Any]:
        answer = self.http.post(
            "/api/v1/imports",
            data={"kind": kind, **form},
            files={"file": (f"{kind}.csv", content, "text/csv")},
            timeout=120,
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = self.http.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self, member_ids: list[int], **over: Any) -> dict[str, Any]:
        answer = self.http.post(
            "/api/v1/campaigns",
            json={"member_ids": member_ids, "subject": SUBJECT, "body": BODY, **over},
            headers={"Idempotency-Key": secrets.token_hex(8)},
        )
        assert answer.status_code == 202, answer.text
        campaign = dict(answer.json())
        campaign["skipped"] = {why: count for why, count in campaign["skipped"].items() if count}
        return campaign

    def wait_until_sent(self, campaign_id: int) -> dict[str, Any]:
        def finished() -> dict[str, Any] | None:
            campaign = self.get(f"/campaigns/{campaign_id}")
            return campaign if campaign["state"] == "done" else None

        return dict(wait_for("the campaign to be sent", finished))


def write_members(members: list[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=["Member number", "Name", "Email", "Consent"])
    writer.writeheader()
    writer.writerows(members)
    return file.getvalue().encode()


def read_mails(platform: RunningPlatform, addresses: list[str]) -> dict[str, dict[str, Any]]:
    """The mails in the sink to these addresses; each has exactly one recipient."""
    mails = httpx.get(f"{platform.mail_url}/email", timeout=120).json()
    found: dict[str, dict[str, Any]] = {}
    for mail in mails:
        [recipient] = mail["to"]
        if recipient["address"] in addresses:
            assert recipient["address"] not in found, "the same mail twice"
            found[recipient["address"]] = mail
    return found


def test_an_owner_finds_writes_to_and_hears_from_members_who_drift_away(
    platform: RunningPlatform,
) -> None:
    with httpx.Client(base_url=platform.api_url, timeout=120) as http:
        owner = Owner(http)
        owner.sign_up()
        owner.confirm_address(platform)

        # The door log: looked at first, then brought in; a second time changes nothing.
        log = read_door_log()
        checked = owner.bring_in("visits", log, dry_run="true")
        assert checked["state"] == "checked"
        assert owner.get("/members")["total"] == 0
        visits = owner.bring_in("visits", log)
        assert visits["loaded"] > 0
        assert visits["duplicates"] > 0, "double taps are one visit"
        again = owner.bring_in("visits", log)
        assert again["loaded"] == 0

        # Its figures are as of its own last day, and count equals list.
        overview = owner.get("/analytics/overview")
        last_tap = max(line.split(b",")[1] for line in log.splitlines()[1:] if line.strip())
        as_of = datetime.fromisoformat(overview["as_of"])
        assert as_of - datetime.fromisoformat(last_tap.decode()) < timedelta(days=1)
        assert overview["as_of_is_live"] is (datetime.now(UTC) - as_of < timedelta(days=8))
        listed = owner.get("/analytics/at-risk", tab="drifting", size=50)
        assert owner.get("/analytics/at-risk")["total"] == overview["at_risk"]
        assert all(item["reasons"] for item in listed["items"])
        assert all(item["email_block"] == "no_address" for item in listed["items"])
        three = listed["items"][:3]
        assert len(three) == 3

        # A members file names three of them, with address and consent; then they can be mailed.
        names = ["Ana Berg", "Bo Carlsen", "Cille Dahl"]
        addresses = [f"{name.split()[0].lower()}-{owner.mark}@example.org" for name in names]
        members = [
            {"Member number": item["number"], "Name": name, "Email": address, "Consent": "yes"}
            for item, name, address in zip(three, names, addresses, strict=True)
        ]
        assert owner.bring_in("members", write_members(members))["loaded"] == 3
        named = owner.get("/analytics/at-risk", tab="drifting", search=owner.mark)
        assert {item["name"] for item in named["items"]} == set(names)
        assert all(item["can_email"] for item in named["items"])
        ids = [item["member_id"] for item in three]

        # The three get one mail each, in the gym's name.
        campaign = owner.wait_until_sent(owner.send(ids)["campaign_id"])
        assert (campaign["sent"], campaign["failed"]) == (3, 0)
        mails = wait_for(
            "three mails",
            lambda: (found := read_mails(platform, addresses)) and len(found) == 3 and found,
        )
        for name, address in zip(names, addresses, strict=True):
            headers = mails[address]["headers"]
            first = name.split()[0]
            assert headers["subject"] == f"{first}, we miss you at {owner.gym}"
            assert owner.gym in headers["from"]
            assert owner.email in headers["reply-to"]
            assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
            assert f"Hi {first}," in mails[address]["text"]
        assert len({mail["headers"]["message-id"] for mail in mails.values()}) == 3

        # Nobody gets a second one within a week.
        assert owner.send(ids)["skipped"] == {"mailed_this_week": 3}

        # One wants no more: one click, without signing in.
        link = mails[addresses[0]]["headers"]["list-unsubscribe"].strip("<>")
        assert httpx.get(link, timeout=120).status_code == 200
        assert owner.get(f"/members/{ids[0]}")["email_consent"] == "given", "looking is not leaving"
        stopped = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=120)
        assert stopped.status_code == 200
        assert owner.get(f"/members/{ids[0]}")["email_consent"] == "unsubscribed"
        preview = http.post(
            "/api/v1/campaigns/preview",
            json={"member_ids": ids, "subject": SUBJECT, "body": BODY},
        ).json()
        assert preview["skipped"]["unsubscribed"] == 1
        assert owner.send(ids)["skipped"] == {"unsubscribed": 1, "mailed_this_week": 2}
        assert len(read_mails(platform, addresses)) == 3


def test_health_and_readiness(platform: RunningPlatform) -> None:
    assert httpx.get(f"{platform.api_url}/health", timeout=120).json() == {"status": "ok"}
    assert httpx.get(f"{platform.api_url}/ready", timeout=120).status_code == 200
