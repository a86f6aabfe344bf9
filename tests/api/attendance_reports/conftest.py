"""A gym with visits at chosen instants, and its report as the API answers it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from db.models import Gym, Job, Member
from db.queue.catalogue import DAILY_REPORT, JOBS, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession
from db.types import GymId
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import Clock

URL = "/api/v1/attendance-reports"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def visit(in_gym: InGym) -> Callable[..., Member]:
    """Adds a member who came at these instants, or more visits of one: ISO 8601 with offset."""

    def add(gym: Gym, *at: str, member: Member | None = None, **over: Any) -> Member:
        with in_gym(gym.gym_id) as session:
            found = member or create_member(session, gym=gym, **over)
            instants = [datetime.fromisoformat(one) for one in at]
            create_visits(session, gym=gym, member=found, at=instants)
            return found

    return add


@pytest.fixture
def run_job(
    app_sessions: sessionmaker[GymSession], in_gym: InGym, clock: Clock, api_settings: Settings
) -> Callable[..., Job]:
    """Asks for the job of a day and does it, as a worker would; answers the job's row after it.

    Each `key` is a job of its own: a second one does the same day again.
    """

    def run(
        gym: Gym, day: str, *, key: str | None = None, settings: Settings = api_settings
    ) -> Job:
        gym_id = GymId(gym.gym_id)
        with in_gym(gym_id) as session:
            job_id = add_job(session, gym_id, DAILY_REPORT, key or day, arguments={"day": day})
        assert job_id is not None
        process_job(
            app_sessions, load_handlers(JOBS, settings=settings), gym_id, job_id, now=clock.now
        )
        with in_gym(gym_id) as session:
            return session.get_one(Job, job_id)

    return run
