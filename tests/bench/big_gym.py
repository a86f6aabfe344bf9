"""A gym of any size, made inside PostgreSQL in one statement per table."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours

NOW = datetime(2026, 3, 31, 21, tzinfo=UTC)
DAYS = 730
PAYMENTS = 12

# The middle of each member's own stretch of visits, so that no two visits share an instant. A third
# of the members stopped some time before the end.
_FILL = """
insert into gyms (gym_id, name, username, email, hashed_password)
values (1, 'Bench Gym', 'bench', 'bench@example.com', 'x');

insert into customers (gym_id, customer_id, name, name_key, join_date)
select 1, n, 'Member ' || n, 'member ' || n, date '{first}' + (n % 60)::int
from generate_series(1, {members}) n;

insert into attendance (gym_id, customer_id, check_in, check_out)
select 1, n, came, came + interval '70 minutes'
from generate_series(1, {members}) n
cross join lateral (
  select greatest(1, (2 * {per_member} * ((n::bigint * 7919) % 1000 + 0.5) / 1000)::int) as visits,
         case when n % 3 = 0 then 700.0 - (n * 31) % 500 else 727.0 end as days
) habit
cross join lateral (
  select timestamptz '{first} 00:00Z' + interval '3 days'
         + (k - 0.5 + ((n * 13 + k * 7) % 100) / 250.0) * habit.days / habit.visits
           * interval '1 day' as came
  from generate_series(1, habit.visits) k
) visit
where came < timestamptz '{now}';

insert into transactions (gym_id, customer_id, amount, date, currency)
select 1, n, 1900 + (n * 37) % 6000, date '{first}' + (k * 55)::int, 'EUR'
from generate_series(1, {members}) n, generate_series(1, {payments}) k
where (n + k) % 4 <> 0;
"""

# A third of those who stop give notice ten days before, for ten days after.
_SIGN = """
insert into packages (gym_id, package_id, name, name_key, duration_months, price)
values (1, 1, 'Monthly', 'monthly', 1, 39);

insert into memberships
  (gym_id, customer_id, package_id, starts_on, ends_on, last_day, yearly_price, cancelled_on)
select 1, n, 1, date '{first}' + (n % 60)::int,
       case when n % 9 = 0 then date '{first}' + (710 - (n * 31) % 500)::int end,
       case when n % 9 = 0 then date '{first}' + (710 - (n * 31) % 500)::int end,
       46800,
       case when n % 9 = 0 then date '{first}' + (690 - (n * 31) % 500)::int end
from generate_series(1, {members}) n;
"""

_INDEXES = text(
    "select indexname, indexdef from pg_indexes"
    " where tablename = 'attendance' and indexname not like 'pk%'"
)


def fill(
    superuser_url: str,
    ops_url: str,
    *,
    members: int,
    visits: int,
    has_memberships: bool = False,
) -> dict[str, float]:
    """Fill an empty database; answer rows made and the seconds that building statistics took.

    Without memberships everybody counts as active, and nobody can cancel.
    """
    engine = create_engine(superuser_url)
    with engine.begin() as connection:
        # The rows refer to each other by construction: checking ten million references is skipped.
        connection.execute(text("set local session_replication_role = replica"))
        first = (NOW - timedelta(days=DAYS)).date()
        sql = (_FILL + _SIGN * has_memberships).format(
            members=members,
            per_member=visits / members,
            first=first,
            now=NOW.isoformat(),
            payments=PAYMENTS,
        )
        # Indexes are built once over all visits instead of ten million times by one row each.
        indexes = connection.execute(_INDEXES).all()
        for name, _ in indexes:
            connection.exec_driver_sql(f"drop index {name}")
        connection.exec_driver_sql(sql.replace("%", "%%"))
        for _, definition in indexes:
            connection.exec_driver_sql(definition)
        made = {
            table: _count(connection, table)
            for table in ("customers", "attendance", "transactions")
        }
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()

    engine = create_engine(ops_url)
    began = time.perf_counter()
    with Session(engine) as session, session.begin():
        refresh_member_stats(session, 1)
    statistics = time.perf_counter() - began
    with Session(engine) as session, session.begin():
        rebuild_visit_hours(session, 1)
    engine.dispose()
    return {**made, "statistics": statistics}


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())
