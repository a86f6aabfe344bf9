"""Members and what they do, written as the platform itself writes them."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import to_local_day
from core.plans import yearly_price
from db.member_facts import write_freely
from db.member_words import refresh_member_words
from db.models import (
    CheckIn,
    Gym,
    Member,
    Membership,
    MembershipPlan,
    Transaction,
)
from db.stats.member_changes import changing_members
from db.stats.member_stats import refresh_member_stats

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""The tests' clock, by which a member's status is cached."""


def create_member(session: Session, *, gym: Gym, **over: Any) -> Member:
    """A member who joined a year before the tests' clock, may be mailed, and has never come."""
    mark = secrets.token_hex(4)
    values: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "name": f"Mia {mark}",
        "email": f"mia-{mark}@example.com",
        "join_date": date(2025, 11, 18),
        "email_consent": "given",
        "email_consent_source": "form",
    }
    member = Member(**(values | over))
    with changing_members(session, gym, [], now=NOW):
        session.add(member)
        session.flush()
    session.refresh(member)
    return member


def create_numbered_members(session: Session, *, gym: Gym, count: int) -> None:
    """Members with the numbers 1 to `count`, by one statement however many they are."""
    write_freely(session)
    session.execute(
        text(
            "insert into customers (gym_id, number, name, name_key, join_date)"
            " select :gym_id, n::text, 'Member ' || n, 'member ' || n, '2020-01-01'"
            " from generate_series(1, :count) n"
        ),
        {"gym_id": gym.gym_id, "count": count},
    )
    refresh_member_words(session, gym.gym_id)
    refresh_member_stats(session, gym.gym_id)


def create_plan(session: Session, *, gym: Gym, **over: Any) -> MembershipPlan:
    values: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "name": f"Plan {secrets.token_hex(4)}",
        "duration_months": 12,
        "price": Decimal("480.00"),
    }
    plan = MembershipPlan(**(values | over))
    session.add(plan)
    session.flush()
    session.refresh(plan)
    return plan


def create_membership(
    session: Session,
    *,
    gym: Gym,
    member: Member,
    plan: MembershipPlan | None = None,
    **over: Any,
) -> Membership:
    """An open-ended membership since the member joined, also in the member's cached plan."""
    plan = plan or create_plan(session, gym=gym)
    values: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "member_id": member.member_id,
        "plan_id": plan.plan_id,
        "starts_on": member.join_date,
        "ends_on": None,
        "yearly_price": yearly_price(plan.kind, plan.price, plan.duration_months, gym.currency),
    }
    membership = Membership(**(values | over))
    with changing_members(session, gym, [member.member_id], now=NOW):
        session.add(membership)
        session.flush()
    member.plan_id = plan.plan_id  # also where the member is of another session
    if member in session:
        session.refresh(member)
    return membership


def create_visits(
    session: Session, *, gym: Gym, member: Member, at: Iterable[datetime]
) -> Sequence[CheckIn]:
    """One visit of an hour at each instant."""
    visits = [
        CheckIn(
            gym_id=gym.gym_id,
            member_id=member.member_id,
            check_in=instant,
            check_out=instant + timedelta(hours=1),
        )
        for instant in at
    ]
    with changing_members(session, gym, [member.member_id], now=NOW):
        session.add_all(visits)
    return visits


def create_regular_visits(
    session: Session, *, gym: Gym, member: Member, last: datetime, every_days: int, count: int
) -> Sequence[CheckIn]:
    """`count` visits, `every_days` apart, the newest at `last`."""
    return create_visits(
        session,
        gym=gym,
        member=member,
        at=[last - timedelta(days=every_days * back) for back in range(count)],
    )


def create_transaction(
    session: Session, *, gym: Gym, member: Member, at: datetime, amount: int = 4_000, **over: Any
) -> Transaction:
    """A line of the ledger; `amount` in minor units."""
    values: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "member_id": member.member_id,
        "amount": amount,
        "currency": gym.currency,
        "date": to_local_day(at, gym.timezone),
    }
    line = Transaction(**(values | over))
    with changing_members(session, gym, [member.member_id], now=NOW):
        session.add(line)
    return line
