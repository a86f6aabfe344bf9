"""`run.py demo`: the main job, once and for real, printed on the command line.

A platform of its own in a fresh folder: sign in as the demo owner, see who is at risk and why,
write to one of them, and read the mail that arrives.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from local.platform import DEMO_EMAIL, DEMO_PASSWORD, Platform, run
from local.processes import CannotStart
from local.settings import read_demo

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SHOWN_HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
_MAIL_SECONDS = 60.0


class Api:
    """An API client of the demo owner, as any other client would be."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"
        self._headers = {"Content-Type": "application/json"}
        self._headers["Authorization"] = "Bearer " + str(
            self.ask("/auth/login", {"email": DEMO_EMAIL, "password": DEMO_PASSWORD})[
                "access_token"
            ]
        )

    def ask(self, path: str, body: object = None, **headers: str) -> Any:
        """GET, or POST when there is a body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own address
            self._url + path, data=data, headers=self._headers | named
        )
        return _open(request, path)


def _open(request: urllib.request.Request | str, what: str) -> Any:
    try:
        with _direct.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:500]
        raise CannotStart(f"{what} was answered with {error.code}: {said}") from None


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="comeback-demo-") as folder:

        def print_addresses(platform: Platform) -> None:
            print(f"A platform of its own is ready after {time.monotonic() - began:.0f} s.")
            do_the_main_job(platform.api_url, platform.mail_url)

        code = run(read_demo(sys.argv[1:], Path(folder)), print_addresses)
    if code == 0:
        print(f"Done in {time.monotonic() - began:.0f} s; everything is stopped.")
    return code


def do_the_main_job(api_url: str, mail_url: str) -> None:
    api = Api(api_url)
    overview = api.ask("/analytics/overview")
    currency = overview["currency"]
    print(
        f"\n{overview['gym_name']}: {overview['active_members']} active members, "
        f"{overview['at_risk']} at risk of leaving, "
        f"worth {overview['at_risk_yearly_value']:,.0f} {currency} a year.\n"
    )
    at_risk = api.ask("/analytics/at-risk?page=1&size=5")
    if at_risk["total"] != overview["at_risk"]:
        raise CannotStart("the list of members at risk and the overview disagree")
    for number, member in enumerate(at_risk["items"], 1):
        print(
            f"{number}. {member['name']}, last here {member['last_visit'] or 'never'}, "
            f"{member['yearly_value']:,.0f} {currency} a year"
        )
        for reason in member["reasons"]:
            print(f"     {reason['text']}")
    reachable = api.ask("/analytics/at-risk?page=1&size=100&tab=drifting")["items"]
    member = next((member for member in reachable if member["can_email"]), None)
    if member is None:
        raise CannotStart("none of the members at risk can be mailed")
    campaign = send(api, member)
    mail = read_mail(mail_url, member["email"])
    print(f"\nThe mail as it arrived ({campaign['sent']} sent, {campaign['failed']} failed):\n")
    for name in _SHOWN_HEADERS:
        if name.lower() in mail["headers"]:
            print(f"  {name}: {mail['headers'][name.lower()]}")
    print()
    for line in mail["text"].strip().splitlines():
        print(f"  {line}".rstrip())
    print()


def send(api: Api, member: dict[str, Any]) -> dict[str, Any]:
    """Write to the member with the first template; return the campaign when it is done."""
    template = api.ask("/campaigns/templates")[0]
    letter = {
        "name": "Demo",
        "member_ids": [member["member_id"]],
        "subject": template["subject"],
        "body": template["body"],
    }
    print(f"\nWriting to {member['name']} with “{template['name']}”.")
    campaign: dict[str, Any] = api.ask("/campaigns", letter, Idempotency_Key=str(uuid.uuid4()))
    deadline = time.monotonic() + _MAIL_SECONDS
    while campaign["state"] != "done":
        if time.monotonic() > deadline:
            raise CannotStart(f"the mail was not sent within {_MAIL_SECONDS:.0f} s")
        time.sleep(0.2)
        campaign = api.ask(f"/campaigns/{campaign['campaign_id']}")
    if campaign["sent"] != 1:
        raise CannotStart(f"the mail was not sent: {campaign}")
    return campaign


def read_mail(mail_url: str, address: str) -> dict[str, Any]:
    mails = [
        mail
        for mail in _open(f"{mail_url}/email", "the mail sink")
        if address in {person["address"] for person in mail["to"]}
    ]
    if len(mails) != 1:
        raise CannotStart(f"{len(mails)} mails for {address} arrived instead of one")
    found: dict[str, Any] = mails[0]
    return found


if __name__ == "__main__":
    sys.exit(main())
