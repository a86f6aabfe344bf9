"""What a gym's schedule asks for, and that beat asks once, whatever happens to beat."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from db.models import Gym
from db.queue.beat import Beat, list_due
from db.session import make_engine, make_session_factory, session_scope
from tests.factories.gyms import create_gym
from tests.fixtures.postgres import ROOT, MigratedDatabase
from tests.fixtures.processes import wait_for

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
PER_GYM = len(list(list_due("Europe/Lisbon", LONG_AGO, WEDNESDAY)))


@pytest.fixture
def gyms(fresh_database: MigratedDatabase) -> list[Gym]:
    factory = make_session_factory(make_engine(fresh_database.ops_url, pool_size=1))
    with session_scope(factory) as session:
        made = [create_gym(session, timezone=zone) for zone in ("Europe/Lisbon", "Asia/Tokyo")]
        session.execute(text("update gyms set created_at = :long_ago"), {"long_ago": LONG_AGO})
    factory.kw["bind"].dispose()
    return made


@pytest.fixture
def query(fresh_database: MigratedDatabase) -> Any:
    engine = create_engine(fresh_database.ops_url)

    def query(sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with engine.begin() as connection:
            result = connection.execute(text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    yield query
    engine.dispose()


@pytest.fixture
def make_beat(fresh_database: MigratedDatabase) -> Any:
    engine = make_engine(fresh_database.ops_url, pool_size=8)
    yield lambda: Beat(make_session_factory(engine))
    engine.dispose()


def test_several_beats_at_the_same_moment_make_each_job_once(
    gyms: list[Gym], make_beat: Callable[[], Beat], query: Any
) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_beat().tick(WEDNESDAY), range(8)))
    assert sum(made) == PER_GYM * len(gyms)
    assert query("select count(*), count(distinct (gym_id, job, key)) from job_runs") == [
        (PER_GYM * len(gyms), PER_GYM * len(gyms))
    ]


def test_a_beat_that_stays_makes_nothing_twice_and_the_next_day_anew(
    gyms: list[Gym], make_beat: Callable[[], Beat]
) -> None:
    beat = make_beat()
    assert beat.tick(WEDNESDAY) > 0
    assert beat.tick(WEDNESDAY + timedelta(hours=1)) == 0
    # In Lisbon and in Tokyo a day later: scores, a report, housekeeping, payment reminders, prices,
    # renewals.
    assert beat.tick(WEDNESDAY + timedelta(days=1)) == 12


def test_three_missed_days_are_made_up_once_and_each_days_report(
    gyms: list[Gym], make_beat: Callable[[], Beat], query: Any
) -> None:
    make_beat().tick(WEDNESDAY)
    query("update job_runs set state = 'done'")
    assert make_beat().tick(WEDNESDAY + timedelta(days=3)) == len(gyms) * (1 + 1 + 1 + 1 + 1 + 3)
    made = query(
        "select job, array_agg(key order by key) from job_runs"
        " where state = 'pending' and gym_id = :gym_id group by job order by job",
        gym_id=gyms[0].gym_id,
    )
    assert made == [
        ("daily_report", ["2026-11-18", "2026-11-19", "2026-11-20"]),
        ("housekeeping", ["2026-11-21"]),
        ("payment_reminders", ["2026-11-21"]),
        ("plan_prices", ["2026-11-21"]),
        ("renewals", ["2026-11-21"]),
        ("scores", ["2026-11-21"]),
    ]


def test_a_gym_whose_time_zone_is_unknown_keeps_no_other_waiting(
    gyms: list[Gym], make_beat: Callable[[], Beat], query: Any
) -> None:
    query("update gyms set timezone = 'Atlantis' where gym_id = :gym_id", gym_id=gyms[0].gym_id)
    make_beat().tick(WEDNESDAY)
    assert query("select distinct gym_id from job_runs") == [(gyms[1].gym_id,)]


@pytest.mark.parametrize(
    ("trouble", "seen"),
    [
        (OperationalError("insert", {}, Exception("gone")), pytest.raises(OperationalError)),
        (RuntimeError("of this gym alone"), nullcontext()),
    ],
    ids=["the database is away", "one gym's own"],
)
def test_what_could_not_be_written_is_written_at_the_next_tick(
    gyms: list[Gym],
    make_beat: Callable[[], Beat],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    seen: Any,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise trouble

    beat = make_beat()
    with monkeypatch.context() as meanwhile, seen:
        meanwhile.setattr("db.queue.beat.add_job", fail)
        assert beat.tick(WEDNESDAY) == 0
    assert beat.tick(WEDNESDAY) == PER_GYM * len(gyms)


def test_a_job_that_nobody_did_before_the_next_one_is_left_to_that_one(
    gyms: list[Gym], make_beat: Callable[[], Beat], query: Any
) -> None:
    make_beat().tick(WEDNESDAY)
    late = query("select deadline_at - due_at from job_runs where job = :job limit 1", job="scores")
    assert late == [(timedelta(days=1),)]
    assert query("select distinct deadline_at from job_runs where job = 'daily_report'") == [
        (None,)
    ]


def test_two_processes_and_one_killed_make_each_job_once(
    gyms: list[Gym], fresh_database: MigratedDatabase, query: Any, tmp_path: Any
) -> None:
    def start(name: str) -> "subprocess.Popen[bytes]":
        folder = tmp_path / name
        folder.mkdir()
        environment = fresh_database.environment | {"HEARTBEAT_FOLDER": str(folder)}
        return subprocess.Popen([sys.executable, "-m", "db.queue.beat"], env=environment, cwd=ROOT)

    def find_jobs(worked: str) -> set[tuple[int, str]]:
        """Which gyms have which jobs, once this process has gone through all gyms."""
        wait_for(lambda: list((tmp_path / worked).glob("*.heartbeat")), seconds=180)
        return set(query("select gym_id, job from job_runs where job <> 'daily_report'"))

    names = {kind.name for kind, one in list_due("UTC", LONG_AGO, WEDNESDAY) if one.day is None}
    jobs = {(gym.gym_id, name) for gym in gyms for name in names}
    both = [start("first"), start("second")]
    try:
        assert find_jobs("first") == jobs
        assert find_jobs("second") == jobs
        os.kill(both[0].pid, signal.SIGKILL)
        # What came due while it was away: as if this morning's jobs had not been written.
        query("delete from job_runs where job = 'scores'")
        both.append(start("third"))
        assert find_jobs("third") == jobs
        both[1].send_signal(signal.SIGTERM)
        assert both[1].wait(180) == 0
    finally:
        for process in both:
            process.kill()
            process.wait()
