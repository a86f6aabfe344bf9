"""Canned answers about what comes out as files and in by files, and about long work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.frontend.fake_answers import FakeRoute, page_of, problem
from tests.frontend.fake_gym import NOW

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi


def report(api: FakeApi, request: Request, body: Any, day: str) -> Any:
    found = api.gym.reports.get(day)
    return found or problem(404, "report_not_found", "There is no report of this day.")


def make_report(api: FakeApi, request: Request, body: Any) -> Any:
    return JSONResponse(api.gym.make_report(body["day"]), 201)


def report_file(api: FakeApi, request: Request, body: Any, day: str, kind: str) -> Response:
    return Response(f"{day} {kind}", media_type={"csv": "text/csv", "pdf": "application/pdf"}[kind])


def upload(api: FakeApi, request: Request, body: Any) -> Any:
    header, *lines = body["content"].decode().strip().splitlines()
    columns = header.split(",")
    if "number" not in columns and "mapping" not in body:
        errors = [{"field": "mapping", "message": "No column known.", "columns": columns}]
        return problem(422, "file_refused", "No column was recognised.", errors=errors)
    mapping = json.loads(body.get("mapping") or "null") or {
        name: name for name in columns if name in ("number", "name", "email", "entered_at")
    }
    bad = [n for n, line in enumerate(lines, 2) if "broken" in line]
    dry_run = body["dry_run"] == "true"
    if not dry_run:
        api.gym.import_consents.append(body.get("lawful_basis", ""))
    number = len(api.gym.imports) + 1
    row = {
        "import_id": number,
        "kind": body["kind"],
        "state": "checked" if dry_run else "done",
        "filename": body["filename"],
        "lawful_basis": body.get("lawful_basis"),
        "created_at": NOW,
        "mapping": mapping,
        "columns": columns,
        "rows": len(lines),
        "loaded": len(lines) - len(bad),
        "duplicates": 1,
        "unchanged": 0,
        "errors": len(bad),
        "dry_run": dry_run,
        "sample_errors": [
            {"line": n, "field": "email", "problem": "Not an email address.", "row": {"m": "x"}}
            for n in bad
        ],
        "guess": mapping,
        "date_order": "day_first",
        "notes": ["Dates were read day first."],
        "problem": None,
    }
    api.gym.imports.append(row)
    return JSONResponse(row, 201)


def load_visits(api: FakeApi, request: Request, body: Any) -> Any:
    key = request.headers["idempotency-key"]
    if key not in api.gym.sent_keys:
        lines = body["content"].decode().strip().splitlines()[1:]
        api.gym.sent_keys[key] = api.gym.add_job(lines)["job_id"]
    return JSONResponse(api.gym.jobs[api.gym.sent_keys[key] - 1], 202)


def job(api: FakeApi, request: Request, body: Any, number: int) -> Any:
    """Each look finds the job one state further."""
    job = api.gym.jobs[number - 1]
    answer = dict(job)
    job |= api.gym.next_states.pop(0) if api.gym.next_states else {}
    return answer


def train(api: FakeApi, request: Request, body: Any) -> Any:
    return JSONResponse(api.gym.add_job([]), 202)


def errors_csv(api: FakeApi, request: Request, body: Any, number: int) -> Response:
    return Response("row,problem\n3,Not an email address.\n", media_type="text/csv")


ROUTES: list[FakeRoute] = [
    ("POST", "/attendance-reports", make_report, False),
    ("GET", r"/attendance-reports/([\d-]+)", report, False),
    ("GET", r"/attendance-reports/([\d-]+)\.(csv|pdf)", report_file, False),
    ("POST", "/check-ins/bulk", load_visits, False),
    ("POST", "/analytics/churn-models/train", train, False),
    ("POST", "/analytics/scores", train, False),
    ("GET", r"/jobs/(\d+)", job, False),
    ("GET", r"/jobs/(\d+)/errors.csv", errors_csv, False),
    ("POST", "/imports", upload, False),
    ("GET", "/imports", lambda api, request, _: page_of(request, api.gym.imports[::-1]), False),
    ("GET", r"/imports/(\d+)/errors.csv", errors_csv, False),
]
