from collections.abc import Callable

import pytest
from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from db.models import Gym
from db.session import GymSession, session_scope
from db.types import GymId
from tests.api.check_ins.bulk.uploads import Bulk
from tests.factories.members import create_numbered_members


@pytest.fixture
def bulk(app_sessions: sessionmaker[GymSession], api_settings: Settings) -> Bulk:
    return Bulk(app_sessions, api_settings.upload_dir)


@pytest.fixture
def add_members(app_sessions: sessionmaker[GymSession]) -> Callable[[Gym, int], None]:
    """Makes members with the numbers 1 to `count`."""

    def add(gym: Gym, count: int) -> None:
        with session_scope(app_sessions, GymId(gym.gym_id)) as session:
            create_numbered_members(session, gym=gym, count=count)

    return add
