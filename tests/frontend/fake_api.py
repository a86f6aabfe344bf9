"""The API's contract with canned answers, served over real HTTP to the dashboard under test."""

import asyncio
import contextlib
import datetime as dt
import json
import re
import secrets
import sys
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.auth.choices import list_choices
from api.kit.settings import Settings
from tests.frontend.contract import Contract
from tests.frontend.fake_gym import NOW, FakeGym, count_tabs, make_member
from tests.frontend.fake_tables import make_tables

CONTRACT = Contract()
PASSWORD = "comeback-demo"
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


class FakeApi:
    """Holds the gym and the switches; `app` is what uvicorn serves."""

    def __init__(self) -> None:
        self.gym = FakeGym()
        self.tables = make_tables()
        self.sessions: dict[str, str] = {}
        self.expired: set[str] = set()
        self.broken = False
        self.broken_paths: tuple[str, ...] = ()
        self.requests: list[tuple[str, str, Any]] = []
        self.urls: list[str] = []
        self.addresses: list[str] = []
        self.refuse: tuple[str, int, list[dict[str, str]]] | None = None
        self.login_answer: tuple[int, dict[str, Any]] | None = None
        self.violations: list[str] = []
        """What it was asked, or returned, against the API's own document."""
        self.app = Starlette(routes=[Route("/{path:path}", self.handle, methods=METHODS)])

    def open_session(self) -> str:
        session = secrets.token_urlsafe(32)
        self.sessions[session] = "ana"
        return session

    async def handle(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/api/v1")
        body: Any = None
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/"):
            async with request.form() as form:
                file = form["file"]
                body = {k: v for k, v in form.items() if k != "file"}
                body |= {"filename": file.filename, "content": await file.read()}
        elif request.method != "GET":
            raw = await request.body()
            body = json.loads(raw) if raw else None
        self.requests.append((request.method, path, body))
        self.urls.append(str(request.url))
        self.addresses.append(request.headers.get("x-forwarded-for", ""))
        answer = self.answer(request, path, body)
        self._check(request, path, body, answer)
        return answer

    def answer(self, request: Request, path: str, body: Any) -> Response:
        if self.broken or path.startswith(self.broken_paths or ("\0",)):
            return problem(500, "broken", "Something broke.")
        if self.refuse and request.method == self.refuse[0]:
            return problem(self.refuse[1], "invalid", "Invalid request", errors=self.refuse[2])
        for method, pattern, handler, is_open in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                if not is_open and not self._is_signed_in(request):
                    return problem(401, "signed_out", "Sign in first.")
                args = [int(text) if text.isdigit() else text for text in match.groups()]
                answer = handler(self, request, body, *args)
                return answer if isinstance(answer, Response) else JSONResponse(answer)
        return problem(404, "not_found", "There is no such thing.")

    def _check(self, request: Request, path: str, body: Any, answer: Response) -> None:
        if answer.status_code >= 500:
            return  # any of them may break
        operation = CONTRACT.find(request.method, path)
        if operation is None:
            self.violations.append(f"The API has no {request.method} {path}")
            return
        kind = answer.headers.get("content-type", "").partition(";")[0]
        found = CONTRACT.check_answer(operation, answer.status_code, kind, bytes(answer.body))
        self.violations += found
        if answer.status_code < 400:
            self.violations += CONTRACT.check_question(operation, request.query_params, body)

    def _is_signed_in(self, request: Request) -> bool:
        token = bearer(request).removeprefix("access:")
        return token in self.sessions and token not in self.expired

    # auth

    def open(self, request: Request, body: Any) -> Any:
        if self.login_answer:
            return problem(self.login_answer[0], "refused", **self.login_answer[1])
        if body["password"] != PASSWORD:
            return problem(401, "wrong_credentials", "That does not match.")
        return {"session": self.open_session(), "max_age": 2592000, "me": self.gym.me()}

    def exchange(self, request: Request, body: Any) -> Any:
        session = bearer(request)
        if session not in self.sessions:
            return problem(401, "session_ended", "The session is over.")
        self.expired.discard(session)
        return {"access_token": f"access:{session}", "expires_in": 900, "me": self.gym.me()}

    def revoke(self, request: Request, body: Any) -> Any:
        if self.sessions.pop(bearer(request), None) is None:
            return problem(401, "session_ended", "The session is over.")
        return Response(status_code=204)

    def register(self, request: Request, body: Any) -> Any:
        if body["email"] == "taken@example.com":
            errors = [{"field": "email", "message": "This email is already registered."}]
            return problem(409, "email_taken", "This email is already registered.", errors=errors)
        self.gym = FakeGym(name=body["name"], members=0)
        tokens = {"access_token": "x", "refresh_token": "y", "expires_in": 900}
        return JSONResponse({"gym_id": 2, "user_id": 2, **tokens}, 201)

    def password(self, request: Request, body: Any) -> Any:
        if body["current_password"] != PASSWORD:
            return problem(422, "wrong_password", "The current password is not right.")
        return Response(status_code=204)

    # members

    def filtered(self, request: Request) -> list[dict[str, Any]]:
        query = request.query_params
        rows = list(self.gym.members.values())
        if query.get("search"):
            needle = query["search"].lower()
            rows = [m for m in rows if needle in m["name"].lower() or needle in m["number"]]
        if query.get("plan_id"):
            rows = [m for m in rows if m["plan_id"] == int(query["plan_id"])]
        if query.get("segment"):
            rows = [m for m in rows if m["segment"] == query["segment"]]
        if query.get("status"):
            rows = [m for m in rows if m["status"] == query["status"]]
        return rows

    def members(self, request: Request, body: Any) -> Any:
        sort = request.query_params.get("sort", "name")
        field = sort.lstrip("-")
        rows = sorted(
            self.filtered(request),
            key=lambda m: (m[field] is None, m[field] if m[field] is not None else 0),
            reverse=sort.startswith("-"),
        )
        return page_of(request, rows)

    def member(self, request: Request, body: Any, member_id: int) -> Any:
        found = self.gym.members.get(member_id)
        if found:
            periods = [r for r in self.gym.memberships if r["member_id"] == member_id]
            return {**found, "memberships": periods}
        return problem(404, "member_not_found", "There is no such member.")

    def add_member(self, request: Request, body: Any) -> Any:
        if not body.get("name"):
            errors = [{"field": "name", "message": "A name is needed."}]
            return problem(422, "invalid", "A name is needed.", errors=errors)
        number = len(self.gym.members) + 1
        fresh = {**make_member(0), "tab": None, "risk": None, "reasons": [], "visits": 0}
        fresh |= {"last_visit": None, "inactive_days": None, "member_id": number, **body}
        fresh["email_consent"] = "given" if body["email_consent"] else "unknown"
        fresh["sms_consent"] = "given" if body.get("sms_consent") else None
        self.gym.members[number] = fresh
        return JSONResponse(fresh, 201)

    def edit_member(self, request: Request, body: Any, member_id: int) -> Any:
        member = self.gym.members[member_id]
        member |= body
        for name in {"email_consent", "sms_consent"} & set(body):
            member[name] = "given" if body[name] else "refused"
        if "sms_consent" in body:
            member |= {"sms_consent_at": NOW, "sms_consent_by": "Ana Owner"}
        return member

    def member_messages(self, request: Request, body: Any, member_id: int) -> Any:
        rows = [
            {**m, "subject": "We miss you", "campaign_id": campaign}
            for campaign, messages in self.gym.messages.items()
            for m in messages
            if m["member_id"] == member_id
        ]
        return page_of(request, rows)

    def check_in(self, request: Request, body: Any) -> Any:
        if any(row["member_id"] == body["member_id"] for row in self.gym.check_ins):
            return problem(409, "already_checked_in", "Already checked in a moment ago.")
        number = len(self.gym.check_ins) + 1
        row = {"check_in_id": number, "check_in": NOW, "check_out": None, **body}
        row["member_name"] = self.gym.members[body["member_id"]]["name"]
        self.gym.check_ins.append(row)
        return JSONResponse(row, 201)

    def take_back(self, request: Request, body: Any, check_in_id: int) -> Any:
        if check_in_id in self.gym.taken_back:
            return problem(404, "check_in_not_found", "There is no such check-in.")
        self.gym.taken_back.append(check_in_id)
        return Response(status_code=204)

    def check_ins(self, request: Request, body: Any) -> Any:
        wanted = int(request.query_params["member_id"])
        name = self.gym.members[wanted]["name"]
        day = dt.datetime(2026, 11, 10, 18, 5, tzinfo=dt.UTC)
        past = [
            {"check_in_id": 900 + n, "member_id": wanted, "check_out": None, "method": "door"}
            | {"check_in": (day - dt.timedelta(days=3 * n)).isoformat(), "member_name": name}
            for n in range(12)
        ]
        own = [row for row in self.gym.check_ins if row["member_id"] == wanted]
        gone = self.gym.taken_back
        return page_of(request, [row for row in own + past if row["check_in_id"] not in gone])

    def plans(self, request: Request, body: Any) -> Any:
        return page_of(request, self.gym.plans)

    def add_plan(self, request: Request, body: Any) -> Any:
        plan = {"plan_id": len(self.gym.plans) + 1, "is_active": True, "members": 0, **body}
        plan.setdefault("description", None)
        self.gym.plans.append(plan)
        return JSONResponse(plan, 201)

    def edit_plan(self, request: Request, body: Any, plan_id: int) -> Any:
        plan = next(p for p in self.gym.plans if p["plan_id"] == plan_id)
        plan |= body
        return plan

    def assign(self, request: Request, body: Any) -> Any:
        plan = next(p for p in self.gym.plans if p["plan_id"] == body["plan_id"])
        row = {"membership_id": len(self.gym.memberships) + 1, "ends_on": None, **body}
        row |= {"plan_name": plan["name"], "yearly_price": 348.0}
        row |= {"cancelled_on": None, "cancel_reason": None}
        self.gym.memberships.append(dict(row))
        return JSONResponse(row, 201)

    def end_membership(self, request: Request, body: Any, membership_id: int) -> Any:
        row = next(r for r in self.gym.memberships if r["membership_id"] == membership_id)
        row |= {
            "ends_on": (body or {}).get("ends_on") or "2026-11-20",
            "cancelled_on": "2026-11-20",
        }
        return row

    # what is no more than a table

    def rows(self, request: Request, body: Any, path: str) -> Any:
        return page_of(request, self.tables[path].select(request.query_params))

    def row(self, request: Request, body: Any, path: str, number: int) -> Any:
        return self.tables[path].find(number) or problem(404, f"{path}_not_found", "Not here.")

    def add_row(self, request: Request, body: Any, path: str) -> Any:
        return JSONResponse(self.tables[path].add(body), 201)

    def edit_row(self, request: Request, body: Any, path: str, number: int) -> Any:
        row = self.tables[path].find(number)
        assert row is not None
        row |= body
        return row

    def delete_row(self, request: Request, body: Any, path: str, number: int) -> Any:
        table = self.tables[path]
        table.rows.remove(table.find(number))  # type: ignore[arg-type]
        return Response(status_code=204)

    # analytics

    def risky(self, request: Request) -> list[dict[str, Any]]:
        rows = [m for m in self.filtered(request) if m["tab"]]
        reason = request.query_params.get("reason")
        if reason:
            rows = [m for m in rows if any(r["code"] == reason for r in m["reasons"])]
        return rows

    def at_risk(self, request: Request, body: Any) -> Any:
        rows = self.risky(request)
        tabs = count_tabs(rows)
        tab = request.query_params.get("tab", "all")
        if tab != "all":
            rows = [m for m in rows if m["tab"] == tab]
        sort = request.query_params.get("sort", "-saveable")
        if sort != "-saveable":
            field = sort.lstrip("-")
            rows = sorted(rows, key=lambda m: m[field] or 0, reverse=sort.startswith("-"))
        frame = self.gym.overview()
        shared = ("as_of", "as_of_is_live", "computed_at", "currency")
        value = round(sum(m["yearly_value"] for m in rows), 2)
        return {
            **page_of(request, rows),
            **{key: frame[key] for key in shared},
            "yearly_value": value,
            "tabs": tabs,
        }

    def at_risk_ids(self, request: Request, body: Any) -> Any:
        tab = request.query_params.get("tab", "all")
        ids = [m["member_id"] for m in self.risky(request) if tab in ("all", m["tab"])]
        return {"member_ids": ids, "total": len(ids)}

    # campaigns

    def _sort_out(self, body: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
        reasons = "no_address no_consent unsubscribed mailed_this_week dormant not_member"
        skipped = dict.fromkeys(reasons.split(), 0)
        chosen = []
        for member_id in body["member_ids"]:
            member = self.gym.members[member_id]
            if member["email_block"]:
                skipped[member["email_block"]] += 1
            elif (member["inactive_days"] or 0) >= 60 and body.get("include_dormant") is False:
                skipped["dormant"] += 1
            else:
                chosen.append(member)
        if self.gym.daily_limit is not None:
            skipped["daily_limit"] = len(chosen[self.gym.daily_limit :])
            chosen = chosen[: self.gym.daily_limit]
        return chosen, skipped

    def preview(self, request: Request, body: Any) -> Any:
        chosen, skipped = self._sort_out(body)
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
                "subject": fill(body["subject"], m, self.gym.name),
                "body": fill(body["body"], m, self.gym.name),
            }
            for m in chosen[start : start + 10]
        ]
        total = len(body["member_ids"])
        shared = {"total": total, "will_send": len(chosen), "skipped": skipped}
        shared["email_problem"] = self.gym.mail_problem
        shared["daily_limit"] = self.gym.daily_limit
        shared["left_today"] = self.gym.daily_limit
        shared["notes"] = self.gym.mail_notes
        shared |= {"as_of": self.gym.as_of, "as_of_is_live": self.gym.as_of_is_live}
        shared |= {"page": body.get("page", 1), "size": 10}
        return {**shared, "problems": problems, "previews": previews}

    def send(self, request: Request, body: Any) -> Any:
        key = request.headers["idempotency-key"]
        if key in self.gym.sent_keys:
            return JSONResponse(self.gym.campaigns[self.gym.sent_keys[key] - 1], 202)
        chosen, skipped = self._sort_out(body)
        number = len(self.gym.campaigns) + 1
        self.gym.sent_keys[key] = number
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
            "currency": self.gym.currency,
        }
        self.gym.campaigns.append(campaign)
        self.gym.messages[number] = [
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

    def _deliver(self, number: int) -> dict[str, Any]:
        """Each look at a campaign finds two more messages done."""
        campaign = self.gym.campaigns[number - 1]
        waiting = [m for m in self.gym.messages[number] if m["state"] == "queued"]
        for message in waiting[:2]:
            failed = message["member_id"] == self.gym.failing_member
            message |= {"state": "failed" if failed else "sent", "attempts": 1}
            message |= {"error": "Mailbox unavailable (550)"} if failed else {"sent_at": NOW}
        states = [m["state"] for m in self.gym.messages[number]]
        campaign |= {state: states.count(state) for state in ("sent", "failed", "queued")}
        campaign["state"] = "sending" if campaign["queued"] else "done"
        return campaign

    def campaigns(self, request: Request, body: Any) -> Any:
        return page_of(request, self.gym.campaigns[::-1])

    def campaign(self, request: Request, body: Any, number: int) -> Any:
        if number not in self.gym.messages:
            return problem(404, "campaign_not_found", "There is no such campaign.")
        return self._deliver(number)

    def messages(self, request: Request, body: Any, number: int) -> Any:
        state = request.query_params.get("state")
        rows = [m for m in self.gym.messages[number] if state in (None, m["state"])]
        return page_of(request, rows)

    def retry(self, request: Request, body: Any, number: int) -> Any:
        self.gym.failing_member = None
        for message in self.gym.messages[number]:
            if message["state"] == "failed":
                message |= {"state": "queued", "error": None}
        return JSONResponse(self._deliver(number), 202)

    # days

    def report(self, request: Request, body: Any, day: str) -> Any:
        found = self.gym.reports.get(day)
        return found or problem(404, "report_not_found", "There is no report of this day.")

    def make_report(self, request: Request, body: Any) -> Any:
        return JSONResponse(self.gym.make_report(body["day"]), 201)

    def report_file(self, request: Request, body: Any, day: str, kind: str) -> Response:
        return Response(
            f"{day} {kind}", media_type={"csv": "text/csv", "pdf": "application/pdf"}[kind]
        )

    # bringing data in

    def upload(self, request: Request, body: Any) -> Any:
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
            self.gym.import_consents.append(body.get("lawful_basis", ""))
        number = len(self.gym.imports) + 1
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
        self.gym.imports.append(row)
        return JSONResponse(row, 201)

    def load_visits(self, request: Request, body: Any) -> Any:
        key = request.headers["idempotency-key"]
        if key not in self.gym.sent_keys:
            lines = body["content"].decode().strip().splitlines()[1:]
            self.gym.sent_keys[key] = self.gym.add_job(lines)["job_id"]
        return JSONResponse(self.gym.jobs[self.gym.sent_keys[key] - 1], 202)

    def job(self, request: Request, body: Any, number: int) -> Any:
        """Each look finds the job one state further."""
        job = self.gym.jobs[number - 1]
        answer = dict(job)
        job |= self.gym.next_states.pop(0) if self.gym.next_states else {}
        return answer

    def train(self, request: Request, body: Any) -> Any:
        return JSONResponse(self.gym.add_job([]), 202)

    def errors_csv(self, request: Request, body: Any, number: int) -> Response:
        return Response("row,problem\n3,Not an email address.\n", media_type="text/csv")

    def mail_confirmation(self, _request: Request, _body: Any) -> Any:
        self.gym.links_mailed += 1
        return JSONResponse({"address": "ana@example.com", "expires_at": NOW}, 202)

    def edit_organization(self, request: Request, body: Any) -> Any:
        self.gym.name = body.get("name", self.gym.name)
        self.gym.reply_to = body.get("reply_to", self.gym.reply_to)
        for switch in ("mails_daily_report", "sends_payment_reminders"):
            setattr(self.gym, switch, body.get(switch, getattr(self.gym, switch)))
        return self.gym.organization()

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        config = uvicorn.Config(self.app, port=port, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


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


def fill(text: str, member: dict[str, Any], gym: str) -> str:
    values = {
        "first_name": member["name"].split()[0],
        "name": member["name"],
        "gym": gym,
        "days_away": str(member["inactive_days"] or ""),
    }
    return re.sub(r"{{(\w+)}}", lambda m: values.get(m[1], m[0]), text)


METHODS = ["GET", "POST", "PATCH", "DELETE"]
ROUTES: list[tuple[str, str, Any, bool]] = [
    ("GET", "/auth/choices", lambda *_: list_choices(Settings()).model_dump(), True),
    ("POST", "/auth/register", FakeApi.register, True),
    ("POST", "/auth/session", FakeApi.open, True),
    ("POST", "/auth/token", FakeApi.exchange, True),
    ("POST", "/auth/session/revoke", FakeApi.revoke, True),
    ("POST", "/auth/password", FakeApi.password, False),
    ("GET", "/auth/me", lambda api, *_: api.gym.me(), False),
    ("GET", "/organizations/me", lambda api, *_: api.gym.organization(), False),
    ("PATCH", "/organizations/me", FakeApi.edit_organization, False),
    ("POST", "/organizations/me/email-confirmation", FakeApi.mail_confirmation, False),
    ("GET", "/analytics/overview", lambda api, *_: api.gym.overview(), False),
    (
        "GET",
        "/analytics/visits",
        lambda api, request, _: api.gym.visits(int(request.query_params["days"])),
        False,
    ),
    ("GET", "/analytics/retention", lambda api, *_: api.gym.retention(), False),
    ("GET", "/analytics/at-risk", FakeApi.at_risk, False),
    ("GET", "/analytics/at-risk/ids", FakeApi.at_risk_ids, False),
    ("GET", "/members", FakeApi.members, False),
    ("POST", "/members", FakeApi.add_member, False),
    ("GET", r"/members/(\d+)", FakeApi.member, False),
    ("PATCH", r"/members/(\d+)", FakeApi.edit_member, False),
    ("GET", r"/members/(\d+)/churn-risk", lambda api, _, __, n: api.gym.churn_risk(n), False),
    ("GET", r"/members/(\d+)/messages", FakeApi.member_messages, False),
    ("GET", "/membership-plans", FakeApi.plans, False),
    ("POST", "/membership-plans", FakeApi.add_plan, False),
    ("PATCH", r"/membership-plans/(\d+)", FakeApi.edit_plan, False),
    ("POST", "/memberships", FakeApi.assign, False),
    ("POST", r"/memberships/(\d+)/end", FakeApi.end_membership, False),
    ("POST", "/check-ins", FakeApi.check_in, False),
    ("GET", "/check-ins", FakeApi.check_ins, False),
    ("DELETE", r"/check-ins/(\d+)", FakeApi.take_back, False),
    ("GET", "/campaigns/templates", lambda *_: TEMPLATES, False),
    ("GET", "/campaigns/merge-fields", lambda *_: MERGE_FIELDS, False),
    ("POST", "/campaigns/preview", FakeApi.preview, False),
    ("POST", "/campaigns", FakeApi.send, False),
    ("GET", "/campaigns", FakeApi.campaigns, False),
    ("GET", r"/campaigns/(\d+)", FakeApi.campaign, False),
    ("GET", r"/campaigns/(\d+)/messages", FakeApi.messages, False),
    ("POST", r"/campaigns/(\d+)/retry", FakeApi.retry, False),
    ("POST", "/attendance-reports", FakeApi.make_report, False),
    ("GET", r"/attendance-reports/([\d-]+)", FakeApi.report, False),
    ("GET", r"/attendance-reports/([\d-]+)\.(csv|pdf)", FakeApi.report_file, False),
    ("POST", "/check-ins/bulk", FakeApi.load_visits, False),
    (
        "GET",
        "/analytics/churn-models",
        lambda api, request, _: page_of(request, api.gym.churn_models()),
        False,
    ),
    ("POST", "/analytics/churn-models/train", FakeApi.train, False),
    ("POST", "/analytics/scores", FakeApi.train, False),
    ("GET", r"/jobs/(\d+)", FakeApi.job, False),
    ("GET", r"/jobs/(\d+)/errors.csv", FakeApi.errors_csv, False),
    ("POST", "/imports", FakeApi.upload, False),
    ("GET", "/imports", lambda api, request, _: page_of(request, api.gym.imports[::-1]), False),
    ("GET", r"/imports/(\d+)/errors.csv", FakeApi.errors_csv, False),
    *(
        (method, f"/({path}){one}", handler, False)
        for path in make_tables()
        for method, one, handler in (
            ("GET", "", FakeApi.rows),
            ("POST", "", FakeApi.add_row),
            ("GET", r"/(\d+)", FakeApi.row),
            ("PATCH", r"/(\d+)", FakeApi.edit_row),
            ("DELETE", r"/(\d+)", FakeApi.delete_row),
        )
    ),
]

if __name__ == "__main__":
    with FakeApi().serve(port=int(sys.argv[1])):
        threading.Event().wait()
