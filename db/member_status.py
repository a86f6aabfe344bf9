"""Refresh `customers.status` and `customers.package_id`, the caches of the membership intervals."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from db.at_risk import member_status
from db.models import Member, Membership, MemberStats


def refresh_member_status(
    session: Session, gym_id: int, day: date, member_ids: Iterable[int] | None = None
) -> None:
    """Write what is true on the gym's local `day`, for some members or all of the gym.

    Call it after `refresh_member_stats`, in the same transaction. The plan is that of the newest
    membership that has begun, or of the first one when none has.
    """
    newest = (
        select(Membership.plan_id)
        .where(Membership.gym_id == Member.gym_id, Membership.member_id == Member.member_id)
        .order_by(
            (Membership.starts_on <= day).desc(),
            func.abs(Membership.starts_on - day),
            Membership.membership_id.desc(),
        )
        .limit(1)
        .correlate(Member)
        .scalar_subquery()
    )
    fresh = (
        select(
            MemberStats.member_id.label("member_id"),
            member_status(day).label("status"),
            newest.label("plan_id"),
        )
        .join(
            Member,
            (Member.gym_id == MemberStats.gym_id) & (Member.member_id == MemberStats.member_id),
        )
        .where(MemberStats.in_gym(gym_id))
    )
    if member_ids is not None:
        fresh = fresh.where(MemberStats.member_id.in_(sorted(set(member_ids))))
    new = fresh.subquery()
    session.flush()
    session.execute(
        update(Member)
        .where(
            Member.in_gym(gym_id),
            Member.member_id == new.c.member_id,
            or_(
                Member.status != new.c.status,
                Member.plan_id.is_distinct_from(new.c.plan_id),
            ),
        )
        .values(status=new.c.status, plan_id=new.c.plan_id)
        .execution_options(synchronize_session=False)
    )
