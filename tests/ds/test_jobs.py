"""The job `scores`: a gym's day begins, and what may differ is computed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import AsOf
from db.models import Gym
from db.queue.catalogue import DS, SCORES, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import make_engine, make_session_factory, session_scope
from db.types import GymId
from ds import pipeline
from ds.store_results import open_run
from tests.ds.world import DAY, NOW, World

RUNS = "select state, as_of from analytics_runs where state = 'done' order by run_id"
Ask = Callable[[Gym, datetime], Any]


@pytest.fixture
def do_scores(world: World) -> Ask:
    """Let a worker do the gym's job of that moment; answers its row."""

    def do(gym: Gym, now: datetime) -> Any:
        with session_scope(world.factory) as session:
            job_id = add_job(session, gym.gym_id, SCORES, now.isoformat())
        assert job_id is not None
        process_job(world.factory, load_handlers(DS), GymId(gym.gym_id), job_id, now=now)
        [row] = world.query(
            "select state, result, error from job_runs where job_run_id = :job", job=job_id
        )
        return row

    return do


def test_each_of_a_gyms_days_is_computed_once(world: World, do_scores: Ask) -> None:
    gym = world.add_gym("Tokyo", "Asia/Tokyo")
    world.add_member(gym, visits=(0, 1))
    for hours in (0, 1, 3.1, 4):  # 15:06 UTC is six past midnight in Tokyo
        state, _, error = do_scores(gym, NOW + timedelta(hours=hours))
        assert (state, error) == ("done", None)
    assert [(row[1] - DAY).days for row in world.query(RUNS)] == [0, 1]


def test_an_old_history_is_not_computed_every_night_for_nothing(
    world: World, do_scores: Ask
) -> None:
    gym = world.add_gym()
    world.add_member(gym, visits=(40,))
    for days in range(3):
        do_scores(gym, NOW + timedelta(days=days))
    assert len(world.query(RUNS)) == 1


def test_an_import_is_computed_though_the_day_was(world: World, do_scores: Ask) -> None:
    gym = world.add_gym()
    do_scores(gym, NOW)
    world.query(
        "insert into imports (gym_id, created_by, kind, state, filename, sha256, mapping)"
        " select gym_id, user_id, 'visits', 'done', 'door.csv', 'x', '{}' from users"
        " where gym_id = :gym_id",
        gym_id=gym.gym_id,
    )
    do_scores(gym, NOW + timedelta(minutes=1))
    do_scores(gym, NOW + timedelta(minutes=2))
    assert len(world.query(RUNS)) == 2


def test_a_failure_leaves_the_job_to_be_tried_again(
    world: World, do_scores: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = world.add_gym()

    def stumble(_: Any) -> Any:
        raise ArithmeticError("a bug")

    monkeypatch.setattr(pipeline, "compute_report", stumble)
    state, _, error = do_scores(gym, NOW)
    assert state == "pending"
    assert "ArithmeticError: a bug" in error


def test_while_another_process_computes_the_gym_the_job_waits(world: World, do_scores: Ask) -> None:
    gym = world.add_gym()
    elsewhere = make_engine(world.ops_url, pool_size=2)
    with open_run(make_session_factory(elsewhere), gym, AsOf(NOW, DAY, True)):
        state, _, error = do_scores(gym, NOW)
    elsewhere.dispose()
    assert (state, error) == ("pending", "Another process computes this gym.")


def test_the_day_refreshes_the_cached_member_status(world: World, do_scores: Ask) -> None:
    gym = world.add_gym()
    member_id = world.add_member(gym, joined=300, visits=(1,), covered=(300, -1))
    status = "select status from customers where customer_id = :member_id"
    do_scores(gym, NOW)
    assert world.query(status, member_id=member_id) == [("active",)]
    do_scores(gym, NOW + timedelta(days=2))
    assert world.query(status, member_id=member_id) == [("expired",)]
