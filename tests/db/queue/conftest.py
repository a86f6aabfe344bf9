"""Rows to hand out, in a database of the test's own."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import sessionmaker

from db.member_facts import write_freely
from db.models import Campaign, Gym, Member, Notification, OutboxItem
from db.queue.broker import make_app
from db.queue.catalogue import HOUSEKEEPING, JobKind
from db.queue.jobs import add_job
from db.queue.relay import Relay
from db.session import GymSession, make_engine, make_session_factory, session_scope
from tests.factories.gyms import create_gym
from tests.fixtures.postgres import MigratedDatabase

Sessions = sessionmaker[GymSession]


class Rows:
    """The outbox and the jobs, as ops sees them."""

    def __init__(self, factory: Sessions) -> None:
        self.factory = factory

    def add_gym(self) -> Gym:
        with session_scope(self.factory) as session:
            return create_gym(session)

    def add_mails(self, gym: Gym, number: int) -> None:
        """Rows of the outbox; what their messages say matters to nobody here."""
        with session_scope(self.factory) as session:
            owner = session.scalar(
                text("select user_id from users where gym_id = :gym"), {"gym": gym.gym_id}
            )
            campaign = Campaign(
                gym_id=gym.gym_id, created_by=owner, name="x", subject="x", body="x", audience={}
            )
            session.add(campaign)
            session.flush()
            write_freely(session)
            ids = session.scalars(
                insert(Member).returning(Member.member_id),
                [
                    {
                        "gym_id": gym.gym_id,
                        "name": "Mia",
                        "name_key": "mia",
                        "join_date": "2026-01-01",
                    }
                ]
                * number,
            ).all()
            messages = session.scalars(
                insert(Notification).returning(Notification.notification_id),
                [
                    {
                        "gym_id": gym.gym_id,
                        "campaign_id": campaign.campaign_id,
                        "member_id": member_id,
                        "kind": "campaign",
                        "channel": "email",
                        "recipient": "mia@example.com",
                        "payload": {"subject": "x", "body": "x"},
                        "dedupe_key": f"{campaign.campaign_id}-{member_id}",
                        "recipient_key": "mia@example.com",
                        "provider_id": f"<{gym.gym_id}-{member_id}@example.com>",
                        "unsubscribe_hash": f"{gym.gym_id}-{member_id}",
                        "state": "queued",
                    }
                    for member_id in ids
                ],
            ).all()
            session.execute(
                insert(OutboxItem),
                [{"gym_id": gym.gym_id, "notification_id": one} for one in messages],
            )

    def add_job(self, gym: Gym, kind: JobKind = HOUSEKEEPING, key: str = "once") -> int:
        with session_scope(self.factory) as session:
            job_id = add_job(session, gym.gym_id, kind, key)
        assert job_id is not None
        return job_id

    def count(self, table: str = "outbox", **where: Any) -> int:
        condition = "".join(f" and {name} = :{name}" for name in where)
        [(number,)] = self.query(f"select count(*) from {table} where true{condition}", **where)
        return int(number)

    def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with session_scope(self.factory) as session:
            result: Any = session.execute(text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []


@pytest.fixture
def rows(fresh_database: MigratedDatabase) -> Iterator[Rows]:
    engine = make_engine(fresh_database.ops_url, pool_size=8)
    yield Rows(make_session_factory(engine))
    engine.dispose()


@pytest.fixture
def make_relay(rows: Rows) -> Iterator[Callable[..., Relay]]:
    made: list[Relay] = []

    def make(broker_url: str, *, repeat_after: float = 30.0) -> Relay:
        seconds = timedelta(seconds=repeat_after)
        made.append(Relay(rows.factory, make_app(broker_url), repeat_after=seconds))
        return made[-1]

    yield make
    for relay in made:
        relay.close()
