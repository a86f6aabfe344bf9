"""What waits of a suspended gym is neither handed out nor claimed until that is lifted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.models import Gym
from db.queue import outbox
from db.queue.beat import Beat
from db.queue.jobs import claim_job
from db.queue.relay import Relay
from db.session import make_engine, make_session_factory, session_scope
from db.types import GymId
from tests.db.queue.conftest import Rows, Sessions
from tests.fixtures.postgres import MigratedDatabase

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def app_factory(fresh_database: MigratedDatabase) -> Iterator[Sessions]:
    engine = make_engine(fresh_database.app_url, pool_size=2)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def gym(rows: Rows) -> Gym:
    """Suspended, with a mail and a job that are due."""
    gym = rows.add_gym()
    rows.add_mails(gym, 1)
    rows.add_job(gym)
    suspend(rows, gym)
    return gym


def suspend(rows: Rows, gym: Gym) -> None:
    rows.query(
        "update gyms set suspended_at = now(), suspended_reason = 'x' where gym_id = :gym_id",
        gym_id=gym.gym_id,
    )


def resume(rows: Rows, gym: Gym) -> None:
    rows.query(
        "update gyms set suspended_at = null, suspended_reason = null where gym_id = :gym_id",
        gym_id=gym.gym_id,
    )


def test_the_relay_passes_it_over(
    rows: Rows, gym: Gym, make_relay: Callable[..., Relay], tmp_path: Path
) -> None:
    other = rows.add_gym()
    rows.add_mails(other, 1)
    relay = make_relay(f"filesystem://{tmp_path}")
    assert relay.step() == 1
    resume(rows, gym)
    assert relay.step() == 2


def test_a_worker_claims_nothing_that_was_handed_out_before(
    rows: Rows, gym: Gym, app_factory: Sessions
) -> None:
    rows.query("update outbox set state = 'queued'")
    rows.query("update job_runs set state = 'queued'")
    [(outbox_id,)] = rows.query("select outbox_id from outbox")
    [(job_id,)] = rows.query("select job_run_id from job_runs")
    gym_id = GymId(gym.gym_id)

    def claim_mail() -> outbox.Claim | None:
        with session_scope(app_factory, gym_id) as session:
            return outbox.claim(session, gym_id, outbox_id, lease_seconds=45)

    assert claim_mail() is None
    assert claim_job(app_factory, gym_id, job_id, now=NOW) is None
    assert rows.query("select attempts from outbox union all select attempts from job_runs") == [
        (0,),
        (0,),
    ]
    resume(rows, gym)
    assert claim_mail() is not None
    assert claim_job(app_factory, gym_id, job_id, now=NOW) is not None


def test_beat_writes_no_jobs_for_it(rows: Rows, gym: Gym) -> None:
    rows.query("update gyms set created_at = '2025-01-01'")
    beat = Beat(rows.factory)
    assert beat.tick(NOW) == 0
    resume(rows, gym)
    assert beat.tick(NOW) > 0
