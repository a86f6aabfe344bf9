from datetime import timedelta

from db.models import Role
from tests.factories.members import (
    create_member,
    create_membership,
    create_regular_visits,
    create_transaction,
)


def test_alive_and_ready_without_signing_in(client):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready", "cache": "in process"}


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
