"""A gym's locations beyond their table: hours of the week, and closed days."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.frontend.fake_answers import FakeRoute, page_of

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi

CLOSURES = "locations/closures"


def list_closures(api: "FakeApi", request: Request, _body: Any) -> Any:
    ends_from = request.query_params.get("ends_from", "")
    rows = [row for row in api.tables[CLOSURES].rows if row["ends_on"] >= ends_from]
    return page_of(request, rows)


def close(api: "FakeApi", _request: Request, body: Any) -> Any:
    return JSONResponse(api.tables[CLOSURES].add(body), 201)


def delete_closure(api: "FakeApi", _request: Request, _body: Any, number: int) -> Any:
    table = api.tables[CLOSURES]
    table.rows.remove(table.find(number))  # type: ignore[arg-type]
    return Response(status_code=204)


def replace_hours(api: "FakeApi", _request: Request, body: Any, number: int) -> Any:
    row = api.tables["locations"].find(number)
    assert row is not None
    row["opening_hours"] = body["opening_hours"]
    return row


ROUTES: list[FakeRoute] = [
    ("GET", f"/{CLOSURES}", list_closures, False),
    ("POST", f"/{CLOSURES}", close, False),
    ("DELETE", rf"/{CLOSURES}/(\d+)", delete_closure, False),
    ("PUT", r"/locations/(\d+)/opening-hours", replace_hours, False),
]
