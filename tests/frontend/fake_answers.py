"""What the canned answers of every noun are made of."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

FakeRoute = tuple[str, str, Any, bool]
"""Method, pattern, handler, and whether it is open to everybody."""


def bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def problem(status: int, code: str, detail: str, errors: Any = None) -> Response:
    body = {"type": "about:blank", "title": detail, "status": status, "detail": detail}
    body |= {"code": code, "errors": errors or []}
    return JSONResponse(body, status, media_type="application/problem+json")


def page_of(request: Request, rows: list[Any]) -> dict[str, Any]:
    page = int(request.query_params.get("page", 1))
    size = int(request.query_params.get("size", 50))
    items = rows[(page - 1) * size : page * size]
    return {"items": items, "total": len(rows), "page": page, "size": size}
