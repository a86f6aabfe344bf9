"""Kiosks and door codes, as the fake API serves them."""

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


ROUTES: list[FakeRoute] = [
    ("GET", "/kiosks", list_kiosks, False),
    ("POST", "/kiosks", add_kiosk, False),
    ("DELETE", r"/kiosks/(\d+)", delete_kiosk, False),
    ("GET", r"/members/(\d+)/door-code", door_code, False),
    ("POST", r"/members/(\d+)/door-code/reset", reset_code, False),
    ("POST", "/check-ins/scan", scan, False),
]
