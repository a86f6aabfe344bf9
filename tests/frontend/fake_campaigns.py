"""Canned answers about mail to members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.frontend.fake_answers import FakeRoute, page_of, problem
from tests.frontend.fake_gym import NOW

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi

FIELDS = ["first_name", "name", "gym", "days_away", "last_visit", "usual_per_week"]
MERGE_FIELDS = [
    {"field": f"{{{{{field}}}}}", "description": field, "example": field} for field in FIELDS
]
TEMPLATES = [
    {
        "key": "we_miss_you",
        "name": "We miss you",
        "tab": "drifting",
        "subject": "We miss you at {{gym}}, {{first_name}}",
        "body": "Hi {{first_name}},\n\nIt has been {{days_away}} days.\n\nSee you soon,\n{{gym}}",
    },
    {
        "key": "first_visit",
        "name": "Your first visit",
        "tab": "not_started",
        "subject": "Your first visit to {{gym}}",
        "body": "Hi {{first_name}},\n\nWe keep a spot for you.\n\n{{gym}}",
    },
]


def _sort_out(api: FakeApi, body: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    reasons = "no_address no_consent unsubscribed mailed_this_week dormant not_member"
    skipped = dict.fromkeys(reasons.split(), 0)
    chosen = []
    for member_id in body["member_ids"]:
        member = api.gym.members[member_id]
        if member["email_block"]:
            skipped[member["email_block"]] += 1
        elif (member["inactive_days"] or 0) >= 60 and body.get("include_dormant") is False:
            skipped["dormant"] += 1
        else:
            chosen.append(member)
    if api.gym.daily_limit is not None:
        skipped["daily_limit"] = len(chosen[api.gym.daily_limit :])
        chosen = chosen[: api.gym.daily_limit]
    return chosen, skipped


def preview(api: FakeApi, request: Request, body: Any) -> Any:
    chosen, skipped = _sort_out(api, body)
    problems = [
        {"code": "unknown_field", "text": f"There is no field {{{{{name}}}}}."}
        for name in re.findall(r"{{(\w+)}}", body["subject"] + body["body"])
        if name not in FIELDS
    ]
    start = (body.get("page", 1) - 1) * 10
    previews = [
        {
            "member_id": m["member_id"],
            "name": m["name"],
            "to": m["email"],
            "subject": fill(body["subject"], m, api.gym.name),
            "body": fill(body["body"], m, api.gym.name),
        }
        for m in chosen[start : start + 10]
    ]
    total = len(body["member_ids"])
    shared = {"total": total, "will_send": len(chosen), "skipped": skipped}
    shared["email_problem"] = api.gym.mail_problem
    shared["daily_limit"] = api.gym.daily_limit
    shared["left_today"] = api.gym.daily_limit
    shared["notes"] = api.gym.mail_notes
    shared |= {"as_of": api.gym.as_of, "as_of_is_live": api.gym.as_of_is_live}
    shared |= {"page": body.get("page", 1), "size": 10}
    return {**shared, "problems": problems, "previews": previews}


def send(api: FakeApi, request: Request, body: Any) -> Any:
    key = request.headers["idempotency-key"]
    if key in api.gym.sent_keys:
        return JSONResponse(api.gym.campaigns[api.gym.sent_keys[key] - 1], 202)
    chosen, skipped = _sort_out(api, body)
    number = len(api.gym.campaigns) + 1
    api.gym.sent_keys[key] = number
    campaign = {
        "campaign_id": number,
        "name": body.get("name"),
        "subject": body["subject"],
        "body": body["body"],
        "state": "sending",
        "created_at": NOW,
        "sent": 0,
        "failed": 0,
        "queued": len(chosen),
        "skipped": skipped,
        "came_back": 0,
        "came_back_value": 0.0,
        "currency": api.gym.currency,
    }
    api.gym.campaigns.append(campaign)
    api.gym.messages[number] = [
        {
            "message_id": number * 1000 + n,
            "member_id": m["member_id"],
            "name": m["name"],
            "to": m["email"],
            "state": "queued",
            "sent_at": None,
            "error": None,
            "attempts": 0,
            "came_back_at": None,
        }
        for n, m in enumerate(chosen)
    ]
    return JSONResponse(campaign, 202)


def _deliver(api: FakeApi, number: int) -> dict[str, Any]:
    """Each look at a campaign finds two more messages done."""
    campaign = api.gym.campaigns[number - 1]
    waiting = [m for m in api.gym.messages[number] if m["state"] == "queued"]
    for message in waiting[:2]:
        failed = message["member_id"] == api.gym.failing_member
        message |= {"state": "failed" if failed else "sent", "attempts": 1}
        message |= {"error": "Mailbox unavailable (550)"} if failed else {"sent_at": NOW}
    states = [m["state"] for m in api.gym.messages[number]]
    campaign |= {state: states.count(state) for state in ("sent", "failed", "queued")}
    campaign["state"] = "sending" if campaign["queued"] else "done"
    return campaign


def campaigns(api: FakeApi, request: Request, body: Any) -> Any:
    return page_of(request, api.gym.campaigns[::-1])


def campaign(api: FakeApi, request: Request, body: Any, number: int) -> Any:
    if number not in api.gym.messages:
        return problem(404, "campaign_not_found", "There is no such campaign.")
    return _deliver(api, number)


def messages(api: FakeApi, request: Request, body: Any, number: int) -> Any:
    state = request.query_params.get("state")
    rows = [m for m in api.gym.messages[number] if state in (None, m["state"])]
    return page_of(request, rows)


def retry(api: FakeApi, request: Request, body: Any, number: int) -> Any:
    api.gym.failing_member = None
    for message in api.gym.messages[number]:
        if message["state"] == "failed":
            message |= {"state": "queued", "error": None}
    return JSONResponse(_deliver(api, number), 202)


def fill(text: str, member: dict[str, Any], gym: str) -> str:
    values = {
        "first_name": member["name"].split()[0],
        "name": member["name"],
        "gym": gym,
        "days_away": str(member["inactive_days"] or ""),
    }
    return re.sub(r"{{(\w+)}}", lambda m: values.get(m[1], m[0]), text)


ROUTES: list[FakeRoute] = [
    ("GET", "/campaigns/templates", lambda *_: TEMPLATES, False),
    ("GET", "/campaigns/merge-fields", lambda *_: MERGE_FIELDS, False),
    ("POST", "/campaigns/preview", preview, False),
    ("POST", "/campaigns", send, False),
    ("GET", "/campaigns", campaigns, False),
    ("GET", r"/campaigns/(\d+)", campaign, False),
    ("GET", r"/campaigns/(\d+)/messages", messages, False),
    ("POST", r"/campaigns/(\d+)/retry", retry, False),
]
