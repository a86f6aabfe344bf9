"""A gym's generation moves on with every commit that wrote its rows, and with nothing else."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from db.cache_version import mark_changed
from db.member_facts import write_freely
from db.models import Gym, Member
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient

InGym = Callable[[int], AbstractContextManager[GymSession]]
Read = Callable[[Gym], int]


@pytest.fixture
def generation(ops_sessions: sessionmaker[GymSession]) -> Read:
    def read(gym: Gym) -> int:
        with session_scope(ops_sessions) as session:
            return session.scalars(select(Gym.generation).where(Gym.gym_id == gym.gym_id)).one()

    return read


RENAME = text("update customers set notes = notes || '!' where gym_id = :gym_id")


def test_each_commit_that_wrote_moves_it_on(gym: Gym, in_gym: InGym, generation: Read) -> None:
    seen = [generation(gym)]
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    seen.append(generation(gym))
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.execute(RENAME, {"gym_id": gym.gym_id})
    seen.append(generation(gym))
    with in_gym(gym.gym_id) as session:
        raw = session.connection().connection.cursor()
        raw.execute("delete from customers")
    seen.append(generation(gym))
    assert seen == sorted(set(seen))


def test_a_restored_database_never_comes_by_a_number_again(
    gym: Gym, in_gym: InGym, generation: Read, ops_sessions: sessionmaker[GymSession]
) -> None:
    """Answers that were kept under it are of rows that are no more."""

    def write() -> int:
        with in_gym(gym.gym_id) as session:
            create_member(session, gym=gym)
        return generation(gym)

    backup = write()
    used = {write() for _ in range(3)}
    with session_scope(ops_sessions) as session:
        restore = text("update gyms set generation = :backup where gym_id = :gym_id")
        session.execute(restore, {"backup": backup, "gym_id": gym.gym_id})
    assert min(write() for _ in range(3)) > max(used)


def test_what_is_still_unflushed_at_commit_counts(
    gym: Gym, in_gym: InGym, generation: Read
) -> None:
    before = generation(gym)
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.add(Member(gym_id=gym.gym_id, name="Mia", join_date=gym.created_at.date()))
    assert generation(gym) > before


def test_reading_moves_nothing(gym: Gym, in_gym: InGym, generation: Read) -> None:
    before = generation(gym)
    with in_gym(gym.gym_id) as session:
        session.scalars(select(Member)).all()
        write_freely(session)
        session.execute(RENAME, {"gym_id": gym.gym_id})  # a gym without members
    assert generation(gym) == before


def test_what_is_rolled_back_moves_nothing(gym: Gym, in_gym: InGym, generation: Read) -> None:
    before = generation(gym)
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
        session.rollback()
    assert generation(gym) == before


def test_the_gym_next_door_is_not_touched(
    gym: Gym, other_gym: Gym, in_gym: InGym, generation: Read
) -> None:
    before = generation(other_gym)
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    assert generation(other_gym) == before


@pytest.mark.parametrize("is_left_open", [False, True])
def test_a_savepoint_is_no_commit(
    gym: Gym, in_gym: InGym, generation: Read, is_left_open: bool
) -> None:
    """The gym's row would be held from there on, and check-ins would wait."""
    before = generation(gym)
    with in_gym(gym.gym_id) as session:
        savepoint = session.begin_nested()
        create_member(session, gym=gym)
        if not is_left_open:
            savepoint.commit()
        own = session.scalars(select(Gym.generation).where(Gym.gym_id == gym.gym_id)).one()
        assert own == before
    assert generation(gym) > before


def test_a_writer_outside_of_any_gym_says_which(
    gym: Gym, ops_sessions: sessionmaker[GymSession], generation: Read
) -> None:
    before = generation(gym)
    with session_scope(ops_sessions) as session:
        mark_changed(session, gym.gym_id)
    assert generation(gym) == before, "nothing was written"
    with session_scope(ops_sessions) as session:
        mark_changed(session, gym.gym_id)
        create_member(session, gym=gym)
    after = generation(gym)
    assert after > before
    with session_scope(ops_sessions) as session:
        create_member(session, gym=gym)
    assert generation(gym) == after, "a mark is for one transaction, whatever the pool does"


def test_one_transaction_stays_in_one_gym(gym: Gym, other_gym: Gym, in_gym: InGym) -> None:
    """Row-level security would let only the last one's generation be moved."""
    with in_gym(gym.gym_id) as session:
        session.execute(text("select 1"))
        with pytest.raises(RuntimeError, match="one gym"):
            session.enter_gym(GymId(other_gym.gym_id))


def test_it_only_ever_grows_also_when_clocks_do_not(
    gym: Gym, in_gym: InGym, ops_session: GymSession, generation: Read
) -> None:
    far = 9_000_000_000_000_000
    ops_session.execute(
        text("update gyms set generation = :far where gym_id = :gym_id"),
        {"far": far, "gym_id": gym.gym_id},
    )
    ops_session.commit()
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym)
    assert generation(gym) == far + 1


def test_writers_at_once_each_move_it(gym: Gym, in_gym: InGym, generation: Read) -> None:
    before = generation(gym)

    def write() -> None:
        for _ in range(10):
            with in_gym(gym.gym_id) as session:
                create_member(session, gym=gym)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert generation(gym) >= before + 40


def test_a_long_writer_keeps_no_check_in_waiting(
    gym: Gym, owner: ApiClient, in_gym: InGym, add_member: Callable[..., Member]
) -> None:
    """An import holds its own rows until it commits, and the gym's row only then."""
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
