"""Every HTTP call the dashboard makes. No other module of it speaks to the API."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast

import requests
from requests.adapters import HTTPAdapter

from frontend.kit.api_types.accounts import AccessToken, LinkMailed, Me, Organization, Session
from frontend.kit.api_types.campaigns import (
    Campaign,
    CampaignMessage,
    CampaignPreview,
    MergeField,
    Template,
)
from frontend.kit.api_types.churn import ChurnModel, ChurnRisk
from frontend.kit.api_types.figures import (
    AtRiskPage,
    AttendanceReport,
    MemberIds,
    Overview,
    Retention,
    Visits,
)
from frontend.kit.api_types.members import (
    CheckIn,
    Member,
    MemberDetail,
    MemberMessage,
    MembershipPlan,
)
from frontend.kit.api_types.pages import Page
from frontend.kit.api_types.uploads import Import, ImportItem, Job
from frontend.kit.settings import settings

Params = Mapping[str, Any]

#: Connecting is local and quick; reading may wait for a large import to be checked.
TIMEOUT = (2.0, 30.0)


class ApiError(Exception):
    """The API did not do what was asked. `str(error)` may be shown to the owner."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        errors: Sequence[Mapping[str, Any]] = (),
        retry_after: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.errors = list(errors)
        self.retry_after = retry_after


class ApiDown(ApiError):
    """The API cannot be reached, is too slow or broke; nothing is known about the data."""


class SignedOut(ApiError):
    """The API no longer accepts this sign-in."""


class Forbidden(ApiError):
    """This user is signed in but may not do this."""


class NotFound(ApiError):
    """There is no such thing in this gym."""


class Refused(ApiError):
    """The API understood the request and says why it will not do it."""


def _pool() -> requests.Session:
    pool = requests.Session()
    # One pool serves every user: it must never remember a cookie or pick up a .netrc.
    pool.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    pool.trust_env = False
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=64)
    pool.mount("http://", adapter)
    pool.mount("https://", adapter)
    return pool


POOL = _pool()


def send(
    method: str,
    path: str,
    *,
    token: str | None = None,
    params: Params | None = None,
    json: Any = None,
    data: Params | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """One request with one caller's token; every failure becomes an `ApiError`."""
    sent_headers = {"Accept": "application/json", **(headers or {})}
    if token:
        sent_headers["Authorization"] = f"Bearer {token}"
    try:
        response = POOL.request(
            method,
            f"{settings().api_url.rstrip('/')}/api/v1{path}",
            params={k: v for k, v in (params or {}).items() if v not in (None, "")},
            json=json,
            data=data,
            files=files,
            headers=sent_headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise ApiDown("The server cannot be reached.") from error
    if response.is_redirect or response.status_code >= 500:
        raise ApiDown(
            "The server had a problem.",
            status=response.status_code,
            code=_problem(response).code,
        )
    if response.status_code >= 400:
        raise _problem(response)
    return response


def _problem(response: requests.Response) -> ApiError:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    kinds: dict[int, type[ApiError]] = {401: SignedOut, 403: Forbidden, 404: NotFound}
    errors = [entry for entry in body.get("errors") or [] if isinstance(entry, dict)]
    detail = body.get("detail")
    return kinds.get(response.status_code, Refused)(
        detail if isinstance(detail, str) and detail else str(body.get("title") or "Refused."),
        status=response.status_code,
        code=str(body.get("code") or ""),
        errors=errors,
        retry_after=response.headers.get("Retry-After"),
    )


def _on_behalf_of(address: str | None) -> dict[str, str]:
    """The API counts attempts per address; without this all browsers would share ours."""
    return {"X-Forwarded-For": address} if address else {}


def register(account: Params, *, address: str | None) -> None:
    send("POST", "/auth/register", json=account, headers=_on_behalf_of(address))


def open_session(login: str, password: str, *, address: str | None) -> Session:
    body = {"email" if "@" in login else "username": login, "password": password}
    response = send("POST", "/auth/session", json=body, headers=_on_behalf_of(address))
    return cast(Session, response.json())


def exchange(session_id: str) -> AccessToken:
    """A short-lived access token for a session; raises `SignedOut` when the session is over."""
    return cast(AccessToken, send("POST", "/auth/token", token=session_id).json())


def revoke_session(session_id: str) -> None:
    send("POST", "/auth/session/revoke", token=session_id)


class Call(Protocol):
    def __call__(self, method: str, path: str, **request: Any) -> requests.Response: ...


Read = Callable[[str, Params], Any]


class Api:
    """The API as one signed-in user sees it.

    `read` may answer from the user's own short-lived cache, `call` never does.
    """

    def __init__(self, *, read: Read, call: Call) -> None:
        self._read = read
        self._call = call

    def _get(self, path: str, **params: Any) -> Any:
        return self._read(path, params)

    def _send(self, method: str, path: str, **request: Any) -> Any:
        response = self._call(method, path, **request)
        return response.json() if response.content else None

    # who

    def me(self) -> Me:
        return cast(Me, self._send("GET", "/auth/me"))

    def change_password(self, current: str, new: str) -> None:
        body = {"current_password": current, "new_password": new}
        self._send("POST", "/auth/password", json=body)

    def organization(self) -> Organization:
        return cast(Organization, self._get("/organizations/me"))

    def update_organization(self, changes: Params) -> Organization:
        return cast(Organization, self._send("PATCH", "/organizations/me", json=changes))

    def mail_confirmation(self) -> LinkMailed:
        return cast(LinkMailed, self._send("POST", "/organizations/me/email-confirmation"))

    # figures

    def overview(self) -> Overview:
        return cast(Overview, self._get("/analytics/overview"))

    def visits(self, days: int = 90) -> Visits:
        return cast(Visits, self._get("/analytics/visits", days=days))

    def retention(self) -> Retention:
        return cast(Retention, self._get("/analytics/retention"))

    def at_risk(self, **query: Any) -> AtRiskPage:
        return cast(AtRiskPage, self._get("/analytics/at-risk", **query))

    def at_risk_ids(self, **filters: Any) -> MemberIds:
        return cast(MemberIds, self._send("GET", "/analytics/at-risk/ids", params=filters))

    # members

    def members(self, **query: Any) -> Page[Member]:
        return cast(Page[Member], self._get("/members", **query))

    def member(self, member_id: int) -> MemberDetail:
        return cast(MemberDetail, self._get(f"/members/{member_id}"))

    def churn_risk(self, member_id: int) -> ChurnRisk:
        return cast(ChurnRisk, self._get(f"/members/{member_id}/churn-risk"))

    def member_messages(self, member_id: int, page: int = 1) -> Page[MemberMessage]:
        path = f"/members/{member_id}/messages"
        return cast(Page[MemberMessage], self._get(path, page=page, size=20))

    def add_member(self, fields: Params) -> Member:
        return cast(Member, self._send("POST", "/members", json=fields))

    def update_member(self, member_id: int, changes: Params) -> Member:
        return cast(Member, self._send("PATCH", f"/members/{member_id}", json=changes))

    def plans(self) -> list[MembershipPlan]:
        page = self._get("/membership-plans", size=200)
        return cast(list[MembershipPlan], page["items"])

    def add_plan(self, fields: Params) -> None:
        self._send("POST", "/membership-plans", json=fields)

    def update_plan(self, plan_id: int, changes: Params) -> None:
        self._send("PATCH", f"/membership-plans/{plan_id}", json=changes)

    def assign_plan(self, fields: Params) -> None:
        self._send("POST", "/memberships", json=fields)

    def end_membership(self, membership_id: int, fields: Params) -> None:
        self._send("POST", f"/memberships/{membership_id}/end", json=fields)

    def check_ins(self, member_id: int, **query: Any) -> Page[CheckIn]:
        return cast(Page[CheckIn], self._get("/check-ins", member_id=member_id, **query))

    def record_visit(self, member_id: int, *, method: str, key: str) -> CheckIn:
        body = {"member_id": member_id, "method": method}
        headers = {"Idempotency-Key": key}
        return cast(CheckIn, self._send("POST", "/check-ins", json=body, headers=headers))

    def take_back_visit(self, check_in_id: int) -> None:
        self._send("DELETE", f"/check-ins/{check_in_id}")

    # campaigns

    def templates(self) -> list[Template]:
        return cast(list[Template], _items(self._get("/campaigns/templates")))

    def merge_fields(self) -> list[MergeField]:
        return cast(list[MergeField], _items(self._get("/campaigns/merge-fields")))

    def preview(self, mail: Params) -> CampaignPreview:
        return cast(CampaignPreview, self._send("POST", "/campaigns/preview", json=mail))

    def send_campaign(self, mail: Params, *, key: str) -> Campaign:
        headers = {"Idempotency-Key": key}
        return cast(Campaign, self._send("POST", "/campaigns", json=mail, headers=headers))

    def campaigns(self, page: int, size: int) -> Page[Campaign]:
        return cast(Page[Campaign], self._get("/campaigns", page=page, size=size))

    def campaign(self, campaign_id: int) -> Campaign:
        """Always fresh: this is what progress is read from."""
        return cast(Campaign, self._send("GET", f"/campaigns/{campaign_id}"))

    def campaign_messages(self, campaign_id: int, **query: Any) -> Page[CampaignMessage]:
        path = f"/campaigns/{campaign_id}/messages"
        return cast(Page[CampaignMessage], self._send("GET", path, params=query))

    def retry(self, campaign_id: int) -> None:
        self._send("POST", f"/campaigns/{campaign_id}/retry", json={})

    # days

    def attendance_report(self, day: date) -> AttendanceReport:
        return cast(AttendanceReport, self._get(f"/attendance-reports/{day}"))

    def make_attendance_report(self, day: date) -> AttendanceReport:
        body = {"day": day.isoformat()}
        return cast(AttendanceReport, self._send("POST", "/attendance-reports", json=body))

    def attendance_report_file(self, day: date, kind: str) -> bytes:
        return self._call("GET", f"/attendance-reports/{day}.{kind}").content

    # bringing data in

    def upload(
        self, name: str, content: bytes, *, fields: Mapping[str, str], dry_run: bool
    ) -> Import:
        data = {**fields, "dry_run": "true" if dry_run else "false"}
        files = {"file": (name, content, "text/csv")}
        return cast(Import, self._send("POST", "/imports", data=data, files=files))

    def imports(self) -> Page[ImportItem]:
        return cast(Page[ImportItem], self._get("/imports", size=30))

    def import_errors(self, import_id: int) -> bytes:
        return self._call("GET", f"/imports/{import_id}/errors.csv").content

    # the churn models

    def churn_models(self) -> list[ChurnModel]:
        return cast(list[ChurnModel], self._get("/analytics/churn-models", size=20)["items"])

    def train_models(self) -> Job:
        return cast(Job, self._send("POST", "/analytics/churn-models/train"))

    def compute_scores(self) -> Job:
        return cast(Job, self._send("POST", "/analytics/scores"))

    # work that takes longer than a request

    def load_visits(self, name: str, content: bytes, *, key: str) -> Job:
        files = {"file": (name, content, "text/csv")}
        headers = {"Idempotency-Key": key}
        return cast(Job, self._send("POST", "/check-ins/bulk", files=files, headers=headers))

    def job(self, job_id: int) -> Job:
        """Always fresh: this is what progress is read from."""
        return cast(Job, self._send("GET", f"/jobs/{job_id}"))

    def job_errors(self, job_id: int) -> bytes:
        return self._call("GET", f"/jobs/{job_id}/errors.csv").content


def _items(answer: Any) -> Any:
    """Short fixed lists come bare or as a page."""
    return answer["items"] if isinstance(answer, dict) else answer
