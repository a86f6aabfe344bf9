"""Versions of a gym's rows move on with every commit that wrote rows of their topic, and with
nothing else."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Delete, Insert, Table, Update, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from db.base import Base, GymOwned
from db.cache_version import SLOTS, mark_changed, mark_on, name_version
from db.member_facts import write_freely
from db.models import (
    CacheVersion,
    Campaign,
    Channel,
    Gym,
    Member,
    Notification,
    NotificationState,
    User,
)
from db.queue.jobs import DATABASE_UNAVAILABLE
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.topics import Topic
from db.types import GymId
from tests.factories.every_table import Row, row_values
from tests.factories.gyms import new_mark
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient
from tests.fixtures.postgres import MigratedDatabase

InGym = Callable[[int], AbstractContextManager[GymSession]]
Read = Callable[[Gym], int]


@pytest.fixture
def version(ops_sessions: sessionmaker[GymSession]) -> Read:
    """All of a gym's versions together: it grows when one of them does."""

    def read(gym: Gym) -> int:
        with session_scope(ops_sessions) as session:
            return sum_versions(session, gym)

    return read


def read_versions(session: Session, gym_id: int) -> dict[Topic, int]:
    sums = (func.coalesce(func.sum(getattr(CacheVersion, topic)), 0) for topic in Topic)
    found = session.execute(select(*sums).where(CacheVersion.gym_id == gym_id)).one()
    return {topic: int(total) for topic, total in zip(Topic, found, strict=True)}


def sum_versions(session: Session, gym: Gym) -> int:
    return sum(read_versions(session, gym.gym_id).values())


RENAME = text("update customers set gender = coalesce(gender, '') || '!' where gym_id = :gym_id")


def test_each_commit_that_wrote_moves_it_on(gym: Gym, in_gym: InGym, version: Read) -> None:
    seen = [version(gym)]
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    seen.append(version(gym))
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.execute(RENAME, {"gym_id": gym.gym_id})
    seen.append(version(gym))
    with in_gym(gym.gym_id) as session:
        raw = session.connection().connection.cursor()
        raw.execute("delete from customers")
    seen.append(version(gym))
    assert seen == sorted(set(seen))


def test_a_restored_database_never_comes_by_a_number_again(
    gym: Gym, in_gym: InGym, version: Read, ops_sessions: sessionmaker[GymSession]
) -> None:
    """Answers that were kept under it are of rows that are no more."""

    def write() -> int:
        with in_gym(gym.gym_id) as session:
            create_member(session, gym=gym)
        return version(gym)

    write()
    with session_scope(ops_sessions) as session:
        own = CacheVersion.in_gym(gym.gym_id)
        backup = session.execute(select(CacheVersion.slot, CacheVersion.members).where(own)).all()
    used = {write() for _ in range(3)}
    with session_scope(ops_sessions) as session:
        session.execute(delete(CacheVersion).where(own))
        session.add_all(
            CacheVersion(gym_id=gym.gym_id, slot=slot, members=members) for slot, members in backup
        )
    assert used.isdisjoint(write() for _ in range(3))


def test_what_is_still_unflushed_at_commit_counts(gym: Gym, in_gym: InGym, version: Read) -> None:
    before = version(gym)
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.add(Member(gym_id=gym.gym_id, name="Mia", join_date=gym.created_at.date()))
    assert version(gym) > before


def test_reading_moves_nothing(gym: Gym, in_gym: InGym, version: Read) -> None:
    before = version(gym)
    with in_gym(gym.gym_id) as session:
        session.scalars(select(Member)).all()
        write_freely(session)
        session.execute(RENAME, {"gym_id": gym.gym_id})  # a gym without members
    assert version(gym) == before


def test_what_is_rolled_back_moves_nothing(gym: Gym, in_gym: InGym, version: Read) -> None:
    before = version(gym)
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
        session.rollback()
    assert version(gym) == before


def test_the_gym_next_door_is_not_touched(
    gym: Gym, other_gym: Gym, in_gym: InGym, version: Read
) -> None:
    before = version(other_gym)
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    assert version(other_gym) == before


@pytest.mark.parametrize("is_left_open", [False, True])
def test_a_savepoint_is_no_commit(
    gym: Gym, in_gym: InGym, version: Read, is_left_open: bool
) -> None:
    """The gym's row would be held from there on, and check-ins would wait."""
    before = version(gym)
    with in_gym(gym.gym_id) as session:
        savepoint = session.begin_nested()
        create_member(session, gym=gym)
        if not is_left_open:
            savepoint.commit()
        assert sum_versions(session, gym) == before
    assert version(gym) > before


def test_a_writer_outside_of_any_gym_says_which(
    gym: Gym, ops_sessions: sessionmaker[GymSession], version: Read
) -> None:
    before = version(gym)
    with session_scope(ops_sessions) as session:
        mark_changed(session, gym.gym_id)
    assert version(gym) == before, "nothing was written"
    with session_scope(ops_sessions) as session:
        mark_changed(session, gym.gym_id)
        create_member(session, gym=gym)
    after = version(gym)
    assert after > before
    with session_scope(ops_sessions) as session:
        create_member(session, gym=gym)
    assert version(gym) == after, "a mark is for one transaction, whatever the pool does"


def test_one_transaction_stays_in_one_gym(gym: Gym, other_gym: Gym, in_gym: InGym) -> None:
    """Row-level security would let only the last one's version be moved."""
    with in_gym(gym.gym_id) as session:
        session.execute(text("select 1"))
        with pytest.raises(RuntimeError, match="one gym"):
            session.enter_gym(GymId(other_gym.gym_id))


def test_it_only_ever_grows_also_when_clocks_do_not(
    gym: Gym, in_gym: InGym, ops_session: GymSession, version: Read
) -> None:
    far = 9_000_000_000_000_000
    ops_session.execute(delete(CacheVersion).where(CacheVersion.in_gym(gym.gym_id)))
    ops_session.add_all(
        CacheVersion(gym_id=gym.gym_id, slot=slot, members=far) for slot in range(SLOTS)
    )
    ops_session.commit()
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    assert read_versions(ops_session, gym.gym_id)[Topic.MEMBERS] == SLOTS * far + 1


def test_writers_at_once_each_move_it(gym: Gym, in_gym: InGym, ops_session: GymSession) -> None:
    """Seen to fail where a second writer at the same moment does nothing."""
    far = 9_000_000_000_000_000
    ops_session.add_all(
        CacheVersion(gym_id=gym.gym_id, slot=slot, members=far) for slot in range(SLOTS)
    )
    ops_session.commit()

    def write() -> None:
        for _ in range(10):
            with in_gym(gym.gym_id) as session:
                create_member(session, gym=gym)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_versions(ops_session, gym.gym_id)[Topic.MEMBERS] == SLOTS * far + 40


def test_a_long_writer_keeps_no_check_in_waiting(
    gym: Gym, owner: ApiClient, in_gym: InGym, add_member: Callable[..., Member]
) -> None:
    """An import holds its own rows until it commits, and what all share only then."""
    late, early = add_member(), add_member()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.execute(
            text(
                "insert into attendance (gym_id, customer_id, check_in)"
                " select :gym_id, :member_id, timestamptz '2026-01-01' + n * interval '1 hour'"
                " from generate_series(1, 2000) n"
            ),
            {"gym_id": gym.gym_id, "member_id": late.member_id},
        )
        # Who waits for a lock is refused after 4 seconds, and this one is held until the end.
        answer = owner.post("/api/v1/check-ins", json={"member_id": early.member_id})
        assert answer.status_code == 201, answer.text


def test_a_commit_that_fails_over_it_leaves_a_connection_that_works(
    gym: Gym, ops_session: GymSession, api_database: MigratedDatabase
) -> None:
    """Seen to fail: the next request of the connection met the transaction of this one."""
    with session_scope(sessionmaker(ops_session.bind, class_=GymSession)) as session:
        session.add_all(CacheVersion(gym_id=gym.gym_id, slot=slot) for slot in range(SLOTS))
    ops_session.query(CacheVersion).filter_by(gym_id=gym.gym_id).with_for_update().all()
    engine = make_engine(api_database.app_url, pool_size=1)
    with make_session_factory(engine)(info={"gym_id": gym.gym_id}) as session:
        session.execute(text("set local lock_timeout = '50ms'"))
        create_member(session, gym=gym)
        with pytest.raises(OperationalError):
            session.commit()
    with make_session_factory(engine)() as session:
        assert session.scalar(text("select 1")) == 1
    engine.dispose()


def test_a_connection_that_is_lost_over_it_is_told_as_a_database_that_is_away(
    gym: Gym, api_database: MigratedDatabase
) -> None:
    """Seen to fail: a worker took it for a mistake of its own, did not write down that a mail was
    out, and it went out twice."""
    engine, superuser = (
        make_engine(url, pool_size=1) for url in (api_database.app_url, api_database.superuser_url)
    )
    with make_session_factory(engine)(info={"gym_id": gym.gym_id}) as session:
        backend = session.scalar(text("select pg_backend_pid()"))
        with superuser.connect() as other:
            assert other.scalar(text("select pg_terminate_backend(:it, 10000)"), {"it": backend})
        with pytest.raises(DATABASE_UNAVAILABLE):
            session.commit()
    with session_scope(make_session_factory(engine), GymId(gym.gym_id)) as session:
        assert session.scalar(text("select count(*) from gyms")) == 1
    engine.dispose()
    superuser.dispose()


def test_a_get_cannot_write_and_sees_one_moment(api_app, gym: Gym, in_gym: InGym) -> None:  # type: ignore[no-untyped-def]
    with api_app.state.reading_factory(info={"gym_id": gym.gym_id}) as session:
        count = text("select count(*) from customers")
        assert session.scalar(count) == 0
        with in_gym(gym.gym_id) as other:
            create_member(other, gym=gym)
        assert session.scalar(count) == 0
        with pytest.raises(DBAPIError, match="read-only"):
            create_member(session, gym=gym)
    with api_app.state.session_factory(info={"gym_id": gym.gym_id}) as session:
        create_member(session, gym=gym)  # the same pool's connections write again
        session.commit()


TOPIC_OF = {mapper.class_.__tablename__: mapper.class_.topic for mapper in Base.registry.mappers}


def test_a_write_of_each_model_moves_its_topic_and_no_other(
    ops_sessions: sessionmaker[GymSession],
) -> None:
    """Also where SQL wrote it. What no cached response reads moves nothing."""
    engine = ops_sessions.kw["bind"]
    mark = new_mark()
    rows: dict[str, Row] = {}
    moved: dict[str, list[set[Topic]]] = {}

    def read_topics() -> dict[Topic, int]:
        with session_scope(ops_sessions) as session:
            return read_versions(session, rows["gyms"]["gym_id"] if rows else 0)

    def run(table: Table, statement: Insert | Update | Delete) -> None:
        before = read_topics()
        with engine.begin() as connection:
            write_freely(connection)
            row = connection.execute(statement.returning(*table.c)).first()
            if row is not None:
                rows.setdefault(table.name, dict(row._mapping))
            mark_on(connection, rows["gyms"]["gym_id"])
        after = read_topics()
        changed = {topic for topic in Topic if before[topic] != after[topic]}
        moved.setdefault(table.name, []).append(changed)

    tables = [table for table in Base.metadata.sorted_tables if table.name != "cache_versions"]
    for table in tables:
        run(table, insert(table).values(row_values(table, rows, mark)))
    gym_id = rows["gyms"]["gym_id"]
    for table in tables:
        run(table, update(table).where(table.c.gym_id == gym_id).values(gym_id=gym_id))
    for table in reversed(tables):
        if table.name != "gyms":  # its versions refer to it
            run(table, delete(table).where(table.c.gym_id == gym_id))
    expected = {
        table.name: [{TOPIC_OF[table.name]} - {None} for _ in moved[table.name]] for table in tables
    }
    expected["customers"][2] |= {Topic.SCORES}  # their scores go with them
    expected["memberships"][2] |= {Topic.VISITS}  # of which some were taken from a pack
    assert moved == expected


def test_a_model_says_of_which_topic_its_rows_are() -> None:
    with pytest.raises(TypeError, match="topic"):
        type("Booking", (GymOwned, Base), {"__tablename__": "bookings"})
    assert "bookings" not in Base.metadata.tables


def test_what_a_savepoint_took_back_moves_nothing(
    gym: Gym, in_gym: InGym, ops_sessions: sessionmaker[GymSession]
) -> None:
    """A dry run of an import writes nothing but its own record."""
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    with session_scope(ops_sessions) as session:
        before = read_versions(session, gym.gym_id)
    with in_gym(gym.gym_id) as session:
        session.execute(update(Gym).where(Gym.gym_id == gym.gym_id).values(phone="1"))
        savepoint = session.begin_nested()
        create_member(session, gym=gym)
        savepoint.rollback()
    with session_scope(ops_sessions) as session:
        after = read_versions(session, gym.gym_id)
    assert {topic for topic in Topic if before[topic] != after[topic]} == {Topic.SETUP}


@pytest.mark.parametrize("is_of_campaign", [True, False])
def test_mails_of_campaigns_alone_are_in_cached_responses(
    gym: Gym, in_gym: InGym, ops_sessions: sessionmaker[GymSession], is_of_campaign: bool
) -> None:
    """A receipt, a reminder or a report empties no overview, on its way as little as at its end."""
    with in_gym(gym.gym_id) as session:
        campaign = Campaign(
            gym_id=gym.gym_id,
            created_by=session.scalars(select(User.user_id).where(User.gym_id == gym.gym_id)).one(),
            name="Back",
            subject="Hi",
            body="Come",
            audience={},
        )
        session.add(campaign)
    seen = []

    def note() -> None:
        with session_scope(ops_sessions) as session:
            seen.append(read_versions(session, gym.gym_id)[Topic.OUTREACH])

    note()
    with in_gym(gym.gym_id) as session:
        mail = Notification(
            gym_id=gym.gym_id,
            kind="campaign" if is_of_campaign else "attendance_report",
            channel=Channel.EMAIL,
            campaign_id=campaign.campaign_id if is_of_campaign else None,
            recipient="ana@example.com",
            payload={"subject": "Hi", "body": "Come"},
            dedupe_key="1",
            state=NotificationState.QUEUED,
        )
        session.add(mail)
    note()
    mine = Notification.notification_id == mail.notification_id
    with in_gym(gym.gym_id) as session:
        session.execute(update(Notification).where(mine).values(state=NotificationState.SENT))
    note()
    with in_gym(gym.gym_id) as session:
        session.execute(delete(Notification).where(mine))
    note()
    assert len(set(seen)) == (4 if is_of_campaign else 1)


def test_a_version_names_the_topics_that_count() -> None:
    versions = {topic: number for number, topic in enumerate(Topic)}
    assert name_version(versions, {Topic.VISITS, Topic.SETUP}) == "visits=1 setup=5"
