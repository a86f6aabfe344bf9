"""Kiosks and door codes, as the fake API serves them."""

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.frontend.fake_answers import FakeRoute, page_of, problem
from tests.frontend.fake_gym import NOW
from tests.frontend.fake_members import check_in

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1"/></svg>'


def list_kiosks(api: "FakeApi", request: Request, _body: Any) -> Any:
    wanted = request.query_params.get("location_id")
    rows = [row for row in api.gym.kiosks if wanted in (None, str(row["location_id"]))]
    return page_of(request, rows)


def add_kiosk(api: "FakeApi", _request: Request, body: Any) -> Any:
    row = {"kiosk_id": len(api.gym.kiosks) + 1, "created_at": NOW, **body}
    api.gym.kiosks.append(row)
    return JSONResponse(row | {"key": "cbk_only-once"}, 201)


def delete_kiosk(api: "FakeApi", _request: Request, _body: Any, number: int) -> Any:
    api.gym.kiosks = [row for row in api.gym.kiosks if row["kiosk_id"] != number]
    return Response(status_code=204)


def door_code(api: "FakeApi", _request: Request, _body: Any, member_id: int) -> Any:
    code = {"code": f"CB1.1.{member_id}.1.A.B", "qr_svg": SVG, "starts_at": NOW, "ends_at": NOW}
    return {"codes": [code]}


def reset_code(api: "FakeApi", _request: Request, _body: Any, member_id: int) -> Any:
    return Response(status_code=204)


def scan(api: "FakeApi", request: Request, body: Any) -> Any:
    """As member 4 shows it; any other code was used."""
    if not body["code"].upper().startswith("CB1.1.4."):
        return problem(409, "door_code_refused", "This code has been used.")
    sent = {name: value for name, value in body.items() if name != "code"}
    return check_in(api, request, sent | {"member_id": 4, "method": "qr"})


def occupancy(api: "FakeApi", _request: Request, _body: Any) -> Any:
    inside = [row for row in api.gym.check_ins if row["check_in_id"] not in api.gym.taken_back]
    names = ("location_id", "name", "capacity")
    locations = [
        {name: row[name] for name in names}
        | {"inside": sum(one["location_id"] == row["location_id"] for one in inside)}
        for row in api.tables["locations"].rows
    ]
    return {"inside": len(inside), "locations": locations}


def watch(api: "FakeApi", request: Request, _body: Any) -> Any:
    """The stream as it is at this moment; it ends at once."""
    last = int(request.headers.get("last-event-id", 0))
    told = [row | {"alerts": api.gym.alerts} for row in api.gym.check_ins]
    events = [
        f"event: check_in\ndata: {json.dumps(row)}\nid: {row['check_in_id']}\n\n"
        for row in told
        if row["check_in_id"] > last
    ]
    inside = json.dumps(occupancy(api, request, None))
    events.append(f"event: occupancy\ndata: {inside}\n\n")
    return Response("".join(events), media_type="text/event-stream")


def statistics(api: "FakeApi", request: Request, _body: Any) -> Any:
    first, last = (request.query_params.get(name) for name in ("from", "to"))
    if first and last and last < first:
        return problem(422, "period_refused", "The last day lies before the first one.")
    return {
        "first_day": first or "2026-10-22",
        "last_day": last or "2026-11-20",
        "visits": 1240,
        "members": 96,
        "by_hour": [0] * 6
        + [40, 120, 80, 60, 40, 40, 60, 40, 40, 60, 120, 200, 180, 100, 60]
        + [0] * 3,
        "by_weekday": [240, 220, 200, 200, 180, 120, 80],
        "by_plan": [
            {"plan_id": 1, "name": "Basic", "visits": 1000, "members": 80},
            {"plan_id": None, "name": None, "visits": 240, "members": 16},
        ],
        "by_location": [{"location_id": 1, "name": "Riverside Gym", "visits": 1240, "members": 96}],
    }


def history(api: "FakeApi", _request: Request, _body: Any, member_id: int) -> Any:
    months = [f"2025-{month:02d}-01" for month in (12,)]
    months += [f"2026-{month:02d}-01" for month in range(1, 12)]
    return {
        "visits": 78,
        "first_visit": "2026-01-12",
        "last_visit": "2026-11-18",
        "current_weeks": 5,
        "longest_weeks": 14,
        "by_month": [{"month": month, "visits": 6} for month in months],
    }


ROUTES: list[FakeRoute] = [
    ("GET", "/kiosks", list_kiosks, False),
    ("POST", "/kiosks", add_kiosk, False),
    ("DELETE", r"/kiosks/(\d+)", delete_kiosk, False),
    ("GET", r"/members/(\d+)/door-code", door_code, False),
    ("POST", r"/members/(\d+)/door-code/reset", reset_code, False),
    ("POST", "/check-ins/scan", scan, False),
    ("GET", "/check-ins/occupancy", occupancy, False),
    ("GET", "/check-ins/live", watch, False),
    ("GET", "/check-ins/statistics", statistics, False),
    ("GET", r"/members/(\d+)/visit-history", history, False),
]
