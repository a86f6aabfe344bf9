"""What the app role can reach in PostgreSQL, whatever its query says."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from psycopg2 import errors
from sqlalchemy import Engine, create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.member_facts import write_freely
from db.models import Base, Member
from db.row_level_security import APP_MAY_ONLY, NOT_FOR_APP
from db.session import make_engine, make_session_factory
from db.types import GymId
from tests.factories.every_table import Row, fill_every_table, row_values

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
MODELS = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
FOR_APP = sorted(TABLES.keys() - NOT_FOR_APP)


def may(table: str, right: str) -> bool:
    return right in APP_MAY_ONLY.get(table, "select, insert, update, delete")


@dataclass(frozen=True)
class TwoGyms:
    """Two gyms in one database, each with one row in every table."""

    own: dict[str, Row]
    foreign: dict[str, Row]

    @property
    def own_id(self) -> GymId:
        return GymId(self.own["gyms"]["gym_id"])

    @property
    def foreign_id(self) -> GymId:
        return GymId(self.foreign["gyms"]["gym_id"])


@pytest.fixture(scope="module")
def two_gyms(api_database) -> TwoGyms:
    engine = create_engine(api_database.ops_url)
    with engine.begin() as connection:
        rows = TwoGyms(
            fill_every_table(connection, "own-row"), fill_every_table(connection, "foreign")
        )
    yield rows
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(
                table.delete().where(table.c.gym_id.in_([rows.own_id, rows.foreign_id]))
            )
    engine.dispose()


@pytest.fixture(scope="module")
def engine(api_database) -> Engine:
    engine = make_engine(api_database.app_url, pool_size=5)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def lone_engine(api_database) -> Engine:
    """Whoever asks it gets the one connection it has."""
    engine = make_engine(api_database.app_url, pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine, two_gyms) -> Session:
    """The app role inside the own gym. Everything is rolled back."""
    with make_session_factory(engine)(info={"gym_id": two_gyms.own_id}) as session:
        write_freely(session)
        yield session
        session.rollback()


@pytest.fixture
def is_untouched(api_database, two_gyms):
    """Whether the foreign row of a table is still the very same version of the row."""
    engine = create_engine(api_database.ops_url)

    def version(table):
        with engine.connect() as connection:
            return connection.execute(
                select(text("xmin::text"), text("ctid::text"))
                .select_from(TABLES[table])
                .where(TABLES[table].c.gym_id == two_gyms.foreign_id)
            ).all()

    yield version
    engine.dispose()


@pytest.mark.parametrize("table", FOR_APP)
class TestOfEachTable:
    def test_a_query_without_where_finds_the_own_gyms_rows_only(self, session, two_gyms, table):
        rows = session.scalars(select(MODELS[table])).all()
        assert {row.gym_id for row in rows} == {two_gyms.own_id}

    def test_naming_the_foreign_gym_finds_nothing(self, session, two_gyms, table):
        model = MODELS[table]
        assert session.scalars(select(model).where(model.gym_id == two_gyms.foreign_id)).all() == []

    def test_an_update_without_where_leaves_foreign_rows(
        self, session, two_gyms, table, is_untouched
    ):
        before = is_untouched(table)
        statement = update(TABLES[table]).values(gym_id=TABLES[table].c.gym_id)
        if not may(table, "update"):
            with pytest.raises(DBAPIError) as refused:
                session.execute(statement)
            assert isinstance(refused.value.orig, errors.InsufficientPrivilege)
            return
        changed = session.execute(statement.returning(TABLES[table].c.gym_id)).scalars()
        assert set(changed) == {two_gyms.own_id}
        session.commit()
        assert is_untouched(table) == before

    def test_a_foreign_row_cannot_be_deleted(self, session, two_gyms, table, is_untouched):
        statement = TABLES[table].delete().where(TABLES[table].c.gym_id == two_gyms.foreign_id)
        if not may(table, "delete"):
            with pytest.raises(DBAPIError) as refused:
                session.execute(statement)
            assert isinstance(refused.value.orig, errors.InsufficientPrivilege)
            return
        assert session.execute(statement).rowcount == 0
        assert len(is_untouched(table)) == 1

    def test_a_row_cannot_be_put_into_the_foreign_gym(self, session, two_gyms, table):
        if not may(table, "insert"):
            pytest.skip("the app writes no row of this table; its grant is tested with the update")
        values = row_values(TABLES[table], two_gyms.foreign, "smuggled") | {
            "gym_id": two_gyms.foreign_id
        }
        with pytest.raises(DBAPIError) as refused:
            session.execute(TABLES[table].insert().values(values))
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege)
        assert "row-level security" in str(refused.value.orig)

    def test_an_own_row_cannot_be_moved_to_the_foreign_gym(self, session, two_gyms, table):
        with pytest.raises(DBAPIError) as refused:
            session.execute(update(TABLES[table]).values(gym_id=two_gyms.foreign_id))
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege)

    def test_without_a_gym_there_are_no_rows_and_no_errors(self, lone_engine, two_gyms, table):
        """On a connection that another gym has just used: there the setting is '' and not null."""
        sessions = make_session_factory(lone_engine)
        with sessions(info={"gym_id": two_gyms.own_id}) as session:
            process = session.scalar(select(func.pg_backend_pid()))
            assert session.scalars(select(MODELS[table])).all() != []
        with sessions() as session:
            assert session.scalar(select(func.pg_backend_pid())) == process
            assert session.scalars(select(MODELS[table])).all() == []

    def test_with_its_policy_gone_the_foreign_row_would_show(self, unguarded, table):
        """The tests above are about the policies: here they are gone, and the wall with them."""
        engine, gyms = unguarded
        with make_session_factory(engine)(info={"gym_id": gyms.own_id}) as session:
            found = {row.gym_id for row in session.scalars(select(MODELS[table]))}
        assert found == {gyms.own_id, gyms.foreign_id}


@pytest.fixture(scope="module")
def unguarded(postgres_server, template_database, worker_id):
    """A database of its own in which row-level security has been switched off."""
    database = postgres_server.copy(template_database, f"comeback_unguarded_{worker_id}")
    ops, migrator = create_engine(database.ops_url), create_engine(database.migrator_url)
    with ops.begin() as connection:
        gyms = TwoGyms(
            fill_every_table(connection, "own-row"), fill_every_table(connection, "other")
        )
    with migrator.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"alter table {table} disable row level security")
    app = make_engine(database.app_url, pool_size=2)
    yield app, gyms
    for engine in (ops, migrator, app):
        engine.dispose()
    postgres_server.drop(database.name)


def test_every_table_is_tested():
    assert set(MODELS) == set(TABLES)
    assert all("gym_id" in table.c for table in TABLES.values())


@pytest.mark.parametrize("table", sorted(NOT_FOR_APP))
def test_what_is_not_for_the_app_is_closed_to_it(session, table):
    with pytest.raises(DBAPIError) as refused:
        session.scalars(select(MODELS[table])).all()
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege)


def test_a_fresh_connection_without_a_gym_shows_nothing(api_database, two_gyms):
    fresh = make_engine(api_database.app_url, pool_size=1)
    with make_session_factory(fresh)() as session:
        for table in FOR_APP:
            assert session.scalars(select(MODELS[table])).all() == []
    fresh.dispose()


def test_after_commit_the_session_is_still_in_its_gym(session, two_gyms):
    for _ in range(3):
        assert {row.gym_id for row in session.scalars(select(Member))} == {two_gyms.own_id}
        session.commit()
        session.expire_all()


@pytest.mark.parametrize("value", ["", "0", "-1"])
def test_a_setting_that_is_no_gym_shows_nothing(engine, two_gyms, value):
    with engine.begin() as connection:
        connection.exec_driver_sql("select set_config('app.gym_id', %s, true)", (value,))
        assert connection.execute(select(TABLES["customers"])).all() == []


def test_sixteen_threads_on_five_connections_never_see_the_other_gym(engine, two_gyms):
    """Commits, rollbacks and failing statements in any order, with one gym, the other, or none."""
    sessions = make_session_factory(engine)
    seen = Counter()

    def work(seed):
        chance = random.Random(seed)
        for _ in range(100):
            gym_id = chance.choice([two_gyms.own_id, two_gyms.foreign_id, None])
            with sessions(info={} if gym_id is None else {"gym_id": gym_id}) as session:
                found = set(session.scalars(select(Member.gym_id)))
                expected = set() if gym_id is None else {gym_id}
                seen["leaks" if found != expected else "right"] += 1
                match chance.randrange(3):
                    case 0:
                        session.commit()
                    case 1:
                        session.rollback()
                    case 2:
                        try:
                            session.execute(text("select 1 / 0"))
                        except DBAPIError:
                            seen["errors"] += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert seen["leaks"] == 0
    assert seen["right"] == 1_600
    assert seen["errors"] > 100


def test_d_ff_7_a_key_cannot_point_into_the_foreign_gym(engine, two_gyms):
    """Foreign key checks bypass policies, so the keys themselves carry the gym."""
    plan = two_gyms.foreign["packages"]["package_id"]
    member = two_gyms.own["customers"]["customer_id"]
    with make_session_factory(engine)(info={"gym_id": two_gyms.own_id}) as session:
        write_freely(session)
        with pytest.raises(DBAPIError) as refused:
            session.execute(
                text("update customers set package_id = :plan where customer_id = :member"),
                {"plan": plan, "member": member},
            )
        assert isinstance(refused.value.orig, errors.ForeignKeyViolation)
        session.rollback()
