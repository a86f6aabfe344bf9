"""Canned answers about members: who they are, when they came, what they pay for."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.frontend.fake_answers import FakeRoute, page_of, problem
from tests.frontend.fake_gym import NOW, UNSAID_OF_A_PLAN, make_member

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
)

HOUSEHOLD_PERSON = ("member_id", "name", "number", "standing", "status", "plan_name")

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi


def filtered(api: FakeApi, request: Request) -> list[dict[str, Any]]:
    query = request.query_params
    rows = list(api.gym.members.values())
    if query.get("search"):
        needle = query["search"].lower()
        rows = [m for m in rows if needle in m["name"].lower() or needle in m["number"]]
    standing = query.get("standing", "member")
    rows = [m for m in rows if standing in (m["standing"], "anyone")]
    if query.get("plan_id"):
        rows = [m for m in rows if m["plan_id"] == int(query["plan_id"])]
    if query.get("segment"):
        rows = [m for m in rows if m["segment"] == query["segment"]]
    if query.get("status"):
        rows = [m for m in rows if m["status"] == query["status"]]
    return rows


def members(api: FakeApi, request: Request, body: Any) -> Any:
    sort = request.query_params.get("sort", "name")
    field = sort.lstrip("-")
    rows = sorted(
        filtered(api, request),
        key=lambda m: (m[field] is None, m[field] if m[field] is not None else 0),
        reverse=sort.startswith("-"),
    )
    return page_of(request, rows)


def member(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    found = api.gym.members.get(member_id)
    if found:
        periods = [r for r in api.gym.memberships if r["member_id"] == member_id]
        return {**found, "memberships": periods}
    return problem(404, "member_not_found", "There is no such member.")


def add_member(api: FakeApi, request: Request, body: Any) -> Any:
    if not body.get("name"):
        errors = [{"field": "name", "message": "A name is needed."}]
        return problem(422, "invalid", "A name is needed.", errors=errors)
    number = len(api.gym.members) + 1
    fresh = {**make_member(0), "tab": None, "risk": None, "reasons": [], "visits": 0}
    fresh |= {"last_visit": None, "inactive_days": None, "member_id": number, **body}
    fresh["email_consent"] = "given" if body["email_consent"] else "unknown"
    fresh["sms_consent"] = "given" if body.get("sms_consent") else None
    api.gym.members[number] = fresh
    return JSONResponse(fresh, 201)


def edit_member(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    member = api.gym.members[member_id]
    member |= body
    for name in {"email_consent", "sms_consent"} & set(body):
        member[name] = "given" if body[name] else "refused"
    if "sms_consent" in body:
        member |= {"sms_consent_at": NOW, "sms_consent_by": "Ana Owner"}
    return member


def erase_member(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    member = api.gym.members[member_id]
    if body["name"].lower() != member["name"].lower():
        return problem(409, "name_differs", "That is not their name.")
    member |= {"name": f"Former member {member_id}", "standing": "erased", "email": None}
    return Response(status_code=204)


def look_up(api: FakeApi, request: Request, body: Any) -> Any:
    typed = body["number"].casefold()
    if any(row["value"] == typed and row["ended_on"] for row in api.gym.numbers):
        return problem(409, "number_ended", "This number was ended on 2026-11-01.")
    for found in api.gym.members.values():
        if found["number"].casefold() == typed:
            return found
    return problem(404, "number_unknown", "Nobody of this gym has this number.")


def numbers(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    return page_of(request, api.gym.numbers)


def add_number(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    row = {"number_id": len(api.gym.numbers) + 1, "given_on": "2026-11-18", "ended_on": None}
    api.gym.numbers.append(row | body)
    return JSONResponse(api.gym.numbers[-1], 201)


def end_number(api: FakeApi, request: Request, body: Any, member_id: int, number_id: int) -> Any:
    api.gym.numbers[number_id - 1]["ended_on"] = "2026-11-18"
    return api.gym.numbers[number_id - 1]


def photo(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    if request.method == "GET" and not api.gym.members[member_id]["has_photo"]:
        return problem(404, "no_picture", "There is no picture.")
    api.gym.members[member_id]["has_photo"] = request.method != "DELETE"
    return (
        Response(PNG, media_type="image/webp") if request.method == "GET" else Response(None, 204)
    )


def documents(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    if request.method == "GET":
        return page_of(request, api.gym.documents[::-1])
    row = {"file_id": len(api.gym.documents) + 1, "name": "contract.pdf", "size": 12_000}
    row |= {"content_type": "application/pdf", "sender": "Ana Owner", "created_at": NOW}
    api.gym.documents.append(row)
    return JSONResponse(row, 201)


def document(api: FakeApi, request: Request, body: Any, member_id: int, file_id: int) -> Any:
    if request.method == "DELETE":
        api.gym.documents = [row for row in api.gym.documents if row["file_id"] != file_id]
        return Response(None, 204)
    return Response(b"%PDF-", media_type="application/pdf")


def _person(member: dict[str, Any]) -> dict[str, Any]:
    fields = ("member_id", "number", "name", "email", "phone", "birth_date", "join_date", "visits")
    return {field: member[field] for field in fields}


def duplicates(api: FakeApi, request: Request, body: Any) -> Any:
    if api.gym.apart or any(not merge["undone_at"] for merge in api.gym.merges):
        return page_of(request, [])
    first, second = (_person(api.gym.members[number]) for number in (3, 4))
    pair = {"first": first, "second": second, "same_by": ["email", "birth_date"], "likeness": 90}
    return page_of(request, [pair])


def preview_merge(api: FakeApi, request: Request, body: Any) -> Any:
    return {
        "member": _person(api.gym.members[body["member_id"]]),
        "into": _person(api.gym.members[body["into_id"]]),
        "moved": [{"noun": "check_in", "rows": 12}],
        "stays": [{"noun": "medical_note", "rows": 1}],
    }


def keep_apart(api: FakeApi, request: Request, body: Any) -> Any:
    api.gym.apart.append((body["member_id"], body["other_id"]))
    return Response(status_code=204)


def distinct(api: FakeApi, request: Request, body: Any) -> Any:
    names = {number: member["name"] for number, member in api.gym.members.items()}
    rows = [
        {"member_id": one, "member_name": names[one], "other_id": other, "other_name": names[other]}
        | {"decided_by": "Ana Owner", "decided_at": NOW}
        for one, other in api.gym.apart
    ]
    return page_of(request, rows)


def part_no_more(api: FakeApi, request: Request, body: Any, member_id: int, other_id: int) -> Any:
    api.gym.apart.remove((member_id, other_id))
    return Response(status_code=204)


def merges(api: FakeApi, request: Request, body: Any) -> Any:
    if request.method == "GET":
        return page_of(request, api.gym.merges)
    names = {
        "member_name": api.gym.members[body["member_id"]]["name"],
        "into_name": api.gym.members[body["into_id"]]["name"],
    }
    row = {"merge_id": 1, **body, **names, "merged_by": "Ana Owner", "merged_at": NOW}
    api.gym.merges = [row | {"undone_at": None, "can_undo": True}]
    return JSONResponse(api.gym.merges[0], 201)


def undo_merge(api: FakeApi, request: Request, body: Any, merge_id: int) -> Any:
    api.gym.merges[0] |= {"undone_at": NOW, "can_undo": False}
    return api.gym.merges[0]


def member_messages(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    rows = [
        {**m, "subject": "We miss you", "campaign_id": campaign}
        for campaign, messages in api.gym.messages.items()
        for m in messages
        if m["member_id"] == member_id
    ]
    return page_of(request, rows)


def set_tags(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    api.gym.members[member_id]["tags"] = body["tags"]
    for name in body["tags"]:
        if name not in {row["name"] for row in api.tables["tags"].rows}:
            api.tables["tags"].add({"name": name})
    return body


def notes(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    return page_of(request, api.gym.notes[::-1])


def add_note(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    note = {"note_id": len(api.gym.notes) + 1, "author": "Ana Owner", "is_own": True}
    note |= {"created_at": NOW, "edited_at": None, **body}
    api.gym.notes.append(note)
    return JSONResponse(note, 201)


def edit_note(api: FakeApi, request: Request, body: Any, member_id: int, note_id: int) -> Any:
    note = next(note for note in api.gym.notes if note["note_id"] == note_id)
    note |= {**body, "edited_at": NOW}
    return note


def delete_note(api: FakeApi, request: Request, body: Any, member_id: int, note_id: int) -> Any:
    if not any(note["note_id"] == note_id for note in api.gym.notes):
        return problem(404, "note_not_found", "There is no such note.")
    api.gym.notes = [note for note in api.gym.notes if note["note_id"] != note_id]
    return Response(status_code=204)


def medical_notes(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    if request.method == "PUT":
        api.gym.medical_text = body["text"]
    text = api.gym.medical_text
    return {
        "text": text,
        "written_by": text and "Ana Owner",
        "written_at": text and NOW,
    }


def medical_reads(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    return page_of(request, [{"read_id": 1, "reader": "Tom Trainer", "read_at": NOW}])


def payments(api: FakeApi, request: Request, body: Any, member_id: int) -> Any:
    rows = [
        {"payment_id": n, "amount": 29.0, "currency": "EUR", "state": state}
        | {"due_on": f"2026-{month:02d}-01", "attempted_at": NOW, "failure_reason": reason}
        | {"for_member_id": None, "for_name": None}
        for n, (month, state, reason) in enumerate(
            [(11, "failed", "card declined"), (10, "paid", None), (9, "paid", None)], 1
        )
    ]
    return page_of(request, rows if member_id == 4 else [])


def check_in(api: FakeApi, request: Request, body: Any) -> Any:
    if any(row["member_id"] == body["member_id"] for row in api.gym.check_ins):
        return problem(409, "already_checked_in", "Already checked in a moment ago.")
    if api.gym.refused_for and "override_reason" not in body:
        return problem(409, "entry_refused", "They may not enter.", errors=api.gym.refused_for)
    number = len(api.gym.check_ins) + 1
    unsaid = {"check_out": None, "location_id": None, "override_reason": None}
    row = {"check_in_id": number, "check_in": NOW, **unsaid, **body}
    row["member_name"] = api.gym.members[body["member_id"]]["name"]
    api.gym.check_ins.append(row)
    return JSONResponse(row | {"alerts": api.gym.alerts}, 201)


def take_back(api: FakeApi, request: Request, body: Any, check_in_id: int) -> Any:
    if check_in_id in api.gym.taken_back:
        return problem(404, "check_in_not_found", "There is no such check-in.")
    api.gym.taken_back.append(check_in_id)
    return Response(status_code=204)


def check_ins(api: FakeApi, request: Request, body: Any) -> Any:
    if "inside" in request.query_params:
        gone = api.gym.taken_back
        inside = [row for row in api.gym.check_ins if row["check_in_id"] not in gone]
        return page_of(request, inside[::-1])
    wanted = int(request.query_params["member_id"])
    name = api.gym.members[wanted]["name"]
    day = dt.datetime(2026, 11, 10, 18, 5, tzinfo=dt.UTC)
    past = [
        {"check_in_id": 900 + n, "member_id": wanted, "check_out": None, "method": "door"}
        | {"location_id": None, "override_reason": None}
        | {"check_in": (day - dt.timedelta(days=3 * n)).isoformat(), "member_name": name}
        for n in range(12)
    ]
    own = [row for row in api.gym.check_ins if row["member_id"] == wanted]
    gone = api.gym.taken_back
    return page_of(request, [row for row in own + past if row["check_in_id"] not in gone])


def plan_access(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    return api.gym.plan_access.get(plan_id, {"hours": [], "location_ids": []})


def set_plan_access(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    api.gym.plan_access[plan_id] = body
    return body


def plans(api: FakeApi, request: Request, body: Any) -> Any:
    query = request.query_params
    rows = api.gym.plans
    if query.get("kind"):
        rows = [plan for plan in rows if plan["kind"] == query["kind"]]
    if query.get("is_active"):
        rows = [plan for plan in rows if plan["is_active"] == (query["is_active"] == "true")]
    return page_of(request, rows)


def plan(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    found = next((plan for plan in api.gym.plans if plan["plan_id"] == plan_id), None)
    return found or problem(404, "plan_not_found", "This gym has no such plan.")


def prices(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    return page_of(request, api.gym.prices)


def add_price(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    price = {"price_id": len(api.gym.prices) + 1, **body}
    api.gym.prices.insert(0, price)
    return JSONResponse(price, 201)


def withdraw_price(api: FakeApi, request: Request, body: Any, plan_id: int, price_id: int) -> Any:
    api.gym.prices = [one for one in api.gym.prices if one["price_id"] != price_id]
    return Response(status_code=204)


def price_rules(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    return page_of(request, api.gym.price_rules)


def add_price_rule(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    rule = {"rule_id": len(api.gym.price_rules) + 1, **body}
    api.gym.price_rules.append(rule)
    return JSONResponse(rule, 201)


def delete_price_rule(api: FakeApi, request: Request, body: Any, plan_id: int, rule_id: int) -> Any:
    api.gym.price_rules = [one for one in api.gym.price_rules if one["rule_id"] != rule_id]
    return Response(status_code=204)


MOVE = {"price_before": 29.0, "price": 34.9}
MOVED = [
    MOVE
    | {"membership_id": number, "member_id": number, "member_name": f"Mia {number}"}
    | {"term": 2, "starts_on": f"2026-12-0{number}"}
    for number in (1, 2, 3)
]


def read_price_moves(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    moved = [] if api.gym.price_moves_to_come else MOVED
    days = {"first_day": "2026-12-01", "last_day": "2026-12-03"}
    return {
        "starts_on": request.query_params["starts_on"],
        "price": 34.9,
        "members": len(moved),
        "groups": [MOVE | days | {"members": len(moved)}] if moved else [],
        "listed": moved,
        "staying": [{"because": "ends", "members": 2}],
        "to_come": api.gym.price_moves_to_come,
    }


def move_to_price(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    number = len(body.get("membership_ids", MOVED))
    days = {"first_day": "2026-12-01", "last_day": "2026-12-01"}
    api.gym.price_moves_to_come = [MOVE | days | {"members": number}]
    return {"changed": number, "unchanged": 0}


def withdraw_price_moves(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    [group] = api.gym.price_moves_to_come
    api.gym.price_moves_to_come = []
    return {"changed": group["members"], "unchanged": 0}


def quote(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    """The code HALF halves the first term; there is no other."""
    plan = next(p for p in api.gym.plans if p["plan_id"] == plan_id)
    code, price = request.query_params.get("code"), plan["price"]
    if code not in (None, "HALF"):
        return problem(422, "code_unknown", f"This gym has no promotion with the code '{code}'.")
    steps = [{"kind": "plan", "text": f"Price of {plan['name']}", "amount": price}]
    if code:
        steps.append({"kind": "promotion", "text": "Half (HALF)", "amount": -price / 2})
    return {
        "plan_id": plan_id,
        "starts_on": request.query_params["starts_on"],
        "steps": steps,
        "price": sum(step["amount"] for step in steps),
        "first_terms": 1 if code else None,
        "later_price": price,
    }


def add_plan(api: FakeApi, request: Request, body: Any) -> Any:
    plan = {**UNSAID_OF_A_PLAN, "plan_id": len(api.gym.plans) + 1, **body}
    api.gym.plans.append(plan)
    return JSONResponse(plan, 201)


def edit_plan(api: FakeApi, request: Request, body: Any, plan_id: int) -> Any:
    plan = next(p for p in api.gym.plans if p["plan_id"] == plan_id)
    plan |= body
    return plan


def assign(api: FakeApi, request: Request, body: Any) -> Any:
    plan = next(p for p in api.gym.plans if p["plan_id"] == body["plan_id"])
    row = {"membership_id": len(api.gym.memberships) + 1, "ends_on": None, **body}
    row |= {"plan_name": plan["name"], "yearly_price": 348.0, "state": "active"}
    row |= {"paid_until": "2026-12-19", "renews_automatically": False, "leaving_reason": None}
    row |= {"cancelled_on": None, "cancel_reason": None, "unpaid_since": None}
    api.gym.memberships.append(row)
    return JSONResponse(membership(api, request, body, row["membership_id"]), 201)


def membership(api: FakeApi, request: Request, body: Any, membership_id: int) -> Any:
    row = next(r for r in api.gym.memberships if r["membership_id"] == membership_id)
    ends = row["ends_on"] is not None
    term = {"term": 1, "starts_on": row["starts_on"], "ends_on": "2026-12-19", "price": 29.0}
    event = {"happened_at": NOW, "kind": "assigned", "by": "Ana Owner", "reason": None}
    return row | {
        "possible_moves": ["withdraw_cancellation"]
        if ends
        else ["freeze", "renew", "change_plan", "cancel"],
        "months": 1,
        "days": None,
        "next_term": None if ends else 2,
        "next_price": None if ends else 29.0,
        "ends_if_cancelled": None if ends else "2027-01-19",
        "notice_days": 30,
        "replaces_id": None,
        "credit": 0.0,
        "terms": [term | {"renewed_on": row["starts_on"]}],
        "freezes": row.get("freezes", []),
        "history": [event | {"details": {}}],
    }


def cancel_membership(api: FakeApi, request: Request, body: Any, membership_id: int) -> Any:
    row = next(r for r in api.gym.memberships if r["membership_id"] == membership_id)
    row |= {"ends_on": body.get("last_day") or "2027-01-19", "cancelled_on": "2026-11-20"}
    row |= {"state": "ending", "leaving_reason": body["reason"], "cancel_reason": body["note"]}
    return membership(api, request, body, membership_id)


def freeze_membership(api: FakeApi, request: Request, body: Any, membership_id: int) -> Any:
    row = next(r for r in api.gym.memberships if r["membership_id"] == membership_id)
    row |= {"state": "frozen", "freezes": [{"freeze_id": 1, **body}]}
    return membership(api, request, body, membership_id)


def preview_change(api: FakeApi, request: Request, body: Any, membership_id: int) -> Any:
    return {
        "starts_on": request.query_params["starts_on"],
        "last_day": "2026-11-20",
        "credit": 20.0,
        "price": 300.0,
        "to_pay": 280.0,
        "paid_until": "2027-11-20",
    }


def households(api: FakeApi, request: Request, body: Any) -> Any:
    if request.method == "POST":
        ids = [body["payer_id"], *body["member_ids"]]
        api.gym.households.append(make_household(api, len(api.gym.households) + 1, ids))
        return JSONResponse(api.gym.households[-1], 201)
    asked = int(request.query_params["member_id"])
    rows = [one for one in api.gym.households if asked in people_of(one)]
    return page_of(request, rows)


def make_household(api: FakeApi, key: int, ids: list[int]) -> dict[str, Any]:
    """The first pays."""
    people = [
        {
            **{name: api.gym.members[one][name] for name in HOUSEHOLD_PERSON},
            "is_payer": one == ids[0],
            "paid": 120.0,
        }
        for one in ids
    ]
    return {"household_id": key, "payer_id": ids[0], "people": people, "created_at": NOW}


def people_of(household: dict[str, Any]) -> list[int]:
    return [person["member_id"] for person in household["people"]]


def household(api: FakeApi, request: Request, body: Any, key: int) -> Any:
    index, found = next(
        (i, one) for i, one in enumerate(api.gym.households) if one["household_id"] == key
    )
    ids = people_of(found)
    if request.method == "DELETE":
        del api.gym.households[index]
        return Response(status_code=204)
    if request.method == "PUT":
        ids = [body["member_id"], *(one for one in ids if one != body["member_id"])]
    else:
        ids = [*ids, body["member_id"]]
    api.gym.households[index] = make_household(api, key, ids)
    return JSONResponse(api.gym.households[index], 200 if request.method == "PUT" else 201)


def leave_household(api: FakeApi, request: Request, body: Any, key: int, member_id: int) -> Any:
    [found] = [one for one in api.gym.households if one["household_id"] == key]
    found["people"] = [one for one in found["people"] if one["member_id"] != member_id]
    return Response(status_code=204)


def set_debt(api: FakeApi, request: Request, body: Any, membership_id: int, word: str) -> Any:
    row = next(r for r in api.gym.memberships if r["membership_id"] == membership_id)
    row["unpaid_since"] = body.get("unpaid_since") if word == "unpaid" else None
    return membership(api, request, body, membership_id)


ROUTES: list[FakeRoute] = [
    ("POST", r"/memberships/(\d+)/(unpaid|paid)", set_debt, False),
    ("GET", "/households", households, False),
    ("POST", "/households", households, False),
    ("PUT", r"/households/(\d+)/payer", household, False),
    ("DELETE", r"/households/(\d+)", household, False),
    ("POST", r"/households/(\d+)/members", household, False),
    ("DELETE", r"/households/(\d+)/members/(\d+)", leave_household, False),
    ("GET", "/members", members, False),
    ("POST", "/members", add_member, False),
    ("GET", r"/members/(\d+)", member, False),
    ("PATCH", r"/members/(\d+)", edit_member, False),
    ("GET", r"/members/(\d+)/photo", photo, False),
    ("PUT", r"/members/(\d+)/photo", photo, False),
    ("DELETE", r"/members/(\d+)/photo", photo, False),
    ("GET", r"/members/(\d+)/documents", documents, False),
    ("POST", r"/members/(\d+)/documents", documents, False),
    ("GET", r"/members/(\d+)/documents/(\d+)", document, False),
    ("DELETE", r"/members/(\d+)/documents/(\d+)", document, False),
    ("GET", "/member-merges", merges, False),
    ("POST", "/member-merges", merges, False),
    ("GET", "/member-merges/duplicates", duplicates, False),
    ("GET", "/member-merges/distinct", distinct, False),
    ("POST", "/member-merges/distinct", keep_apart, False),
    ("DELETE", r"/member-merges/distinct/(\d+)/(\d+)", part_no_more, False),
    ("POST", "/member-merges/preview", preview_merge, False),
    ("POST", r"/member-merges/(\d+)/undo", undo_merge, False),
    ("POST", "/members/lookup", look_up, False),
    ("GET", r"/members/(\d+)/numbers", numbers, False),
    ("POST", r"/members/(\d+)/numbers", add_number, False),
    ("POST", r"/members/(\d+)/numbers/(\d+)/end", end_number, False),
    ("POST", r"/members/(\d+)/erase", erase_member, False),
    ("GET", r"/members/(\d+)/churn-risk", lambda api, _, __, n: api.gym.churn_risk(n), False),
    ("GET", r"/members/(\d+)/messages", member_messages, False),
    ("PUT", r"/members/(\d+)/tags", set_tags, False),
    ("GET", r"/members/(\d+)/notes", notes, False),
    ("POST", r"/members/(\d+)/notes", add_note, False),
    ("PATCH", r"/members/(\d+)/notes/(\d+)", edit_note, False),
    ("DELETE", r"/members/(\d+)/notes/(\d+)", delete_note, False),
    ("GET", r"/members/(\d+)/medical-notes", medical_notes, False),
    ("PUT", r"/members/(\d+)/medical-notes", medical_notes, False),
    ("GET", r"/members/(\d+)/medical-notes/reads", medical_reads, False),
    ("GET", r"/members/(\d+)/payments", payments, False),
    ("GET", "/membership-plans", plans, False),
    ("POST", "/membership-plans", add_plan, False),
    ("GET", r"/membership-plans/(\d+)", plan, False),
    ("GET", r"/membership-plans/(\d+)/access", plan_access, False),
    ("PUT", r"/membership-plans/(\d+)/access", set_plan_access, False),
    ("GET", r"/membership-plans/(\d+)/prices", prices, False),
    ("POST", r"/membership-plans/(\d+)/prices", add_price, False),
    ("DELETE", r"/membership-plans/(\d+)/prices/(\d+)", withdraw_price, False),
    ("GET", r"/membership-plans/(\d+)/quote", quote, False),
    ("GET", r"/membership-plans/(\d+)/price-rules", price_rules, False),
    ("POST", r"/membership-plans/(\d+)/price-rules", add_price_rule, False),
    ("DELETE", r"/membership-plans/(\d+)/price-rules/(\d+)", delete_price_rule, False),
    ("GET", r"/membership-plans/(\d+)/price-moves", read_price_moves, False),
    ("POST", r"/membership-plans/(\d+)/price-moves", move_to_price, False),
    ("POST", r"/membership-plans/(\d+)/price-moves/withdraw", withdraw_price_moves, False),
    ("PATCH", r"/membership-plans/(\d+)", edit_plan, False),
    ("POST", "/memberships", assign, False),
    ("GET", r"/memberships/(\d+)", membership, False),
    ("POST", r"/memberships/(\d+)/cancel", cancel_membership, False),
    ("POST", r"/memberships/(\d+)/freeze", freeze_membership, False),
    ("GET", r"/memberships/(\d+)/change-plan", preview_change, False),
    ("POST", "/check-ins", check_in, False),
    ("GET", "/check-ins", check_ins, False),
    ("DELETE", r"/check-ins/(\d+)", take_back, False),
]
