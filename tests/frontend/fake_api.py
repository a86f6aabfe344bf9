"""The API's contract with canned answers, served over real HTTP to the dashboard under test."""

import asyncio
import contextlib
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
from tests.frontend import (
    fake_audit,
    fake_campaigns,
    fake_door,
    fake_imports,
    fake_locations,
    fake_me,
    fake_members,
)
from tests.frontend.contract import Contract
from tests.frontend.fake_answers import FakeRoute, bearer, page_of, problem
from tests.frontend.fake_gym import NOW, FakeGym, count_tabs
from tests.frontend.fake_members import PNG
from tests.frontend.fake_tables import make_tables

CONTRACT = Contract()
PASSWORD = "comeback-demo"
CODE = "492039"
INVITATION = "the-secret-of-an-invitation"


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
        self.second_factor = False
        self.places = [
            {
                "kind": kind,
                "id": number,
                "program": program,
                "system": system,
                "signed_in_at": NOW,
                "last_used_at": NOW,
                "is_current": number == 7,
            }
            for kind, number, program, system in (
                ("dashboard", 7, "Firefox", "Linux"),
                ("dashboard", 8, None, None),
                ("client", 7, "python-requests", None),
            )
        ]
        self.places[2]["is_current"] = False
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
        if self.second_factor and "code" not in body:
            return problem(401, "second_factor_required", "A code is needed as well.")
        if self.second_factor and body["code"] != CODE:
            return problem(401, "wrong_second_factor", "That code does not fit.")
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

    def read_second_factor(self, request: Request, body: Any) -> Any:
        is_on = self.second_factor
        return {
            "is_on": is_on,
            "since": NOW if is_on else None,
            "recovery_codes_left": 10 if is_on else 0,
        }

    def enrol(self, request: Request, body: Any) -> Any:
        if body["current_password"] != PASSWORD:
            return problem(422, "wrong_password", "That is not your current password.")
        svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>"
        return {"secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/x", "qr_svg": svg}

    def confirm(self, request: Request, body: Any) -> Any:
        if body["code"] != CODE:
            return problem(422, "code_refused", "That code does not fit.")
        self.second_factor = True
        return {"recovery_codes": [f"ABCD-EFGH-JKLM-NPQ{number}" for number in range(10)]}

    def disable(self, request: Request, body: Any) -> Any:
        self.second_factor = False
        return Response(status_code=204)

    def forget(self, request: Request, body: Any) -> Any:
        return Response(status_code=202)

    def reset(self, request: Request, body: Any) -> Any:
        if body["token"] != INVITATION:
            return problem(404, "reset_refused", "This link does not work any more.")
        return Response(status_code=204)

    def sign_ins(self, request: Request, body: Any) -> Any:
        return page_of(request, self.places)

    def end_sign_in(self, request: Request, body: Any, kind: str, number: int) -> Any:
        self.places = [one for one in self.places if (one["kind"], one["id"]) != (kind, number)]
        return Response(status_code=204)

    def end_all(self, request: Request, body: Any) -> Any:
        self.sessions.clear()
        return Response(status_code=204)

    def preview(self, request: Request, body: Any) -> Any:
        if body["token"] != INVITATION:
            return problem(404, "invitation_not_open", "This invitation is not open any more.")
        return {
            "gym_name": self.gym.name,
            "email": "rita@example.com",
            "role": "trainer",
            "invited_by": "Ana",
            "expires_at": NOW,
        }

    def accept(self, request: Request, body: Any) -> Any:
        if body["password"] == "password password":
            errors = [{"field": "password", "message": "Too easy."}]
            return problem(422, "invalid", "password: Too easy.", errors=errors)
        made = {"user_id": 3, "gym_name": self.gym.name, "email": "ana@example.com"}
        return JSONResponse({**made, "role": "trainer"}, 201)

    def switch(self, request: Request, body: Any, number: int, what: str) -> Any:
        row = self.tables["team"].find(number)
        assert row is not None
        if what == "second-factor":
            row["has_second_factor"] = False
        else:
            row["is_active"] = what == "enable"
        return row

    def hand_over(self, request: Request, body: Any) -> Any:
        if body["current_password"] != PASSWORD:
            return problem(422, "wrong_password", "That is not your current password.")
        return self.tables["team"].find(body["user_id"])

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
        rows = [m for m in fake_members.filtered(self, request) if m["tab"]]
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

    def logo(self, request: Request, _body: Any) -> Any:
        if request.method == "GET":
            return Response(PNG, media_type="image/png")
        self.gym.logo_id = (self.gym.logo_id or 0) + 1 if request.method == "PUT" else None
        return Response(None, 204)

    def preview_rule(self, request: Request, _body: Any) -> Any:
        """The fewer days, the more members."""
        now = len(self.risky(request))
        asked = int(request.query_params["absence_days"]) * 10
        more = self.gym.absence_days * 10 - asked
        return {"at_risk": now, "would_be_at_risk": max(now + more, 0)}

    def mail_confirmation(self, _request: Request, _body: Any) -> Any:
        self.gym.links_mailed += 1
        return JSONResponse({"address": "ana@example.com", "expires_at": NOW}, 202)

    def edit_organization(self, request: Request, body: Any) -> Any:
        self.gym.name = body.get("name", self.gym.name)
        self.gym.reply_to = body.get("reply_to", self.gym.reply_to)
        for field in (
            "mails_daily_report",
            "sends_payment_reminders",
            "enforces_access",
            "debt_grace_days",
            "brand_colour",
            "absence_days",
            "absence_gaps",
            "mail_pause_days",
            "mail_daily_limit",
        ):
            setattr(self.gym, field, body.get(field, getattr(self.gym, field)))
        return self.gym.organization()

    def suspend_or_resume(self, request: Request, body: Any, number: int, action: str) -> Any:
        row = self.tables["organizations"].find(number)
        assert row is not None
        is_suspended = action == "suspend"
        row["suspended_at"] = NOW if is_suspended else None
        row["suspended_reason"] = body["reason"] if is_suspended else None
        return row

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        config = uvicorn.Config(self.app, port=port, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True  # which it sees within a tenth of a second


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ROUTES: list[FakeRoute] = [
    ("GET", "/auth/choices", lambda *_: list_choices(Settings()).model_dump(), True),
    ("POST", "/auth/register", FakeApi.register, True),
    ("POST", "/auth/session", FakeApi.open, True),
    ("POST", "/auth/token", FakeApi.exchange, True),
    ("POST", "/auth/session/revoke", FakeApi.revoke, True),
    ("POST", "/auth/password", FakeApi.password, False),
    ("GET", "/auth/me", lambda api, *_: api.gym.me(), False),
    ("GET", "/auth/second-factor", FakeApi.read_second_factor, False),
    ("POST", "/auth/second-factor", FakeApi.enrol, False),
    ("POST", "/auth/second-factor/confirm", FakeApi.confirm, False),
    ("POST", "/auth/second-factor/disable", FakeApi.disable, False),
    ("POST", r"/team/(\d+)/(second-factor)/reset", FakeApi.switch, False),
    ("POST", "/auth/password/forgot", FakeApi.forget, True),
    ("POST", "/auth/password/reset", FakeApi.reset, True),
    ("GET", "/auth/sessions", FakeApi.sign_ins, False),
    ("DELETE", "/auth/sessions", FakeApi.end_all, False),
    ("DELETE", r"/auth/sessions/(dashboard|client)/(\d+)", FakeApi.end_sign_in, False),
    ("POST", "/invitations/preview", FakeApi.preview, True),
    ("POST", "/invitations/accept", FakeApi.accept, True),
    ("POST", r"/team/(\d+)/(disable|enable)", FakeApi.switch, False),
    ("POST", "/team/hand-over", FakeApi.hand_over, False),
    ("GET", "/organizations/me", lambda api, *_: api.gym.organization(), False),
    ("PATCH", "/organizations/me", FakeApi.edit_organization, False),
    ("GET", "/organizations/me/logo", FakeApi.logo, False),
    ("PUT", "/organizations/me/logo", FakeApi.logo, False),
    ("DELETE", "/organizations/me/logo", FakeApi.logo, False),
    ("POST", "/organizations/me/email-confirmation", FakeApi.mail_confirmation, False),
    (
        "GET",
        "/organizations/me/export",
        lambda *_: Response(b"PK", media_type="application/zip"),
        False,
    ),
    ("POST", r"/organizations/(\d+)/(suspend|resume)", FakeApi.suspend_or_resume, False),
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
    ("GET", "/analytics/at-risk/preview", FakeApi.preview_rule, False),
    (
        "GET",
        "/analytics/churn-models",
        lambda api, request, _: page_of(request, api.gym.churn_models()),
        False,
    ),
    *fake_members.ROUTES,
    *fake_campaigns.ROUTES,
    *fake_imports.ROUTES,
    *fake_door.ROUTES,
    *fake_locations.ROUTES,
    *fake_me.ROUTES,
    *fake_audit.ROUTES,
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
