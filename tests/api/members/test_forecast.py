"""What a member is expected to pay, as the API tells it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.orm import sessionmaker

from db.models import Gym
from db.session import GymSession
from ds.pipeline import run_gym
from tests.factories.members import create_member, create_membership, create_plan, create_visits
from tests.fixtures.api import NOON, ApiClient

InGym = Callable[[int], AbstractContextManager[GymSession]]
FIELDS = ("value", "low", "high", "basis", "stay", "units", "unit_value")


def test_a_member_and_a_segment_tell_the_forecast_once_it_is_computed(
    owner: ApiClient, gym: Gym, in_gym: InGym, ops_sessions: sessionmaker[GymSession]
) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, duration_months=1, price="40.00")
        pays = create_member(session, gym=gym)
        create_membership(session, gym=gym, member=pays, plan=plan)
        unknown = create_member(session, gym=gym)
        for member in (pays, unknown):
            create_visits(session, gym=gym, member=member, at=[NOON - timedelta(days=2)])
        paying, other = pays.member_id, unknown.member_id
    body = owner.get(f"/api/v1/members/{paying}").json()
    assert {body[f"forecast_{name}"] for name in FIELDS} == {None}

    assert run_gym(ops_sessions, gym, NOON).failure is None
    body = owner.get(f"/api/v1/members/{paying}").json()
    assert body["forecast_basis"] == "contract"
    assert body["forecast_unit_value"] == 40
    assert body["forecast_value"] == pytest.approx(40 * body["forecast_units"], abs=0.006)
    assert 0 < body["forecast_low"] < body["forecast_value"] < body["forecast_high"]
    assert 0 < body["forecast_stay"] < 1
    assert body["clv_value"] == 0  # what was paid so far is another question
    body_of_other = owner.get(f"/api/v1/members/{other}").json()
    assert {body_of_other[f"forecast_{name}"] for name in FIELDS} == {None}

    [segment] = owner.get("/api/v1/analytics/segments").json()["segments"]
    assert segment["members"] == 2
    assert segment["forecast_mean"] == body["forecast_value"]
