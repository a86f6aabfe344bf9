"""A small demo gym and the ways the tests look at it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import create_engine, text

from etl.demo_gyms import BOUTIQUE, NEIGHBOURHOOD, GymProfile
from etl.seed import seed_gyms
from etl.settings import SeedMode, SeedSettings
from tests.fixtures.postgres import MigratedDatabase

GYMS = (replace(NEIGHBOURHOOD, members=60), replace(BOUTIQUE, members=20))
SINCE = date(2025, 4, 1)

# Rows by what they say, not by surrogate keys and the time of writing.
PICTURES = {
    "members": """
        select g.username, c.number, c.name, c.email, c.phone, c.birth_date, c.gender, c.join_date,
               c.status, p.name, t.name, c.email_consent, c.email_consent_at
        from customers c join gyms g using (gym_id)
        left join packages p using (gym_id, package_id)
        left join trainers t on t.gym_id = c.gym_id and t.trainer_id = c.trainer_id""",
    "visits": """
        select g.username, c.number, a.check_in, a.check_out, a.method
        from attendance a join gyms g using (gym_id)
        join customers c using (gym_id, customer_id)""",
    "memberships": """
        select g.username, c.number, p.name, m.starts_on, m.ends_on, m.yearly_price,
               m.months, m.renews_automatically, m.paid_until, m.last_day, m.cancelled_on,
               m.cancel_reason, m.leaving_reason
        from memberships m join gyms g using (gym_id) join customers c using (gym_id, customer_id)
        join packages p on p.gym_id = m.gym_id and p.package_id = m.package_id""",
    "terms": """
        select g.username, c.number, m.starts_on, t.term, t.price, t.renewed_on
        from membership_terms t join gyms g using (gym_id)
        join memberships m using (gym_id, membership_id)
        join customers c using (gym_id, customer_id)""",
    "freezes": """
        select g.username, c.number, m.starts_on, f.starts_on, f.ends_on
        from membership_freezes f join gyms g using (gym_id)
        join customers c using (gym_id, customer_id)
        join memberships m using (gym_id, membership_id)""",
    "payments": """
        select g.username, c.number, m.starts_on, p.amount, p.currency, p.state, p.due_on,
               p.attempted_at, p.failure_reason
        from payments p join gyms g using (gym_id) join customers c using (gym_id, customer_id)
        join memberships m using (gym_id, membership_id)""",
    "transactions": """
        select g.username, c.number, t.amount, t.date, t.currency, t.kind, t.source, t.external_id,
               p.due_on
        from transactions t join gyms g using (gym_id) join customers c using (gym_id, customer_id)
        left join payments p using (gym_id, payment_id)""",
    "truth": """
        select g.username, c.number, s.seed, s.habit, s.weekly_rate, s.fades_on, s.stops_on,
               s.leaves_on
        from simulation_truth s join gyms g using (gym_id)
        join customers c using (gym_id, customer_id)""",
    "hours": """
        select g.username, h.day, h.hour, h.visits
        from visit_hours h join gyms g using (gym_id)""",
    "figures": """
        select g.username, c.number, s.join_date, s.visits, s.first_visit_on, s.last_visit_on,
               s.last_check_in, s.last_check_out, s.visited_days::text, s.covered::text,
               s.frozen::text, s.is_cancelled, s.yearly_value, s.orders, s.spend
        from member_stats s join gyms g using (gym_id)
        join customers c using (gym_id, customer_id)""",
}


def simulate(
    database: MigratedDatabase,
    until: date | datetime,
    *,
    seed: int = 7,
    mode: SeedMode = SeedMode.IF_EMPTY,
    gyms: Sequence[GymProfile] = GYMS,
    environment: str = "development",
) -> dict[str, int]:
    settings = SeedSettings(
        ops_database_url=database.ops_url, seed=seed, seed_mode=mode, environment=environment
    )
    return seed_gyms(settings, gyms, until=until, since=SINCE)


def read(database: MigratedDatabase, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    engine = create_engine(database.ops_url, connect_args={"options": "-c timezone=UTC"})
    with engine.begin() as connection:
        rows = [tuple(row) for row in connection.execute(text(query), parameters)]
    engine.dispose()
    return rows


def picture(database: MigratedDatabase) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that was simulated, in an order of its own."""
    return {name: sorted(read(database, query), key=repr) for name, query in PICTURES.items()}


def instant(text_of_time: str) -> datetime:
    return datetime.fromisoformat(text_of_time).replace(tzinfo=UTC)
