"""Versions that nobody will ask for again are forgotten, and no others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import sessionmaker

from db.models import ChurnModel, ChurnScore, Gym
from db.session import GymSession, session_scope
from ds.churn.registry import PREVIOUS_KEPT, RETENTION, delete_old, list_versions, promote
from tests.factories.churn import create_churn_model
from tests.factories.members import create_member
from tests.fixtures.api import NOON

LONG_AGO = NOON - RETENTION - timedelta(days=1)
Add = Callable[..., int]


@pytest.fixture
def add(ops_sessions: sessionmaker[GymSession], gym: Gym) -> Add:
    """Adds an old version that was never active, unless `over` says otherwise."""

    def add(owner: Gym = gym, **over: object) -> int:
        values = {"created_at": LONG_AGO, "is_current": False, "promoted_at": None} | over
        with session_scope(ops_sessions) as session:
            return create_churn_model(session, gym=owner, **values).model_id

    return add


def test_only_what_nobody_can_need_is_forgotten(
    ops_sessions: sessionmaker[GymSession], gym: Gym, other_gym: Gym, add: Add
) -> None:
    """Seen to fail with each of the statement's conditions taken out."""
    previous = [
        add(label=label, promoted_at=LONG_AGO + timedelta(days=days))
        for label in ("lapse", "cancel")
        for days in range(PREVIOUS_KEPT + 1)
    ]
    kept = [
        *previous[1 : PREVIOUS_KEPT + 1],
        *previous[PREVIOUS_KEPT + 2 :],
        add(is_current=True, promoted_at=LONG_AGO - timedelta(days=9)),
        add(created_at=NOON - RETENTION),
        scored := add(),
    ]
    add()
    neighbours = add(other_gym)
    with session_scope(ops_sessions) as session:
        member = create_member(session, gym=gym)
        session.add(
            ChurnScore(
                gym_id=gym.gym_id,
                member_id=member.member_id,
                label="lapse",
                as_of=LONG_AGO.date(),
                model_id=scored,
                probability=0.5,
                logit=0.0,
            )
        )
    with session_scope(ops_sessions) as session:
        assert delete_old(session, gym.gym_id, now=NOON) == 3
        assert {one.model_id for one in list_versions(session, gym.gym_id)} == set(kept)
        assert session.get(ChurnModel, neighbours) is not None


def test_the_gym_can_still_go_back(
    ops_sessions: sessionmaker[GymSession], gym: Gym, add: Add
) -> None:
    before, now_active = add(promoted_at=LONG_AGO), add(is_current=True, promoted_at=NOON)
    with session_scope(ops_sessions) as session:
        delete_old(session, gym.gym_id, now=NOON)
        assert promote(session, gym.gym_id, before, now=NOON).is_current
    with session_scope(ops_sessions) as session:
        delete_old(session, gym.gym_id, now=NOON + RETENTION)
        assert promote(session, gym.gym_id, now_active, now=NOON).is_current
