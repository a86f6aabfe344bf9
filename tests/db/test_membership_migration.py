"""Memberships of an older database keep their days, and get what is known of their terms."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from sqlalchemy import Connection, create_engine, text

from db.migrate import MIGRATIONS, migrate
from tests.fixtures.postgres import MigratedDatabase

AtRevision = Callable[[str], AbstractContextManager[Connection]]
ROWS = """
insert into gyms (gym_id, name, username, email, hashed_password)
values (1, 'Old', 'old', 'old@example.com', 'x');
insert into packages (gym_id, package_id, name, name_key, duration_months, price)
values (1, 1, 'Monthly', 'monthly', 1, 30);
insert into customers (customer_id, gym_id, name, name_key, join_date)
select n, 1, 'm', 'm', '2026-01-01' from generate_series(1, 5) n;
insert into memberships (membership_id, gym_id, customer_id, package_id, starts_on, ends_on,
                         yearly_price, cancelled_on)
values (1, 1, 1, 1, '2026-01-31', '2026-02-27', 36001, null),
       (2, 1, 2, 1, '2026-01-01', '2026-05-05', 36000, null),
       (3, 1, 3, 1, '2026-01-01', '2026-03-03', 36000, '2026-02-02'),
       (4, 1, 4, 1, '2026-01-01', null, 36000, null),
       (5, 1, 4, 1, '2026-06-01', null, 36000, null),
       (6, 1, 5, 1, '2026-01-01', '2026-01-31', 36000, null);
insert into membership_freezes (gym_id, membership_id, customer_id, starts_on, ends_on)
values (1, 6, 5, '2026-01-03', '2026-01-05'), (1, 6, 5, '2026-01-05', '2026-01-09'),
       (1, 6, 5, '2026-01-20', '2026-01-21');
"""


def find_before() -> str:
    """The revision that the migration follows, whatever its number is."""
    [path] = (MIGRATIONS / "versions").glob("*_membership_terms.py")
    [line] = [one for one in path.read_text().splitlines() if one.startswith("down_revision")]
    return line.partition('"')[2].rstrip('"')


def test_an_older_database_keeps_its_days(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    with at_revision(find_before()) as connection:
        connection.exec_driver_sql(ROWS)
    migrate(fresh_database.migrator_url)
    engine = create_engine(fresh_database.superuser_url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "select membership_id, months, paid_until, last_day, ends_on, may_overlap"
                " from memberships order by 1"
            )
        )
        assert [tuple(row) for row in found] == [
            (1, 1, date(2026, 2, 27), None, date(2026, 2, 27), False),
            (2, None, None, None, date(2026, 5, 5), False),
            (3, None, date(2026, 3, 3), date(2026, 3, 3), date(2026, 3, 3), False),
            (4, None, None, None, None, True),
            (5, None, None, None, None, True),
            (6, None, None, None, date(2026, 1, 31), False),
        ]
        terms = connection.execute(text("select membership_id, term, price from membership_terms"))
        assert [tuple(row) for row in terms] == [(1, 1, 3000)]
        freezes = text("select starts_on, ends_on from membership_freezes order by 1")
        assert [tuple(row) for row in connection.execute(freezes)] == [
            (date(2026, 1, 3), date(2026, 1, 9)),
            (date(2026, 1, 20), date(2026, 1, 21)),
        ]
    engine.dispose()
