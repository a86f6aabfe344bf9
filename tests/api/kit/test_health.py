from datetime import timedelta

import pytest

from api.kit.deps import get_settings
from db.models import Role
from local.processes import free_port
from tests.factories.members import (
    create_member,
    create_membership,
    create_regular_visits,
    create_transaction,
)
from tests.fixtures.routes import OPERATIONS


def test_alive_and_ready_without_signing_in(client):
    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready").json()
    assert (ready["status"], ready["cache"]) == ("ready", "in process")


def test_without_a_broker_it_is_ready_all_the_same_and_says_so(client, api_app, tmp_path):
    settings = api_app.state.settings
    for url, answer in (
        (f"amqp://127.0.0.1:{free_port()}//", "away"),
        (f"filesystem://{tmp_path / 'nothing'}", "away"),
        (f"filesystem://{tmp_path}", "reachable"),
    ):
        api_app.dependency_overrides[get_settings] = lambda url=url: settings.model_copy(
            update={"broker_url": url}
        )
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["broker"]) == (200, answer)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.method == "POST"], ids=str)
def test_without_a_broker_every_post_is_answered(owner, operation, monkeypatch):
    """No request ever reaches for it, so none waits for it either."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a request reached for the broker")

    monkeypatch.setattr("kombu.Connection.__init__", refuse)
    path = operation.fill(**dict.fromkeys(operation.parameters, 1))
    answer = owner.post(path, json={})
    assert answer.status_code < 500, answer.text


def test_factories_make_a_gym_with_a_life_of_its_own(gym, in_gym, clock, sign_in_as, other_gym):
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_membership(session, gym=gym, member=member)
        create_regular_visits(
            session,
            gym=gym,
            member=member,
            last=clock.now - timedelta(days=30),
            every_days=3,
            count=9,
        )
        create_transaction(session, gym=gym, member=member, at=clock.now)
    assert sign_in_as(Role.TRAINER).gym_id == gym.gym_id
    assert sign_in_as(Role.OWNER, gym=other_gym).gym_id == other_gym.gym_id
