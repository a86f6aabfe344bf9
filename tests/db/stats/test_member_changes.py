"""Members are changed in one way, after which all that is stored of them is true again."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, insert, select, text, update
from sqlalchemy.orm import Session

from api.unsubscribe import service as unsubscribe
from db.base import Base, MemberFact
from db.consent import read_consent_for_mail
from db.member_facts import WrittenOutside, find_facts_written, write_freely
from db.models import (
    CheckIn,
    EmailConsent,
    Gym,
    Member,
    Membership,
    MembershipFreeze,
    MemberStats,
    Payment,
    Transaction,
)
from db.session import GymSession
from db.stats.member_changes import changing_everyone, changing_members
from db.stats.member_stats import refresh_member_stats
from db.stats.member_status import refresh_member_status
from db.stats.visit_hours import rebuild_visit_hours
from etl.bulk_insert import copy_rows
from tests.factories.members import create_member, create_membership, create_plan, create_visits
from tests.fixtures.api import NOON
from tests.fixtures.postgres import MigratedDatabase

InGym = Callable[[int], AbstractContextManager[GymSession]]
TODAY = NOON.date()

FACTS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, MemberFact)),
    key=lambda model: model.__name__,
)


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    with in_gym(gym.gym_id) as session:
        return create_member(session, gym=gym)


def new_visit(member: Member, at: datetime = NOON) -> CheckIn:
    return CheckIn(gym_id=member.gym_id, member_id=member.member_id, check_in=at)


def as_values(visit: CheckIn) -> dict[str, Any]:
    return {"gym_id": visit.gym_id, "member_id": visit.member_id, "check_in": visit.check_in}


def read_stored(session: GymSession, gym: Gym) -> list[Any]:
    """Everything that is stored of members, and follows from their facts."""
    return [
        session.execute(text(query), {"gym_id": gym.gym_id}).all()
        for query in (
            "select * from member_stats where gym_id = :gym_id order by customer_id",
            "select customer_id, status, package_id from customers where gym_id = :gym_id"
            " order by customer_id",
            "select day, hour, sum(visits) from visit_hours where gym_id = :gym_id"
            " group by day, hour order by day, hour",
        )
    ]


def assert_as_rebuilt(in_gym: InGym, gym: Gym) -> None:
    with in_gym(gym.gym_id) as session:
        stored = read_stored(session, gym)
        refresh_member_stats(session, gym.gym_id)
        refresh_member_status(session, gym.gym_id, TODAY)
        rebuild_visit_hours(session, gym.gym_id)
        assert stored == read_stored(session, gym)


class TestGuard:
    """Each was seen to write with `guard_member_facts` taken out of `make_engine`."""

    def test_what_statistics_are_computed_from_is_guarded(self) -> None:
        known = {CheckIn, Member, Membership, MembershipFreeze, Payment, Transaction}
        assert set(FACTS) == known

    @pytest.mark.parametrize(
        "write",
        [
            lambda session, member: session.add(new_visit(member)),
            lambda session, member: session.execute(insert(CheckIn), [{"gym_id": 1}]),
            lambda session, member: session.execute(update(Member).values(join_date=TODAY)),
            lambda session, member: session.execute(delete(Transaction)),
            lambda session, member: session.execute(
                text(
                    "with gone as (delete from membership_freezes returning customer_id)"
                    " select * from gone"
                )
            ),
            lambda session, member: session.connection().exec_driver_sql(
                "UPDATE ONLY public.memberships SET ends_on = null"
            ),
            lambda session, member: session.execute(text("truncate payments")),
            lambda session, member: session.execute(
                text(f'with late as (select 1 {" " * 6_000}) delete from "public"."payments"')
            ),
            lambda session, member: copy_rows(session, "attendance", ("gym_id",), [(1,)]),
        ],
        ids=[
            "flush",
            "insert",
            "update",
            "delete",
            "in a WITH",
            "driver SQL",
            "truncate",
            "late",
            "COPY",
        ],
    )
    def test_a_fact_written_outside_is_refused_and_not_written(
        self,
        gym: Gym,
        in_gym: InGym,
        member: Member,
        write: Callable[[GymSession, Member], object],
    ) -> None:
        with in_gym(gym.gym_id) as session:
            before = read_stored(session, gym)
        with pytest.raises(WrittenOutside), in_gym(gym.gym_id) as session:
            write(session, member)
        with in_gym(gym.gym_id) as session:
            assert read_stored(session, gym) == before

    def test_an_edit_of_a_row_that_was_read_is_refused(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with pytest.raises(WrittenOutside), in_gym(gym.gym_id) as session:
            session.get_one(Member, member.member_id).join_date = TODAY

    @pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
    def test_each_table_of_facts_is_recognised(self, model: type[Base]) -> None:
        statements = (insert(model), update(model).values(gym_id=1), delete(model))
        for statement in statements:
            assert find_facts_written(str(statement)) == {model.__tablename__}
        assert find_facts_written(str(select(model).with_for_update())) == set()

    def test_what_only_reads_or_writes_something_else_is_not_meant(self) -> None:
        for statement in (
            "select * from customers c for update of c",
            "insert into member_stats select customer_id from customers on conflict do update set",
            "update customers_backup set name = ''",
            "select check_out from attendance",
        ):
            assert find_facts_written(statement) == set()

    def test_a_member_who_is_not_held_is_refused(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        """Seen to write with `note_flushed` taken out of the session's events."""
        with in_gym(gym.gym_id) as session:
            other = create_member(session, gym=gym)
        with (
            pytest.raises(WrittenOutside, match="not held"),
            in_gym(gym.gym_id) as session,
            changing_members(session, gym, [other.member_id], now=NOON),
        ):
            session.add(new_visit(member))

    def test_a_block_that_failed_leaves_nothing_open(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        def fail_then_write() -> None:
            with in_gym(gym.gym_id) as session:
                with (
                    suppress(ZeroDivisionError),
                    changing_members(session, gym, [member.member_id], now=NOON),
                ):
                    raise ZeroDivisionError
                session.add(new_visit(member))

        with pytest.raises(WrittenOutside):
            fail_then_write()

    def test_what_a_test_may_is_over_with_its_transaction(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            write_freely(session)
            session.add(new_visit(member))
        with pytest.raises(WrittenOutside), in_gym(gym.gym_id) as session:
            session.add(new_visit(member, NOON - timedelta(days=1)))

    def test_an_engine_that_does_not_notice_is_refused(
        self, gym: Gym, api_database: MigratedDatabase
    ) -> None:
        engine = create_engine(api_database.ops_url)
        with (
            Session(engine) as session,
            pytest.raises(RuntimeError, match="make_engine"),
            changing_members(session, gym, [1], now=NOON),
        ):
            pass
        engine.dispose()


class TestLeaving:
    def test_all_that_is_stored_is_as_a_rebuild_finds_it(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        ids = [member.member_id]
        with in_gym(gym.gym_id) as session:
            plan = create_plan(session, gym=gym)
            before, after = (new_visit(member, NOON - timedelta(hours=n)) for n in (1, 30))
            with changing_members(session, gym, ids, now=NOON):
                session.add_all([before, after])
                session.add(
                    Transaction(
                        gym_id=gym.gym_id,
                        member_id=member.member_id,
                        amount=100,
                        currency="EUR",
                        date=TODAY,
                    )
                )
        assert_as_rebuilt(in_gym, gym)
        with in_gym(gym.gym_id) as session:
            visits = session.scalars(select(CheckIn).order_by(CheckIn.check_in)).all()
            with changing_members(session, gym, ids, now=NOON):
                session.delete(visits[0])
                visits[1].check_out = visits[1].check_in + timedelta(hours=1)
                session.get_one(Member, member.member_id).join_date = date(2026, 1, 1)
        assert_as_rebuilt(in_gym, gym)
        with in_gym(gym.gym_id) as session:
            own = session.get_one(Member, member.member_id)
            stats = session.get_one(MemberStats, (gym.gym_id, member.member_id))
            assert (own.status, own.plan_id, stats.covered) == ("active", None, None)
            with changing_members(session, gym, ids, now=NOON):
                session.add(
                    Membership(
                        gym_id=gym.gym_id,
                        member_id=member.member_id,
                        plan_id=plan.plan_id,
                        starts_on=date(2026, 1, 1),
                        ends_on=date(2026, 2, 1),
                        yearly_price=1,
                    )
                )
            # What was read before is read again, and nothing else is.
            assert (own.status, own.plan_id) == ("expired", plan.plan_id)
            assert stats.covered is not None
        assert_as_rebuilt(in_gym, gym)

    def test_new_members_belong_to_the_block_and_so_do_blocks_inside(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            new = Member(gym_id=gym.gym_id, name="Ana", join_date=TODAY)
            with changing_members(session, gym, [], now=NOON):
                session.add(new)
                session.flush()
                with changing_members(session, gym, [new.member_id], now=NOON) as inner:
                    assert inner.found == {new.member_id}
                    session.add(new_visit(new))
                with (
                    pytest.raises(RuntimeError, match="does not hold"),
                    changing_members(session, gym, [member.member_id], now=NOON),
                ):
                    pass
        assert_as_rebuilt(in_gym, gym)
        with in_gym(gym.gym_id) as session:
            assert session.get_one(MemberStats, (gym.gym_id, new.member_id)).visits == 1

    def test_statements_say_what_they_changed(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            others = [create_member(session, gym=gym).member_id for _ in range(3)]
        held = [*others, member.member_id, 10**12]
        with (
            in_gym(gym.gym_id) as session,
            changing_members(session, gym, held, now=NOON) as changes,
        ):
            assert changes.found == {*others, member.member_id}
            session.execute(
                text(
                    "insert into attendance (gym_id, customer_id, check_in)"
                    " values (:gym_id, :member_id, :noon)"
                ),
                {"gym_id": gym.gym_id, "member_id": member.member_id, "noon": NOON},
            )
            changes.only([member.member_id])
            changes.count_visits("select cast(:noon as timestamptz) as check_in", noon=NOON)
        assert_as_rebuilt(in_gym, gym)

    def test_what_a_flush_wrote_counts_beside_what_statements_say(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            other = create_member(session, gym=gym)
        held = [member.member_id, other.member_id]
        with (
            in_gym(gym.gym_id) as session,
            changing_members(session, gym, held, now=NOON) as changes,
        ):
            session.add(new_visit(member))
            changes.only([other.member_id])
        assert_as_rebuilt(in_gym, gym)

    def test_what_a_block_inside_says_counts(self, gym: Gym, in_gym: InGym, member: Member) -> None:
        held = [member.member_id]
        with (
            in_gym(gym.gym_id) as session,
            changing_members(session, gym, held, now=NOON),
            changing_members(session, gym, held, now=NOON) as inner,
        ):
            session.execute(insert(CheckIn), [as_values(new_visit(member))])
            inner.only(held)
            inner.count_visits("select cast(:noon as timestamptz) as check_in", noon=NOON)
        assert_as_rebuilt(in_gym, gym)

    def test_statements_that_write_visits_must_say_which(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with (
            in_gym(gym.gym_id) as session,
            pytest.raises(RuntimeError, match="count_visits"),
            changing_members(session, gym, [member.member_id], now=NOON),
        ):
            session.execute(insert(CheckIn), [as_values(new_visit(member))])

    def test_a_visit_keeps_its_time(self, gym: Gym, in_gym: InGym, member: Member) -> None:
        with in_gym(gym.gym_id) as session:
            visit = create_visits(session, gym=gym, member=member, at=[NOON])[0]
        with in_gym(gym.gym_id) as session:
            found = session.get_one(CheckIn, visit.check_in_id)
            with (
                pytest.raises(RuntimeError, match="keeps its time"),
                changing_members(session, gym, [member.member_id], now=NOON),
            ):
                found.check_in = NOON - timedelta(days=1)

    def test_a_block_that_wrote_nothing_does_nothing(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            session.execute(text("update member_stats set visits = 7"))
            with changing_members(session, gym, [member.member_id], now=NOON):
                pass
            assert session.scalar(select(MemberStats.visits)) == 7

    def test_a_whole_gym_is_computed_again(self, gym: Gym, in_gym: InGym) -> None:
        with in_gym(gym.gym_id) as session:
            members = [create_member(session, gym=gym) for _ in range(3)]
            create_membership(session, gym=gym, member=members[0], ends_on=date(2026, 1, 1))
        with in_gym(gym.gym_id) as session, changing_everyone(session, gym, now=NOON):
            session.execute(
                text(
                    "insert into attendance (gym_id, customer_id, check_in)"
                    " select gym_id, customer_id, :noon from customers where gym_id = :gym_id"
                ),
                {"gym_id": gym.gym_id, "noon": NOON},
            )
        assert_as_rebuilt(in_gym, gym)


class TestWriters:
    def test_writers_of_one_member_take_turns(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        def come(number: int) -> None:
            for step in range(5):
                with (
                    in_gym(gym.gym_id) as session,
                    changing_members(session, gym, [member.member_id], now=NOON),
                ):
                    session.add(new_visit(member, NOON - timedelta(hours=step, minutes=number)))

        threads = [threading.Thread(target=come, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert_as_rebuilt(in_gym, gym)
        with in_gym(gym.gym_id) as session:
            assert session.get_one(MemberStats, (gym.gym_id, member.member_id)).visits == 20

    def test_who_holds_a_member_keeps_them_from_stopping_no_mail(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        """An import may hold its members for minutes. Nor does what staff write at that moment
        bring mail back."""
        link = unsubscribe.Subscription(
            gym.gym_id,
            gym.name,
            member.member_id,
            member.email or "",
            member.email_key or "",
            False,
        )
        with (
            in_gym(gym.gym_id) as editing,
            changing_members(editing, gym, [member.member_id], now=NOON),
        ):
            own = editing.get_one(Member, member.member_id)
            with in_gym(gym.gym_id) as session:
                unsubscribe.stop(session, link, now=NOON)
            own.email_consent = EmailConsent.LAWFUL_BASIS
        with in_gym(gym.gym_id) as session:
            found = session.get_one(Member, member.member_id)
            assert read_consent_for_mail(session, found) == EmailConsent.UNSUBSCRIBED

    def test_visits_of_a_day_are_found_where_they_were_written(
        self, gym: Gym, in_gym: InGym, member: Member
    ) -> None:
        with in_gym(gym.gym_id) as session:
            create_visits(session, gym=gym, member=member, at=[NOON, NOON - timedelta(days=1)])
        assert_as_rebuilt(in_gym, gym)
