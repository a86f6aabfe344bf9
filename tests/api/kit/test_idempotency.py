"""One Idempotency-Key, one effect, one answer: on a route made for it, with a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import func, select

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.deps import PrincipalDep, SessionDep
from api.kit.errors import Conflict
from api.kit.idempotency import IdempotentDep
from api.main import create_app
from core.clock import read_now
from core.translation import t
from db.models import Gym, IdempotencyKey, Trainer, User
from db.session import make_engine, make_session_factory
from tests.fixtures.api import SECRET_KEY, make_settings
from tests.fixtures.postgres import MigratedDatabase
from tests.fixtures.serving import serve


class NewTrainer(BaseModel):
    name: str


class TrainerCard(BaseModel):
    trainer_id: int
    name: str


def add_route(app: FastAPI) -> None:
    def write(session: Any, principal: Any, data: NewTrainer) -> TrainerCard:
        if data.name == "refused":
            session.add(Trainer(gym_id=principal.gym_id, name="never stored"))
            raise Conflict(t("Not this one."))
        trainer = Trainer(gym_id=principal.gym_id, name=data.name)
        session.add(trainer)
        session.flush()
        if data.name == "crash":
            raise RuntimeError("the process dies here")
        return TrainerCard(trainer_id=trainer.trainer_id, name=trainer.name)

    for path in ("/trainers", "/coaches"):

        @app.post(path, status_code=201)
        def create(
            data: NewTrainer, once: IdempotentDep, session: SessionDep, principal: PrincipalDep
        ) -> TrainerCard:
            return once.run(data, TrainerCard, lambda: write(session, principal, data), status=201)


class Office:
    """Two gyms' owners and the number of effects."""

    def __init__(self, database: MigratedDatabase) -> None:
        self.app = create_app(make_settings(database))
        add_route(self.app)
        self.client = httpx.Client(limits=httpx.Limits(max_connections=32), timeout=120)
        self.factory = make_session_factory(make_engine(database.ops_url, pool_size=2))
        self.tokens = [self._sign_up(name) for name in ("north", "south")]

    def _sign_up(self, name: str) -> str:
        with self.factory.begin() as session:
            gym = Gym(name=name, username=name, email=f"{name}@example.com", hashed_password="x")
            session.add(gym)
            session.flush()
            user = User(gym_id=gym.gym_id, role="owner", name=name, email=f"{name}@example.com")
            session.add(user)
            session.flush()
            claims = AccessClaims(user.user_id, gym.gym_id, 0)
        return issue_access_token(claims, SECRET_KEY, now=read_now())

    def post(
        self,
        name: str,
        key: str | None,
        *,
        gym: int = 0,
        path: str = "/trainers",
        language: str = "en",
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[gym]}", "Accept-Language": language}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.post(path, json={"name": name}, headers=headers)

    def count(self, model: type[Any] = Trainer) -> int:
        with self.factory() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def office(fresh_database: MigratedDatabase) -> Iterator[Office]:
    office = Office(fresh_database)
    with serve(office.app) as url:
        office.client.base_url = httpx.URL(url)
        with office.client:
            yield office
    office.factory.kw["bind"].dispose()


def test_the_same_key_takes_effect_once_and_answers_the_same(office: Office) -> None:
    first, again = office.post("Ana", "k1"), office.post("Ana", "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert office.count() == 1


def test_a_replay_names_the_language_of_what_is_repeated(office: Office) -> None:
    first = office.post("Ana", "k1", language="pt-BR")
    again = office.post("Ana", "k1", language="en")
    assert again.headers["idempotency-replayed"] == "true"
    assert [first.headers["content-language"], again.headers["content-language"]] == ["pt-BR"] * 2
    assert office.post("Ana", "k2", language="en").headers["content-language"] == "en"


def test_32_parallel_requests_with_one_key_take_effect_once(office: Office) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: office.post("Ana", "k1"), range(32)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 409)
    assert office.count() == 1


def test_a_key_used_for_another_body_or_route_is_refused(office: Office) -> None:
    office.post("Ana", "k1")
    for answer in (office.post("Bea", "k1"), office.post("Ana", "k1", path="/coaches")):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert office.count() == 1


def test_another_gym_may_use_the_same_key(office: Office) -> None:
    office.post("Ana", "k1")
    answer = office.post("Bea", "k1", gym=1)
    assert answer.status_code == 201
    assert answer.json()["name"] == "Bea"
    assert office.count() == 2


@pytest.mark.parametrize(("name", "status"), [("refused", 409), ("crash", 500)])
def test_a_request_that_failed_leaves_its_key_free(office: Office, name: str, status: int) -> None:
    assert office.post(name, "k1").status_code == status
    assert (office.count(), office.count(IdempotencyKey)) == (0, 0)
    assert office.post("Ana", "k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside"])
def test_a_key_that_cannot_be_kept_is_refused(office: Office, key: str) -> None:
    assert office.post("Ana", key).status_code == 422
    assert office.count() == 0


def test_without_a_key_every_request_takes_effect(office: Office) -> None:
    office.post("Ana", None)
    office.post("Ana", None)
    assert office.count() == 2
