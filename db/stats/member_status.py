"""Keep `customers.status` and `package_id`, the caches of the membership intervals, true."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session

from db.member_facts import writing_no_facts
from db.models import Member, Membership, MemberStats
from db.stats.at_risk import member_status


def refresh_member_status(
    session: Session, gym_id: int, day: date, member_ids: Iterable[int] | None = None
) -> int:
    """Set status and plan as they are on the gym's local `day`; return how many members changed.

    Reads `member_stats`: call `refresh_member_stats` first. The plan is that of the membership
    that covers the day, else of the next to begin, else of the last that ended. A member without
    any membership keeps the plan that was recorded.
    """
    ids = None if member_ids is None else sorted(set(member_ids))
    if ids == []:
        return 0
    session.flush()
    newest = (
        select(Membership.member_id, Membership.plan_id)
        .ext(distinct_on(Membership.member_id))
        .where(Membership.gym_id == gym_id)
        .order_by(
            Membership.member_id,
            case((_covers(day), 0), (Membership.starts_on > day, 1), else_=2),
            # The next to begin is the earliest to come; of all others the newest counts.
            case((Membership.starts_on > day, Membership.starts_on - day), else_=0),
            Membership.starts_on.desc(),
            Membership.membership_id.desc(),
        )
    )
    stats = select(MemberStats.member_id, member_status(day).label("status")).where(
        MemberStats.gym_id == gym_id
    )
    if ids is not None:
        # Cast to the column's own type, without which the list is searched row by row.
        chosen = func.any(cast(ids, ARRAY(BigInteger)))
        newest = newest.where(Membership.member_id == chosen)
        stats = stats.where(MemberStats.member_id == chosen)
    plans, states = newest.subquery("newest"), stats.subquery("states")
    current = (
        select(states.c.member_id, states.c.status, plans.c.plan_id)
        .outerjoin_from(states, plans, plans.c.member_id == states.c.member_id)
        .subquery("current")
    )
    plan_id = func.coalesce(current.c.plan_id, Member.plan_id)
    statement = (
        update(Member)
        .where(
            Member.gym_id == gym_id,
            Member.member_id == current.c.member_id,
            or_(
                Member.status != current.c.status,
                Member.plan_id.is_distinct_from(plan_id),
            ),
        )
        .values(status=current.c.status, plan_id=plan_id)
        .execution_options(synchronize_session=False)
    )
    with writing_no_facts(session):
        result: Any = session.execute(statement)
    return int(result.rowcount)


def _covers(day: date) -> ColumnElement[bool]:
    return and_(
        Membership.starts_on <= day, or_(Membership.ends_on.is_(None), Membership.ends_on >= day)
    )
