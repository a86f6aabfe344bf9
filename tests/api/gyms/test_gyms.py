"""A super admin sets gyms up, and suspends them. What is in a gym stays closed to them."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from api.auth import forgotten_passwords
from api.kit.deps import get_settings
from db.models import AuditEntry, Gym, Role
from tests.factories.gyms import new_mark
from tests.fixtures.api import ApiClient, Clock, SignInAs
from tests.fixtures.mail import MailServer

GYMS = "/api/v1/organizations"
PASSWORD = "chosen by the owner"


def new_gym(**over: Any) -> dict[str, Any]:
    mark = new_mark()
    values = {"name": f"Harbour {mark}", "username": mark, "email": f"{mark}@example.com"}
    return values | {"timezone": "Europe/Lisbon", "currency": "EUR"} | over


def log_in(client: ApiClient, email: str, password: str) -> Any:
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def find(caller: ApiClient, gym_id: int) -> Any:
    return caller.get(f"{GYMS}/{gym_id}").json()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgotten_passwords.time, "sleep", lambda _: None)


def test_a_new_gym_has_no_password_until_its_owner_chooses_one_by_the_mailed_link(
    client: ApiClient,
    super_admin: ApiClient,
    empty_outbox: None,
    mail_server: MailServer,
    send_queued: Any,
    clock: Clock,
) -> None:
    body = new_gym()
    made = super_admin.post(GYMS, json=body)
    assert made.status_code == 201, made.text
    assert made.json()["owner_seen_at"] is None
    send_queued()
    [mail] = mail_server.to(body["email"])
    assert "for three days" in " ".join(mail.text.split())
    [token] = re.findall(r"/auth/reset#(\S+)", mail.text)
    clock.advance(days=2, hours=23)
    reset = {"token": token, "new_password": PASSWORD}
    assert client.post("/api/v1/auth/password/reset", json=reset).status_code == 204
    owner = log_in(client, body["email"], PASSWORD).json()
    me = ApiClient(client.http, token=owner["access_token"]).get("/api/v1/auth/me").json()
    assert (me["role"], me["gym"]["name"]) == ("owner", body["name"])
    assert find(super_admin, made.json()["gym_id"])["owner_seen_at"] is not None
    assert client.post("/api/v1/auth/password/reset", json=reset).json()["code"] == "reset_refused"


def test_without_a_mail_server_no_gym_is_set_up_that_nobody_could_enter(
    api_app: Any, api_settings: Any, super_admin: ApiClient, ops_session: Any
) -> None:
    silent = api_settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: silent
    body = new_gym()
    assert super_admin.post(GYMS, json=body).json()["code"] == "email_not_configured"
    assert ops_session.scalars(select(Gym).where(Gym.email == body["email"])).all() == []


@pytest.mark.parametrize("field", ["email", "username"])
def test_nobody_can_be_the_owner_of_two_gyms(super_admin: ApiClient, gym: Gym, field: str) -> None:
    answer = super_admin.post(GYMS, json=new_gym(**{field: getattr(gym, field).upper()}))
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_the_address_of_a_super_admin_is_taken_for_everybody(
    super_admin: ApiClient, owner: ApiClient
) -> None:
    email = super_admin.user.email
    assert super_admin.post(GYMS, json=new_gym(email=email)).json()["code"] == "name_taken"
    invited = owner.post("/api/v1/invitations", json={"email": email, "role": "admin"})
    assert invited.json()["code"] == "address_taken"


def test_a_suspended_gym_is_read_only_until_it_may_go_on(
    super_admin: ApiClient, owner: ApiClient, other_owner: ApiClient
) -> None:
    place = f"{GYMS}/{owner.gym_id}"
    suspended = super_admin.post(f"{place}/suspend", json={"reason": "The bill of March is open"})
    assert suspended.json()["suspended_reason"] == "The bill of March is open"
    assert owner.get("/api/v1/auth/me").json()["gym"]["suspended_reason"]
    assert owner.post("/api/v1/members", json={"name": "Mia"}).json()["code"] == "gym_suspended"
    assert owner.get("/api/v1/members").status_code == 200
    assert other_owner.post("/api/v1/members", json={"name": "Mia"}).status_code == 201
    resumed = super_admin.post(f"{place}/resume")
    assert resumed.json()["suspended_at"] is None
    assert owner.post("/api/v1/members", json={"name": "Mia"}).status_code == 201


def test_another_reason_leaves_the_moment_and_going_on_twice_is_going_on(
    super_admin: ApiClient, gym: Gym, clock: Clock
) -> None:
    place = f"{GYMS}/{gym.gym_id}"
    first = super_admin.post(f"{place}/suspend", json={"reason": "One"}).json()
    clock.advance(hours=1)
    second = super_admin.post(f"{place}/suspend", json={"reason": "Another"}).json()
    assert second["suspended_at"] == first["suspended_at"]
    assert second["suspended_reason"] == "Another"
    assert [super_admin.post(f"{place}/resume").status_code for _ in range(2)] == [200, 200]


def test_the_gyms_own_log_says_who_suspended_it_and_why(
    super_admin: ApiClient, owner: ApiClient, ops_session: Any
) -> None:
    super_admin.post(f"{GYMS}/{owner.gym_id}/suspend", json={"reason": "Unpaid"})
    super_admin.post(f"{GYMS}/{owner.gym_id}/resume")
    entries = ops_session.scalars(
        select(AuditEntry)
        .where(AuditEntry.gym_id == owner.gym_id, AuditEntry.row_table == "gyms")
        .order_by(AuditEntry.audit_id)
    ).all()
    assert [entry.changes["suspended_reason"] for entry in entries] == [
        [None, "Unpaid"],
        ["Unpaid", None],
    ]
    assert {entry.actor for entry in entries} == {super_admin.user.name}
    seen = owner.get("/api/v1/audit-log", params={"noun": "gym"}).json()["items"]
    assert seen[0]["actor"] == super_admin.user.name


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPER_ADMIN}))
def test_nobody_of_a_gym_sees_or_changes_the_platforms_gyms(
    sign_in_as: SignInAs, gym: Gym, other_gym: Gym, role: Role
) -> None:
    caller = sign_in_as(role)
    for gym_id in (gym.gym_id, other_gym.gym_id):
        assert caller.get(f"{GYMS}/{gym_id}").status_code == 403
        reason = {"reason": "x"}
        assert caller.post(f"{GYMS}/{gym_id}/suspend", json=reason).status_code == 403
        assert caller.post(f"{GYMS}/{gym_id}/resume").status_code == 403
    assert caller.get(GYMS).status_code == 403
    assert caller.post(GYMS, json=new_gym()).status_code == 403


def test_the_list_is_searched_whatever_the_case_and_counts_members(
    super_admin: ApiClient, make_gym: Any, sign_in_as: SignInAs
) -> None:
    mark = new_mark()
    first = make_gym(name=f"Žaneta {mark}")
    make_gym(name=f"Ünal {mark}")
    sign_in_as(Role.OWNER, gym=first).post("/api/v1/members", json={"name": "Mia"})
    listed = super_admin.get(GYMS, params={"search": mark}).json()
    assert [one["name"].split()[0] for one in listed["items"]] == ["Ünal", "Žaneta"]
    [found] = super_admin.get(GYMS, params={"search": f"zaneta {mark}"}).json()["items"]
    assert (found["gym_id"], found["members"]) == (first.gym_id, 1)
    by_owner = super_admin.get(GYMS, params={"search": first.email.upper()}).json()
    assert by_owner["total"] == 1
    super_admin.post(f"{GYMS}/{first.gym_id}/suspend", json={"reason": "x"})
    for is_suspended, total in ((True, 1), (False, 1)):
        query = {"search": mark, "is_suspended": is_suspended}
        assert super_admin.get(GYMS, params=query).json()["total"] == total


def test_a_gym_that_nobody_has_is_not_found(super_admin: ApiClient) -> None:
    for answer in (
        super_admin.get(f"{GYMS}/{2**62}"),
        super_admin.post(f"{GYMS}/{2**62}/suspend", json={"reason": "x"}),
        super_admin.post(f"{GYMS}/{2**62}/resume"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "gym_not_found")


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, None])
def test_a_suspension_has_a_reason_that_can_be_shown(
    super_admin: ApiClient, gym: Gym, reason: Any
) -> None:
    answer = super_admin.post(f"{GYMS}/{gym.gym_id}/suspend", json={"reason": reason})
    assert answer.status_code == 422
