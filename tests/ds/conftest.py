"""An empty `world` to fill, and simulated gyms: one to look at, and copies of two to work on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.member_facts import write_freely
from db.models import Gym
from db.queue.catalogue import CHURN_TRAINING
from db.session import make_engine
from db.stats.member_stats import refresh_member_stats
from ds.churn.history import History, read_history
from etl.demo_gyms import NEIGHBOURHOOD
from tests.ds.churn.work import GYMS, LARGE_OWNER, NOW, SMALL_OWNER, Workplace, open_workplace
from tests.ds.world import World
from tests.etl.simulated import simulate
from tests.fixtures.postgres import MigratedDatabase, Server


@pytest.fixture
def world(fresh_database: MigratedDatabase) -> Iterator[World]:
    world = World(fresh_database.ops_url)
    yield world
    world.engine.dispose()


DAY = date(2026, 3, 20)
SMALL = replace(NEIGHBOURHOOD, members=150)


ODDITIES = (
    # Seeding writes all at once; a gym books a renewal some days before it begins.
    "update memberships set created_at = least(created_at, :day)",
    "update payments set state = 'failed' where customer_id % 9 = 0 and due_on > :day - 20",
    "update attendance set check_out = null where customer_id % 10 = 0",
    "delete from attendance a using"
    " (select customer_id, max(check_in) as newest from attendance group by 1) b"
    " where a.customer_id = b.customer_id and a.customer_id % 7 = 0 and a.check_in < b.newest",
    "delete from memberships where customer_id % 11 = 0 and membership_id not in"
    " (select membership_id from payments where membership_id is not null)"
    " and membership_id not in (select membership_id from membership_freezes)",
    "update memberships set ends_on = :day + 20, last_day = :day + 20, cancelled_on = :day - 12"
    " where ends_on is null and customer_id % 5 = 0",
    "update customers set join_date = :day - 3 where customer_id % 14 = 0",
)


@pytest.fixture(scope="session")
def churn_database(
    postgres_server: Server, template_database: str, worker_id: str
) -> Iterator[MigratedDatabase]:
    """The first demo gym, smaller, up to the end of DAY. Only for looking."""
    made = postgres_server.copy(template_database, f"comeback_test_churn_{worker_id}")
    simulate(made, DAY, gyms=[SMALL])
    engine = make_engine(made.ops_url, pool_size=1, statement_timeout_ms=0)
    with Session(engine) as session, session.begin():
        write_freely(session)
        for oddity in ODDITIES:
            session.execute(text(oddity), {"day": DAY})
        [gym_id] = session.scalars(select(Gym.gym_id))
        refresh_member_stats(session, gym_id)
    engine.dispose()
    yield made
    postgres_server.drop(made.name)


@pytest.fixture
def session(churn_database: MigratedDatabase) -> Iterator[Session]:
    """A session whose changes are undone."""
    engine = make_engine(churn_database.ops_url, pool_size=1)
    with Session(engine) as opened:
        yield opened
        opened.rollback()
    engine.dispose()


@pytest.fixture
def demo_gym(session: Session) -> Gym:
    return session.scalars(select(Gym)).one()


@pytest.fixture
def history(session: Session, demo_gym: Gym) -> History:
    return read_history(session, demo_gym, DAY)


@pytest.fixture(scope="session")
def past_database(
    postgres_server: Server, template_database: str, worker_id: str
) -> Iterator[MigratedDatabase]:
    """Two demo gyms up to NOW, without any model. A template: nobody connects to it."""
    made = postgres_server.copy(template_database, f"comeback_test_past_{worker_id}")
    simulate(made, NOW, gyms=GYMS)
    yield made
    postgres_server.drop(made.name)


@pytest.fixture(scope="session")
def trained_database(
    postgres_server: Server, past_database: MigratedDatabase, worker_id: str
) -> Iterator[MigratedDatabase]:
    """The same with the models that the training job made of it."""
    name = f"comeback_test_trained_{worker_id}"
    made = postgres_server.copy(past_database.name, name)
    with open_workplace(made) as workplace:
        for email in (LARGE_OWNER, SMALL_OWNER):
            workplace.do(workplace.gym(email), CHURN_TRAINING, "first")
    yield made
    postgres_server.drop(name)


@pytest.fixture
def past(
    postgres_server: Server, past_database: MigratedDatabase, worker_id: str
) -> Iterator[Workplace]:
    """A copy of the test's own, before any training."""
    yield from _copy(postgres_server, past_database, f"comeback_test_past_copy_{worker_id}")


@pytest.fixture
def trained(
    postgres_server: Server, trained_database: MigratedDatabase, worker_id: str
) -> Iterator[Workplace]:
    """A copy of the test's own, with models and without scores."""
    yield from _copy(postgres_server, trained_database, f"comeback_test_work_copy_{worker_id}")


def _copy(server: Server, template: MigratedDatabase, name: str) -> Iterator[Workplace]:
    with open_workplace(server.copy(template.name, name)) as workplace:
        yield workplace
    server.drop(name)
