"""What holds for every route, whichever it is."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.kit.deps import PrincipalDep, SessionDep, get_now
from api.kit.permissions import is_allowed
from api.main import create_app
from db.models import Gym, Role, Trainer
from db.session import session_scope
from tests.api.test_security_suspension import caller_of
from tests.api.test_security_tenants import Gym as FilledGym
from tests.api.test_security_tenants import query_of
from tests.factories.every_table import fill_every_table
from tests.factories.gyms import create_gym, create_user
from tests.factories.members import create_member, create_membership, create_visits
from tests.fixtures.api import NOON, ApiClient
from tests.fixtures.routes import APP, IN_A_GYM, OPERATIONS, Operation

READING = [one for one in IN_A_GYM if one.method == "GET" and not one.path.endswith("/live")]
LISTS = [
    one
    for one in READING
    if not one.parameters
    and all(is_allowed(Role.ADMIN, permission) for permission in one.permissions)
]


class Card(BaseModel):
    trainer_id: int
    name: str


class TestDFF10:
    """Whoever reads 500 can be sure that nothing was stored."""

    @pytest.fixture
    def writing_app(self, api_app: FastAPI) -> FastAPI:
        app = create_app(api_app.state.settings)
        app.dependency_overrides[get_now] = lambda: NOON

        @app.post("/after-the-write")
        def fail(session: SessionDep, caller: PrincipalDep) -> Card:
            session.add(Trainer(gym_id=caller.gym_id, name="never stored"))
            session.flush()
            raise RuntimeError("a bug behind the write")

        @app.post("/no-such-response")
        def answer_wrongly(session: SessionDep, caller: PrincipalDep) -> Card:
            session.add(Trainer(gym_id=caller.gym_id, name="never stored"))
            session.flush()
            return {"trainer_id": "a date, by mistake"}  # type: ignore[return-value]

        return app

    @pytest.mark.parametrize("path", ["/after-the-write", "/no-such-response"])
    def test_d_ff_10_a_500_has_stored_nothing(
        self, writing_app: FastAPI, owner: ApiClient, in_gym: Any, gym: Gym, path: str
    ) -> None:
        with TestClient(writing_app, raise_server_exceptions=False) as http:
            answer = http.post(path, headers={"Authorization": f"Bearer {owner.token}"})
        assert answer.status_code == 500, answer.text
        with in_gym(gym.gym_id) as session:
            assert session.scalar(select(func.count()).select_from(Trainer)) == 0


@pytest.fixture(scope="module")
def gyms(ops_sessions: Any) -> dict[str, FilledGym]:
    """By how much is in them: a gym of today, one row in each table, and forty members who came,
    left, froze and never came."""
    with session_scope(ops_sessions) as session:
        connection = session.connection()
        empty = create_gym(session)
        one = FilledGym("one", fill_every_table(connection, "one row"))
        many = FilledGym("many", fill_every_table(connection, "many rows"))
        gym = session.get_one(Gym, many.gym_id)
        for number in range(40):
            member = create_member(
                session,
                gym=gym,
                name=f"Member {number}",
                join_date=(NOON - timedelta(days=5 * number)).date(),
            )
            if number % 3:
                create_membership(session, gym=gym, member=member)
            visits = range(number % 5, number * 4, 1 + number % 7)
            moments = [NOON - timedelta(days=ago, hours=number % 12) for ago in visits]
            create_visits(session, gym=gym, member=member, at=moments)
    nothing = FilledGym("empty", {**one.rows, "gyms": {"gym_id": empty.gym_id}})
    return {"empty": nothing, "one": one, "many": many}


@pytest.mark.parametrize("size", ["empty", "one", "many"])
def test_d_ff_11_every_list_and_figure_answers_whatever_a_gym_holds(
    client: ApiClient, ops_sessions: Any, gyms: dict[str, FilledGym], size: str
) -> None:
    with session_scope(ops_sessions) as session:
        gym = session.get_one(Gym, gyms[size].gym_id)
        admin = caller_of(client.http, create_user(session, gym=gym, role=Role.ADMIN))

    def ask(operation: Operation) -> int:
        status: int = admin.get(operation.path, params=query_of(operation, gyms[size])).status_code
        return status

    asked = {str(one): ask(one) for one in LISTS}
    failed = {name: status for name, status in asked.items() if status not in {200, 404, 409}}
    assert failed == {}
    assert sum(status == 200 for status in asked.values()) > len(asked) * 0.8


def test_d_ff_12_a_path_that_is_spelled_out_is_answered_by_its_own_route() -> None:
    """None stands behind another one whose parameter takes the same word."""
    mounted = [
        (method, context.path)
        for context in iter_route_contexts(APP.routes)
        if context.path
        for method in context.methods or ()
    ]
    assert find_hidden(mounted) == {}
    assert find_hidden(mounted[::-1]), "the other way round some would be, or this proves nothing"


def find_hidden(mounted: list[tuple[str, str]]) -> dict[str, str]:
    return {
        f"{method} {path}": before
        for place, (method, path) in enumerate(mounted)
        for other, before in mounted[:place]
        if other == method
        and before != path
        and "{" in before
        and "{" not in path
        and re.fullmatch(re.sub(r"{\w+}", "[^/]+", before), path)
    }


def test_a_body_that_is_no_json_is_a_mistake_of_the_caller_on_every_route(
    client: ApiClient, owner: ApiClient
) -> None:
    """Whoever sends it, signed in or not."""
    headers = {"Content-Type": "application/json"}
    writing = [one for one in OPERATIONS if one.method in {"POST", "PUT", "PATCH"}]
    answered = {
        f"{one} of {name}": caller.request(
            one.method,
            one.fill(**dict.fromkeys(one.parameters, 1)),
            content=b'{"a": ',
            headers=headers,
        ).status_code
        for one in writing
        for name, caller in (("a guest", client), ("the owner", owner))
    }
    assert {name: status for name, status in answered.items() if status >= 500} == {}
    assert len(answered) > 150
