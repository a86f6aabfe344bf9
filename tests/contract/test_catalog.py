"""Nothing in the database escapes the wall between gyms."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg2 import errors
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from db.models import Base
from db.row_level_security import DEFINER_FUNCTIONS, HIDDEN_FROM_ANALYST, NOT_FOR_ANALYST
from tests.contract.catalog import read_catalog

THIS_GYM = "current_setting('app.gym_id'::text, true)"
WITHOUT_GYM = {"public.alembic_version"}


@pytest.fixture(scope="module")
def catalog(migrator_engine):
    with migrator_engine.connect() as connection:
        return read_catalog(connection)


@pytest.fixture(scope="module")
def tables(catalog):
    return {
        name: table
        for name, table in catalog["tables"].items()
        if table["kind"] != "v" and name not in WITHOUT_GYM
    }


def test_every_table_has_a_gym(tables):
    expected = {
        f"public.{table.name}" for table in Base.metadata.sorted_tables if "gym_id" in table.c
    }
    assert set(tables) == expected
    assert {table["kind"] for table in tables.values()} == {"r"}, (
        "no materialized view: no policies"
    )


def test_every_table_is_guarded_even_from_its_owner(tables):
    assert {
        name
        for name, table in tables.items()
        if not (table["relrowsecurity"] and table["relforcerowsecurity"])
    } == set()


def test_every_table_has_the_tenant_policy_for_reading_and_writing(tables):
    for name, table in tables.items():
        policy = table["policies"]["tenant"]
        assert (policy["roles"], policy["cmd"]) == (["comeback_app"], "ALL"), name
        assert THIS_GYM in policy["qual"], name
        assert "nullif" in policy["qual"].lower(), name
        assert policy["with_check"] == policy["qual"], name


def test_no_other_policy_is_for_the_app_or_for_everybody(tables):
    for name, table in tables.items():
        for policy, rule in table["policies"].items():
            if policy != "tenant":
                assert set(rule["roles"]) <= {"comeback_migrator", "comeback_analyst"}, name
            if "comeback_analyst" in rule["roles"]:
                assert rule["cmd"] == "SELECT", name


def test_every_view_asks_as_the_reader(catalog):
    views = {name: table for name, table in catalog["tables"].items() if table["kind"] == "v"}
    assert [
        name for name, view in views.items() if "security_invoker=true" not in view["options"]
    ] == []
    assert all(name.startswith("reporting.") for name in views)


_KEYS_WITHOUT_GYM = """
select k.conrelid::regclass::text || '.' || k.conname
from pg_constraint k
where k.contype = 'f' and k.confrelid <> 'gyms'::regclass
  and not exists (
    select from unnest(k.conkey, k.confkey) as pair(here, there)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.here
    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.there
    where a.attname = 'gym_id' and b.attname = 'gym_id')
"""


def test_every_key_between_tables_carries_the_gym(migrator_engine):
    """A foreign key is checked past the policies: without the gym it could point anywhere."""
    with migrator_engine.connect() as connection:
        assert connection.exec_driver_sql(_KEYS_WITHOUT_GYM).scalars().all() == []


def test_a_key_without_the_gym_would_be_found(fresh_database):
    engine = create_engine(fresh_database.migrator_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table leaky (gym_id bigint,"
            " customer_id bigint references customers (customer_id))"
        )
        found = connection.exec_driver_sql(_KEYS_WITHOUT_GYM).scalars().all()
        unguarded = read_catalog(connection)["tables"]["public.leaky"]
    engine.dispose()
    assert found == ["leaky.leaky_customer_id_fkey"]
    assert unguarded["relrowsecurity"] is False


def test_no_role_is_above_the_policies_but_ops(catalog):
    assert set(catalog["roles"]) == {
        "comeback_app",
        "comeback_analyst",
        "comeback_analyst_password",
        "comeback_migrator",
        "comeback_ops",
    }
    for name, role in catalog["roles"].items():
        for right in ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication"):
            assert role[right] is False, name
        assert role["rolbypassrls"] is (name == "comeback_ops"), name
        assert role["rolcanlogin"] is (name != "comeback_analyst_password"), name


GUARD = "guard.keep_analyst(interval,interval)"
"""The one function that is not the migrator's: only a superuser may change another role."""


def test_the_app_owns_nothing(catalog):
    assert {table["owner"] for table in catalog["tables"].values()} == {"comeback_migrator"}
    owners = {name: function["owner"] for name, function in catalog["functions"].items()}
    superuser = owners.pop(GUARD)
    assert set(owners.values()) == {"comeback_migrator"}
    assert not superuser.startswith("comeback_")


_OWNED = """
select classid::regclass, objid from pg_shdepend
where deptype = 'o' and refobjid = any(array['comeback_app', 'comeback_ops', 'comeback_analyst',
                                             'comeback_analyst_password']::regrole[])
  and dbid in (0, (select oid from pg_database where datname = current_database()))
"""


def test_nobody_but_the_migrator_owns_or_makes_anything(migrator_engine):
    """What lies in a schema that a definer function looks into runs as the function's owner."""
    roles = ("comeback_app", "comeback_ops", "comeback_analyst", "comeback_analyst_password")
    with migrator_engine.connect() as connection:
        assert connection.exec_driver_sql(_OWNED).all() == []
        schemas = connection.exec_driver_sql(
            "select nspname from pg_namespace where nspname !~ '^pg_(temp|toast)'"
        ).scalars()
        for schema in schemas.all():
            for role in roles:
                right = "select has_schema_privilege(%s, %s, 'create')"
                assert not connection.exec_driver_sql(right, (role, schema)).scalar(), (
                    role,
                    schema,
                )


_DEFINERS = """
select p.oid::regprocedure::text, coalesce(p.proconfig, '{}')
from pg_proc p where p.prosecdef and p.pronamespace <> 'pg_catalog'::regnamespace
"""


def find_open_definers(connection):
    """Functions that run as their owner and do not look into the caller's own schema last."""
    paths = {
        name: [setting for setting in settings if setting.startswith("search_path=")]
        for name, settings in connection.exec_driver_sql(_DEFINERS)
    }
    assert paths
    return {name for name, path in paths.items() if not "".join(path).endswith(", pg_temp")}


def test_every_function_that_runs_as_its_owner_looks_into_pg_temp_last(migrator_engine):
    """In any schema, also one that the catalog file does not show."""
    with migrator_engine.connect() as connection:
        assert find_open_definers(connection) == set()


def test_a_function_that_looks_there_first_would_be_found(migrator_engine):
    with migrator_engine.connect() as connection:
        connection.exec_driver_sql(
            "create function leaky() returns bigint language sql security definer"
            " set search_path = pg_catalog, public as 'select 1'"
        )
        assert find_open_definers(connection) == {"leaky()"}


def test_nobody_is_granted_anything_as_everybody(catalog):
    assert [name for name, table in catalog["tables"].items() if "PUBLIC" in table["grants"]] == []


def test_the_doors_in_the_wall_are_exactly_the_listed_functions(catalog, migrator_engine):
    with migrator_engine.connect() as connection:
        listed = {
            connection.exec_driver_sql(f"select '{name}'::regprocedure::text").scalar_one()
            for name in DEFINER_FUNCTIONS
        }
    found = {name: entry for name, entry in catalog["functions"].items() if entry["prosecdef"]}
    assert found.pop(GUARD)["may_execute"] == ["comeback_ops"]
    assert set(found) == listed
    for name, entry in found.items():
        assert entry["may_execute"] == ["comeback_app", "comeback_ops"], name
        # Else a caller's own table of the same name could be put in front of ours.
        assert entry["settings"] == ["search_path=pg_catalog, public, pg_temp"], name


def test_an_analyst_reads_and_never_writes(catalog):
    for name, table in catalog["tables"].items():
        rights = {right.partition(" ")[0] for right in table["grants"].get("comeback_analyst", [])}
        assert rights <= {"SELECT"}, name
    assert "default_transaction_read_only=on" in catalog["roles"]["comeback_analyst"]["settings"]


@pytest.mark.parametrize("table", sorted(HIDDEN_FROM_ANALYST.keys() | NOT_FOR_ANALYST))
def test_an_analyst_does_not_read_secrets_and_notes(analyst_engine, table):
    for column in HIDDEN_FROM_ANALYST.get(table, {"*"}):
        with analyst_engine.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.exec_driver_sql(f"select {column} from {table}")
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege)


def test_whatever_looks_like_a_secret_is_hidden_from_analysts():
    """A column added later with a hash or token in it must be thought about."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            words = set(column.name.split("_"))
            is_secret = words & {"password", "hash", "token", "secret"} and "id" not in words
            if is_secret and table.name not in NOT_FOR_ANALYST:
                assert column.name in HIDDEN_FROM_ANALYST[table.name], f"{table}.{column.name}"


def test_d_g3_15_the_models_and_the_migrations_say_the_same(migrator_engine):
    with migrator_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
