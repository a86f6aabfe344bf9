"""What the database keeps of who changed what, and that nobody can change that."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from psycopg2 import errors
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from db.actor import Actor
from db.audit import bringing_in, describe_trigger, note
from db.models import (
    AuditAction,
    AuditEntry,
    Base,
    Equipment,
    Gym,
    Member,
    MemberNote,
    MembershipPlan,
    User,
)
from db.queue.catalogue import HOUSEKEEPING
from db.queue.jobs import add_job, claim_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.members import create_member
from tests.fixtures.api import NOON

InGym = Callable[[int], AbstractContextManager[GymSession]]
MODELS = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
ANA = Actor("Ana", 7, "request-1", "203.0.113.7")
_TRIGGERS = """
select c.relname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgname = 'keep_audit'
"""


@pytest.fixture
def as_ana(app_sessions: Any, gym: Gym) -> Callable[[], AbstractContextManager[GymSession]]:
    return lambda: session_scope(app_sessions, GymId(gym.gym_id), actor=ANA)


@pytest.fixture
def entries(ops_session: GymSession, gym: Gym) -> Callable[[], list[AuditEntry]]:
    def read() -> list[AuditEntry]:
        ops_session.rollback()
        return (
            ops_session.query(AuditEntry)
            .filter_by(gym_id=gym.gym_id)
            .order_by(AuditEntry.audit_id)
            .all()
        )

    return read


def plan(gym: Gym, **over: Any) -> MembershipPlan:
    values = {"name": "Gold", "duration_months": 1, "price": "49.90"} | over
    return MembershipPlan(gym_id=gym.gym_id, **values)


class TestWhichTables:
    def test_every_table_keeps_its_changes_unless_its_model_says_why_not(
        self, migrator_engine: Any
    ) -> None:
        with migrator_engine.connect() as connection:
            kept = dict(connection.exec_driver_sql(_TRIGGERS).all())
        assert set(kept) == {name for name, model in MODELS.items() if model.unaudited is None}
        for name, trigger in kept.items():
            called = describe_trigger(MODELS[name]).rpartition("execute function ")[2]
            assert trigger.endswith(called.replace("','", "', '")), name

    def test_the_reasons_are_said(self) -> None:
        assert all(model.unaudited != "" for model in MODELS.values())

    def test_a_table_that_is_added_is_kept_unasked(self) -> None:
        assert Base.unaudited is None

    def test_columns_left_out_are_the_models(self) -> None:
        for name, model in MODELS.items():
            assert model.unaudited_columns <= set(Base.metadata.tables[name].c.keys())


class TestWhatIsKept:
    def test_who_what_when_and_from_where(self, as_ana: Any, gym: Gym, entries: Any) -> None:
        with as_ana() as session:
            row = plan(gym)
            session.add(row)
            session.flush()
            row.price = "59.90"  # type: ignore[assignment]
            session.flush()
            session.delete(row)
        made, changed, gone = entries()
        assert [one.action for one in (made, changed, gone)] == ["created", "changed", "deleted"]
        assert changed.changes == {"price": [49.9, 59.9]}
        assert made.changes["name"] == [None, "Gold"]
        assert gone.changes["name"] == ["Gold", None]
        assert made.changes.keys().isdisjoint({"gym_id", "package_id", "name_key", "updated_at"})
        for one in (made, changed, gone):
            assert (one.row_table, one.row_key) == ("packages", str(row.plan_id))
            assert (one.user_id, one.actor) == (7, "Ana")
            assert (one.request_id, one.address) == ("request-1", "203.0.113.7")

    def test_what_changes_nothing_is_not_kept(self, as_ana: Any, gym: Gym, entries: Any) -> None:
        with as_ana() as session:
            session.add(plan(gym))
            session.flush()
            session.execute(text("update packages set updated_at = now(), name = name"))
        assert [one.action for one in entries()] == ["created"]

    def test_of_what_is_hidden_only_that_it_changed(
        self, as_ana: Any, gym: Gym, entries: Any
    ) -> None:
        with as_ana() as session:
            session.execute(text("update gyms set hashed_password = 'secret', phone = '1'"))
        [entry] = entries()
        assert entry.changes == {"hashed_password": None, "phone": [None, "1"]}
        assert entry.row_key == str(gym.gym_id)

    def test_of_a_members_rows_also_the_member(self, as_ana: Any, gym: Gym, entries: Any) -> None:
        with as_ana() as session:
            member = create_member(session, gym=gym)
            session.add(MemberNote(gym_id=gym.gym_id, member_id=member.member_id, text="A knee"))
        kept = {one.row_table: one for one in entries()}
        assert {one.member_id for one in kept.values()} == {member.member_id}
        assert kept["member_notes"].changes["text"] is None
        assert "status" not in kept["customers"].changes

    def test_what_is_rolled_back_was_never_there(
        self, app_sessions: Any, gym: Gym, entries: Any
    ) -> None:
        with app_sessions(info={"gym_id": gym.gym_id, "actor": ANA}) as session:
            session.add(plan(gym))
            session.flush()
            session.rollback()
        assert entries() == []

    def test_without_a_sign_in_it_is_kept_without_a_name(
        self, in_gym: InGym, gym: Gym, entries: Any
    ) -> None:
        with in_gym(gym.gym_id) as session:
            session.add(plan(gym))
        assert [(one.user_id, one.actor) for one in entries()] == [(None, None)]

    def test_a_job_is_named_with_who_asked_for_it(
        self, app_sessions: Any, ops_session: GymSession, gym: Gym, entries: Any
    ) -> None:
        gym_id = GymId(gym.gym_id)
        owner = ops_session.query(User).filter_by(gym_id=gym_id).one()
        with session_scope(app_sessions, gym_id) as session:
            job_id = add_job(session, gym_id, HOUSEKEEPING, "x", created_by=owner.user_id)
        assert job_id is not None
        claimed = claim_job(app_sessions, gym_id, job_id, now=NOON)
        assert claimed is not None
        with claimed[0].session() as session:
            session.add(plan(gym))
        [entry] = entries()
        assert (entry.user_id, entry.actor) == (owner.user_id, f"{HOUSEKEEPING.name} {job_id}")

    def test_a_file_that_is_brought_in_is_not_kept_row_by_row(
        self, as_ana: Any, gym: Gym, entries: Any
    ) -> None:
        with as_ana() as session:
            bringing_in(session, 12)
            session.add(plan(gym))
            session.flush()
            bringing_in(session, None)
            session.add(plan(gym, name="Silver"))
        assert [one.changes["name"] for one in entries()] == [[None, "Silver"]]

    def test_whoever_sees_all_gyms_is_kept_where_they_say_who_they_are(
        self, ops_sessions: Any, gym: Gym, entries: Any
    ) -> None:
        with session_scope(ops_sessions) as session:
            session.add(plan(gym))
        assert entries() == []
        with session_scope(ops_sessions) as session:
            ANA.enter(session.connection())
            session.add(plan(gym, name="Silver"))
        assert [one.actor for one in entries()] == ["Ana"]

    def test_visits_are_history_themselves_until_a_request_changes_them(
        self, app_sessions: Any, gym: Gym, add_member: Callable[..., Member], entries: Any
    ) -> None:
        member = add_member()

        def write(sql: str, actor: Actor) -> None:
            with app_sessions(info={"gym_id": gym.gym_id, "actor": actor}) as session:
                session.connection().connection.cursor().execute(sql)
                session.commit()

        values = f"({gym.gym_id}, {member.member_id}, now(), 'manual')"
        write(
            f"insert into attendance (gym_id, customer_id, check_in, method) values {values}", ANA
        )
        write("update attendance set check_out = now()", Actor("closing 3"))
        write("delete from attendance", ANA)
        kept = [one for one in entries() if one.row_table == "attendance"]
        assert [(one.action, one.actor) for one in kept] == [("deleted", "Ana")]


class TestNobodyChangesIt:
    @pytest.fixture
    def session(self, as_ana: Any, gym: Gym) -> Iterator[GymSession]:
        with as_ana() as session:
            session.add(plan(gym))
        with as_ana() as session:
            yield session
            session.rollback()

    @pytest.mark.parametrize(
        "statement",
        [
            "update audit_log set actor = 'somebody else'",
            "delete from audit_log",
            "truncate audit_log",
            "alter table audit_log disable row level security",
            "alter table packages disable trigger keep_audit",
            "alter table packages disable trigger all",
            "drop trigger keep_audit on packages",
            "set session_replication_role = replica",
            "create or replace function keep_audit() returns trigger language sql as 'select 1'",
            "select note_audit('changed', 'packages', '1', null, null)",
            "set role comeback_ops",
        ],
    )
    def test_the_app_role_is_refused(self, session: GymSession, statement: str) -> None:
        with pytest.raises(DBAPIError) as refused:
            session.execute(text(statement))
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege)

    def test_the_app_role_adds_nothing_by_hand(self, session: GymSession, gym: Gym) -> None:
        values = {"gym_id": gym.gym_id, "action": "changed", "row_table": "x", "row_key": "1"}
        with pytest.raises(DBAPIError) as refused:
            session.execute(insert(AuditEntry).values(**values, changes={}))
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege)

    def test_it_reads_its_own_gyms_entries_only(
        self, session: GymSession, gym: Gym, ops_sessions: Any, other_gym: Gym
    ) -> None:
        with session_scope(ops_sessions) as ops:
            ANA.enter(ops.connection())
            ops.add(Equipment(gym_id=other_gym.gym_id, name="Rower", category="cardio"))
        assert {one.gym_id for one in session.query(AuditEntry)} == {gym.gym_id}

    def test_what_is_noted_is_of_the_transactions_gym(
        self, as_ana: Any, gym: Gym, entries: Any
    ) -> None:
        with as_ana() as session:
            note(session, AuditAction.READ, Member, 12, member_id=12, about={"notes": None})
        [entry] = entries()
        assert (entry.action, entry.row_key, entry.actor) == ("read", "12", "Ana")
        assert entry.changes == {"notes": None}
