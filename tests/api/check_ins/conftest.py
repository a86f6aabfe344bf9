from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from api.settings import Settings
from db.member_stats import refresh_member_stats
from db.models import Gym
from db.session import GymSession, session_scope
from db.tenancy import GymId
from tests.api.check_ins.bulk import Bulk


@pytest.fixture
def bulk(app_sessions: sessionmaker[GymSession], api_settings: Settings) -> Bulk:
    return Bulk(app_sessions, api_settings.upload_dir)


@pytest.fixture
def add_members(app_sessions: sessionmaker[GymSession]) -> Callable[[Gym, int], None]:
    """Makes members with the numbers 1 to `count`."""

    def add(gym: Gym, count: int) -> None:
        with session_scope(app_sessions, GymId(gym.gym_id)) as session:
            session.execute(
                text(
                    "insert into customers (gym_id, number, name, join_date)"
                    " select :gym_id, n::text, 'Member ' || n, '2020-01-01'"
                    " from generate_series(1, :count) n"
                ),
                {"gym_id": gym.gym_id, "count": count},
            )
            refresh_member_stats(session, gym.gym_id)

    return add
