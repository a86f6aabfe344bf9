"""A migration does the same for ever, whatever becomes of the code."""

import ast
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, select, text

from db.addresses import key_of_address
from db.migrate import MIGRATIONS, migrate
from db.migrations.frozen_keys import fold
from db.models import Member, Notification, UnsubscribedAddress, User
from tests.fixtures.postgres import MigratedDatabase

AtRevision = Callable[[str], AbstractContextManager[Connection]]
OURS = {"api", "core", "db", "ds", "etl"}
ADDRESSES = [
    "Ana@Exämple.com",
    "ana@example.com",
    "José@example.com",
    "bia@xn--exmple-cua.com",
    "nobody@exämple..com",
    "用户@例え.jp",
]


def find_live_imports(code: str) -> list[str]:
    """Modules of the platform that a migration imports, without what is kept for migrations."""
    imported = [
        name
        for node in ast.walk(ast.parse(code))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
    return [
        name
        for name in imported
        if name.split(".")[0] in OURS and not name.startswith("db.migrations.")
    ]


FILES = sorted((MIGRATIONS / "versions").glob("*.py"))


@pytest.mark.parametrize(
    "path", [*FILES, MIGRATIONS / "frozen_keys.py"], ids=lambda path: path.stem
)
def test_a_migration_imports_nothing_that_goes_on_changing(path: Path) -> None:
    assert find_live_imports(path.read_text()) == []


def test_such_an_import_would_be_found() -> None:
    assert find_live_imports("from core.text import fold") == ["core.text"]
    assert find_live_imports("def upgrade():\n    import db.models") == ["db.models"]


def add_rows(connection: Connection, *, with_keys: bool) -> None:
    """A member and a mail for each address; the first member unsubscribed."""
    connection.exec_driver_sql(
        "insert into gyms (gym_id, name, username, email, hashed_password)"
        " values (1, 'Old', 'old', 'old@example.com', 'x');"
        " insert into users (user_id, gym_id, role, name, email, email_key, hashed_password)"
        " values (1, 1, 'admin', 'A', 'Ünal@Exämple.com', 'unal@example.com', 'x');"
        " insert into campaigns (campaign_id, gym_id, created_by, name, subject, body, audience)"
        " values (1, 1, 1, 'C', 'S', 'B', '{}')"
    )
    key, value = (", email_key", ", :key") if with_keys else ("", "")
    name_key, name = (", name_key", ", 'm'") if with_keys else ("", "")
    for number, address in enumerate(ADDRESSES, start=1):
        row = {
            "number": number,
            "address": address,
            "key": fold(address),
            "consent": "unsubscribed" if number == 1 else "given",
            "at": datetime(2026, 3, number, tzinfo=UTC),
        }
        connection.execute(
            text(
                "insert into customers (customer_id, gym_id, name, join_date, email, email_key,"
                f" email_consent, email_consent_at{name_key})"
                f" values (:number, 1, 'M', '2020-01-01', :address, :key, :consent, :at{name})"
            ),
            row,
        )
        connection.execute(
            text(
                "insert into messages (gym_id, campaign_id, customer_id, address, subject, body,"
                f" header_id, unsubscribe_hash, state{key})"
                f" values (1, 1, :number, :address, 'S', 'B', :number, :number, 'sent'{value})"
            ),
            row,
        )


def test_mails_and_who_unsubscribed_of_an_older_database_get_their_keys(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    """More mails than one batch."""
    with at_revision("0009") as connection:
        add_rows(connection, with_keys=False)
        connection.exec_driver_sql(
            "insert into customers (customer_id, gym_id, name, join_date)"
            " select n, 1, 'M', '2020-01-01' from generate_series(101, 10101) n;"
            " insert into messages (gym_id, campaign_id, customer_id, address, subject, body,"
            " header_id, unsubscribe_hash, state) select 1, 1, n, 'M' || n || '@Example.com',"
            " 'S', 'B', n, n, 'queued' from generate_series(101, 10101) n"
        )
    migrate(fresh_database.migrator_url)
    engine = create_engine(fresh_database.ops_url)
    with engine.connect() as connection:
        mails = connection.execute(select(Notification.recipient, Notification.recipient_key)).all()
        left = connection.execute(
            select(UnsubscribedAddress.email_key, UnsubscribedAddress.unsubscribed_at)
        ).all()
    engine.dispose()
    assert len(mails) == len(ADDRESSES) + 10_001
    assert all(key == key_of_address(address) for address, key in mails)
    since = datetime(2026, 3, 1, tzinfo=UTC)
    assert set(left) == {("ana@example.com", since), ("ana@xn--exmple-cua.com", since)}


def test_addresses_of_an_older_database_keep_the_accents_of_their_domain(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    """Who unsubscribed was known by the stripped key: whoever it may have been stays so."""
    with at_revision("0012") as connection:
        add_rows(connection, with_keys=True)
        connection.exec_driver_sql(
            "insert into unsubscribed_addresses (gym_id, email_key, unsubscribed_at)"
            " values (1, 'ana@example.com', '2026-03-01Z'), (1, 'eva@example.com', '2026-03-01Z')"
        )
    migrate(fresh_database.migrator_url)
    engine = create_engine(fresh_database.ops_url)
    with engine.connect() as connection:
        members = connection.execute(select(Member.email, Member.email_key)).all()
        mails = connection.execute(select(Notification.recipient, Notification.recipient_key)).all()
        users = connection.scalars(select(User.email_key)).all()
        left = connection.scalars(select(UnsubscribedAddress.email_key)).all()
    engine.dispose()
    for address, key in [*members, *mails]:
        assert key == key_of_address(address)
    assert dict(members)["Ana@Exämple.com"] == "ana@xn--exmple-cua.com"
    assert users == ["unal@xn--exmple-cua.com"]
    assert set(left) == {"ana@example.com", "ana@xn--exmple-cua.com", "eva@example.com"}


def test_two_accounts_of_one_domain_written_twice_stop_the_migration_with_what_to_do(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    with at_revision("0012") as connection:
        add_rows(connection, with_keys=True)
        connection.exec_driver_sql(
            "insert into users (user_id, gym_id, role, name, email, email_key, hashed_password)"
            " select 2, 1, 'admin', 'A', a, a, 'x' from (values ('unal@xn--exmple-cua.com')) v (a)"
        )
    with pytest.raises(CommandError, match=r"^users 1 and 2 have one email now") as refusal:
        migrate(fresh_database.migrator_url)
    assert "nal@" not in str(refusal.value)
