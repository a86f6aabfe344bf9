"""A suspended gym is read and exported, and nothing in it is changed, by whatever route.

The routes are read from the application, so one that is added is tested without a word here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select, text, update
from sqlalchemy.exc import InternalError

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.deps import READING_METHODS
from api.kit.paths import OWN_ACCOUNT, PORTUGUESE
from api.kit.permissions import is_allowed
from api.kit.principal import load_principal
from db.models import Equipment, Gym, Role, User
from db.session import GymSession, session_scope
from tests.api.test_security_tenants import Gym as FilledGym
from tests.api.test_security_tenants import query_of
from tests.factories.every_table import Row, fill_every_table
from tests.factories.gyms import PASSWORD, create_gym, create_user
from tests.fixtures.api import NOON, SECRET_KEY, ApiClient
from tests.fixtures.routes import IN_A_GYM, Operation, find_requirements

WRITING = [
    one
    for one in IN_A_GYM
    if one.method not in READING_METHODS
    and not one.only_reads
    and not one.path.startswith(OWN_ACCOUNT)
]
READING = [
    one
    for one in IN_A_GYM
    if one.method in READING_METHODS
    and all(is_allowed(Role.ADMIN, permission) for permission in one.permissions)
]
TELLS = {"/api/v1/auth/me", "/api/v1/organizations/me"}
"""Where it is said that the gym is suspended."""


def suspend(sessions: Any, gym_id: int, *, at: Any = NOON) -> None:
    reason = None if at is None else "The bill of March is open."
    with session_scope(sessions) as session:
        session.execute(
            update(Gym).where(Gym.gym_id == gym_id).values(suspended_at=at, suspended_reason=reason)
        )


def caller_of(http: Any, user: Any) -> ApiClient:
    claims = AccessClaims(user.user_id, user.gym_id, user.token_version)
    return ApiClient(http, token=issue_access_token(claims, SECRET_KEY, now=NOON), user=user)


@pytest.fixture(scope="module")
def people(ops_sessions: Any) -> dict[Role, Any]:
    """One of each role, in a gym that is suspended."""
    with session_scope(ops_sessions) as session:
        gym = create_gym(session)
        roles = set(Role) - {Role.SUPER_ADMIN, Role.OWNER}
        made = {role: create_user(session, gym=gym, role=role) for role in roles}
        made[Role.OWNER] = session.scalars(
            select(User).where(User.gym_id == gym.gym_id, User.role == Role.OWNER)
        ).one()
    suspend(ops_sessions, gym.gym_id)
    return made


@pytest.mark.parametrize("operation", WRITING, ids=str)
def test_whatever_writes_is_refused_and_says_whom_to_ask(
    client: ApiClient, people: dict[Role, Any], operation: Operation
) -> None:
    """Before what was sent is looked at: nothing that could be mended would help."""
    owner = caller_of(client.http, people[Role.OWNER])
    path = operation.fill(**dict.fromkeys(operation.parameters, 1))
    answer = owner.request(operation.method, path, json={})
    assert answer.status_code == 403
    assert answer.json()["code"] == "gym_suspended"
    said = answer.json()["detail"]
    assert "The bill of March is open. " in said
    assert said.endswith(
        "Fale com quem administra esta plataforma."
        if operation.path.startswith(PORTUGUESE)
        else "Ask whoever runs this platform."
    )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPER_ADMIN, Role.OWNER, Role.ADMIN}))
def test_whose_role_may_not_write_learns_that_first(
    client: ApiClient, people: dict[Role, Any], role: Role
) -> None:
    answer = caller_of(client.http, people[role]).post("/api/v1/membership-plans", json={})
    assert answer.json()["code"] == "forbidden"


@pytest.fixture(scope="module")
def filled(ops_sessions: Any) -> dict[str, Row]:
    with session_scope(ops_sessions) as session:
        return fill_every_table(session.connection(), "suspended")


def test_whatever_reads_answers_as_before(
    client: ApiClient, filled: dict[str, Row], ops_sessions: Any
) -> None:
    with session_scope(ops_sessions) as session:
        gym = session.get(Gym, filled["gyms"]["gym_id"])
        admin = caller_of(client.http, create_user(session, gym=gym, role=Role.ADMIN))

    known = FilledGym("suspended", filled)
    ids = known.ids | {"day": "2026-11-18"}

    def read(operation: Operation) -> tuple[int, str]:
        answer = admin.get(
            operation.fill(**{name: ids[name] for name in operation.parameters}),
            params=query_of(operation, known),
        )
        return answer.status_code, answer.text

    asked = [one for one in READING if one.path not in TELLS]
    before = {str(one): read(one) for one in asked}
    suspend(ops_sessions, gym.gym_id)
    assert {str(one): read(one) for one in asked} == before
    assert {status for status, _ in before.values()} <= {200, 404, 409}
    assert admin.get("/api/v1/auth/me").json()["gym"]["suspended_reason"]


def test_a_post_that_only_reads_goes_on(client: ApiClient, people: dict[Role, Any]) -> None:
    admin = caller_of(client.http, people[Role.ADMIN])
    text = {"subject": "Hello", "body": "Come back", "filter": {"tab": "all"}}
    assert admin.post("/api/v1/campaigns/preview", json=text).status_code == 200


def test_what_says_that_it_only_reads_and_writes_is_refused_by_the_database(
    client: ApiClient, api_app: FastAPI, people: dict[Role, Any], monkeypatch: Any
) -> None:
    for context in iter_route_contexts(api_app.routes):
        if context.path == "/api/v1/equipment" and "POST" in (context.methods or ()):
            for requirement in find_requirements(context.dependant):
                monkeypatch.setattr(requirement, "only_reads", True)
    admin = caller_of(client.http, people[Role.ADMIN])
    body = {"name": "Rower", "category": "cardio"}
    answer = admin.post("/api/v1/equipment", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "gym_suspended")


class TestTheWall:
    """What a request's session may do in PostgreSQL."""

    @pytest.fixture
    def session(self, app_sessions: Any, people: dict[Role, Any]) -> Iterator[GymSession]:
        user = people[Role.ADMIN]
        with app_sessions() as session:
            claims = AccessClaims(user.user_id, user.gym_id, user.token_version)
            load_principal(session, claims, now=NOON)
            yield session
            session.rollback()

    def write(self, session: GymSession) -> None:
        session.add(Equipment(gym_id=session.info["gym_id"], name="Rower", category="cardio"))
        session.flush()

    def test_nothing_is_written(self, session: GymSession) -> None:
        with pytest.raises(InternalError, match="read-only"):
            self.write(session)

    def test_nothing_is_locked(self, session: GymSession) -> None:
        with pytest.raises(InternalError, match="read-only"):
            session.execute(text("select from gyms for update"))

    def test_it_cannot_be_undone(self, session: GymSession) -> None:
        with pytest.raises(InternalError, match="read-write mode"):
            session.execute(text("set transaction read write"))

    def test_it_holds_in_the_requests_next_transaction(self, session: GymSession) -> None:
        session.commit()
        assert session.scalar(text("select count(*) from users")) > 0
        with pytest.raises(InternalError, match="read-only"):
            self.write(session)


def test_people_still_sign_in_and_out_and_change_their_password(
    client: ApiClient, people: dict[Role, Any]
) -> None:
    login = {"email": people[Role.TRAINER].email, "password": PASSWORD}
    tokens = client.post("/api/v1/auth/login", json=login).json()
    fresh = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert fresh.status_code == 200
    headers = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    new = {"current_password": PASSWORD, "new_password": "quiet-river-at-dawn"}
    assert client.post("/api/v1/auth/password", json=new, headers=headers).status_code == 204
    again = login | {"password": "quiet-river-at-dawn"}
    signed_in = client.post("/api/v1/auth/session", json=again)
    assert signed_in.json()["me"]["gym"]["suspended_reason"] == "The bill of March is open."
    headers = {"Authorization": f"Bearer {signed_in.json()['session']}"}
    token = client.post("/api/v1/auth/token", headers=headers).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/api/v1/auth/logout", headers=headers).status_code == 204
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_once_it_is_lifted_everything_works_again(
    owner: ApiClient, gym: Gym, ops_sessions: Any
) -> None:
    suspend(ops_sessions, gym.gym_id)
    body = {"name": "Rower", "category": "cardio"}
    assert owner.post("/api/v1/equipment", json=body).status_code == 403
    suspend(ops_sessions, gym.gym_id, at=None)
    assert owner.post("/api/v1/equipment", json=body).status_code == 201
