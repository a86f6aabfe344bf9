"""Jobs as rows: claimed once, continued by another worker, given up at last."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from core.translation import t
from db.models import Gym
from db.queue.catalogue import HOUSEKEEPING
from db.queue.jobs import (
    AGAIN,
    MAX_ATTEMPTS,
    ClaimedJob,
    Handler,
    JobPostponed,
    JobRefused,
    LeaseLost,
    add_job,
    claim_job,
    process_job,
)
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.types import GymId
from tests.factories.gyms import create_gym
from tests.fixtures.postgres import MigratedDatabase
from tests.fixtures.processes import wait_for

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


class Office:
    """One gym's jobs, and workers that sign in as the api's do."""

    def __init__(self, database: MigratedDatabase) -> None:
        self.engine = make_engine(database.app_url, pool_size=8)
        self.ops_engine = make_engine(database.ops_url, pool_size=2)
        self.factory: sessionmaker[GymSession] = make_session_factory(self.engine)
        with session_scope(make_session_factory(self.ops_engine)) as session:
            self.gym: Gym = create_gym(session)
        self.gym_id = GymId(self.gym.gym_id)

    def add(self, key: str = "once", **over: Any) -> int | None:
        with session_scope(self.factory, self.gym_id) as session:
            return add_job(session, self.gym_id, HOUSEKEEPING, key, **over)

    def ask(self, **over: Any) -> int:
        job_id = self.add(**over)
        assert job_id is not None
        return job_id

    def claim(self, job_id: int, **over: Any) -> ClaimedJob | None:
        found = claim_job(self.factory, self.gym_id, job_id, now=NOW, **over)
        return None if found is None else found[0]

    def do(self, job_id: int, handler: Handler | None, **over: Any) -> None:
        handlers = {} if handler is None else {HOUSEKEEPING.name: handler}
        process_job(self.factory, handlers, self.gym_id, job_id, now=NOW, **over)

    def read(self, *columns: str) -> tuple[Any, ...]:
        [row] = self.query(f"select {', '.join(columns)} from job_runs")
        return row

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.ops_engine.begin() as connection:
            result = connection.execute(text(sql))
            return [tuple(row) for row in result] if result.returns_rows else []

    def make_due(self) -> None:
        self.query("update job_runs set next_at = now()")


@pytest.fixture
def office(fresh_database: MigratedDatabase) -> Iterator[Office]:
    office = Office(fresh_database)
    yield office
    office.engine.dispose()
    office.ops_engine.dispose()


def finish(work: ClaimedJob) -> Mapping[str, Any]:
    return {"seen": work.job_id}


def test_a_gym_has_one_job_of_a_key(office: Office) -> None:
    assert office.add() is not None
    assert office.add() is None
    assert office.add("another") is not None


def test_a_job_is_not_begun_before_its_time(office: Office) -> None:
    job_id = office.ask(due_at=datetime.now(UTC) + timedelta(hours=1))
    assert office.claim(job_id) is None
    office.make_due()
    assert office.claim(job_id) is not None


def test_of_many_workers_one_gets_the_job(office: Office) -> None:
    job_id, start = office.ask(), Barrier(6)

    def claim(_: int) -> ClaimedJob | None:
        start.wait()
        return office.claim(job_id)

    with ThreadPoolExecutor(6) as pool:
        assert len([work for work in pool.map(claim, range(6)) if work is not None]) == 1


def test_a_job_of_another_gym_is_not_found(office: Office, fresh_database: Any) -> None:
    job_id = office.ask()
    with session_scope(make_session_factory(office.ops_engine)) as session:
        other = create_gym(session)
    assert claim_job(office.factory, GymId(other.gym_id), job_id, now=NOW) is None


def test_what_is_done_is_marked_with_its_result_and_not_done_again(office: Office) -> None:
    job_id = office.ask()
    office.do(job_id, finish)
    assert office.read("state", "result", "error") == ("done", {"seen": job_id}, None)
    assert office.claim(job_id) is None


def test_a_worker_that_was_slow_cannot_keep_its_step_once_another_took_over(
    office: Office,
) -> None:
    job_id = office.ask()
    slow = office.claim(job_id)
    assert slow is not None
    office.make_due()  # its lease has ended
    fast = office.claim(job_id)
    assert fast is not None
    with fast.session() as session:
        fast.save_progress(session, {"step": 1})

    def go_on() -> None:
        with slow.session() as session:
            session.execute(text("update gyms set name = 'of the slow one'"))
            slow.save_progress(session, {"step": 99})

    with pytest.raises(LeaseLost):
        go_on()
    assert office.read("progress") == ({"step": 1},)
    assert office.query("select 1 from gyms where name = 'of the slow one'") == []
    assert not slow.change(state="done")


def test_progress_is_where_the_next_worker_goes_on(office: Office) -> None:
    job_id = office.ask()
    steps: list[int] = []

    def count_to_three(work: ClaimedJob) -> Mapping[str, Any]:
        step = work.progress.get("step", 0) + 1
        steps.append(step)
        with work.session() as session:
            work.save_progress(session, {"step": step})
        return {"steps": step} if step == 3 else AGAIN

    for _ in range(3):
        office.do(job_id, count_to_three)
    assert steps == [1, 2, 3]
    assert office.read("state", "result", "attempts") == ("done", {"steps": 3}, 0)


def test_of_two_steps_at_the_same_time_the_second_counts_on_from_the_first(office: Office) -> None:
    work = office.claim(office.ask())
    assert work is not None

    def count() -> None:
        with work.session() as session:
            progress = work.lock_progress(session)
            work.save_progress(session, {"steps": progress.get("steps", 0) + 1})

    with ThreadPoolExecutor(1) as threads:
        with work.session() as session:
            assert work.lock_progress(session) == {}
            second = threads.submit(count)
            wait([second], timeout=0.3)
            work.save_progress(session, {"steps": 1})
        second.result()
    assert work.progress == {"steps": 2}


def test_steps_at_the_same_time_keep_nothing_once_another_took_over(office: Office) -> None:
    work = office.claim(office.ask(), lease_seconds=0)
    assert work is not None
    assert office.claim(work.job_id) is not None
    with work.session() as session, pytest.raises(LeaseLost):
        work.lock_progress(session)


def test_a_step_may_take_longer_than_the_lease_while_its_process_lives(office: Office) -> None:
    """Renewed each third of the lease: a machine may stand still for the rest of it."""
    job_id = office.ask()
    others: list[ClaimedJob | None] = []

    def take_long(work: ClaimedJob) -> Mapping[str, Any]:
        [(ends_at,)] = office.query("select next_at from job_runs")
        while office.query("select now()") <= [(ends_at,)]:
            time.sleep(0.25)
        # The machine may have stood still just now, and the renewing with it.
        wait_for(lambda: office.query("select from job_runs where next_at > now() + '1 second'"))
        others.append(office.claim(job_id))
        return {}

    office.do(job_id, take_long, lease_seconds=3)
    assert others == [None]
    assert office.read("state") == ("done",)


def test_what_fails_is_tried_again_later_and_given_up_at_last(office: Office) -> None:
    job_id = office.ask()

    def fail(_: ClaimedJob) -> Mapping[str, Any]:
        raise ValueError("no such file")

    for attempt in range(1, MAX_ATTEMPTS):
        office.do(job_id, fail)
        assert office.read("state", "attempts") == ("pending", attempt)
        assert office.claim(job_id) is None, "not at once"
        office.make_due()
    office.do(job_id, fail)
    assert office.read("state", "error") == ("failed", "ValueError: no such file")


def test_what_is_written_down_of_a_failure_holds_no_values_of_rows(office: Office) -> None:
    """An analyst of all gyms reads it."""
    job_id = office.ask()

    def fail(work: ClaimedJob) -> Mapping[str, Any]:
        with work.session() as session:
            session.execute(text("select cast(:name as integer)"), {"name": "Ana Sousa"})
        return {}

    office.do(job_id, fail)
    assert office.read("error") == ("DataError: InvalidTextRepresentation",)


def test_a_job_over_which_workers_end_is_given_up(office: Office) -> None:
    job_id = office.ask()
    for _ in range(MAX_ATTEMPTS):
        assert office.claim(job_id) is not None
        office.make_due()
    assert office.claim(job_id) is None
    assert office.read("state") == ("failed",)


def test_a_database_that_goes_away_is_no_attempt_and_leaves_the_job_to_its_lease(
    office: Office,
) -> None:
    job_id = office.ask()

    def lose_the_database(_: ClaimedJob) -> Mapping[str, Any]:
        raise OperationalError("select 1", {}, Exception("gone"), connection_invalidated=True)

    with pytest.raises(OperationalError):
        office.do(job_id, lose_the_database)
    assert office.read("state", "error") == ("running", None)
    assert office.claim(job_id) is None, "until the lease has ended"
    office.make_due()
    office.do(job_id, finish)
    assert office.read("state") == ("done",)


def test_what_cannot_be_done_at_all_fails_with_its_words(office: Office) -> None:
    job_id = office.ask()

    def refuse(_: ClaimedJob) -> Mapping[str, Any]:
        raise JobRefused(t("The file has no rows."))

    office.do(job_id, refuse)
    assert office.read("state", "error") == ("failed", "The file has no rows.")


def _wait(_: ClaimedJob) -> Mapping[str, Any]:
    raise JobPostponed("Another one is at it.", seconds=60)


@pytest.mark.parametrize("handler", [_wait, None], ids=["postponed", "unknown to this worker"])
def test_waiting_is_no_attempt(office: Office, handler: Callable[[ClaimedJob], Any] | None) -> None:
    job_id = office.ask()
    for _ in range(MAX_ATTEMPTS + 2):
        office.do(job_id, handler)
        assert office.read("state", "attempts") == ("pending", 0)
        assert office.claim(job_id) is None
        office.make_due()
    office.do(job_id, finish)
    assert office.read("state", "error") == ("done", None)


def test_what_was_not_done_by_its_deadline_is_not_begun(office: Office) -> None:
    job_id = office.ask(deadline_at=NOW - timedelta(seconds=1))
    office.do(job_id, finish)
    assert office.read("state", "result") == ("failed", None)
