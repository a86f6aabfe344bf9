from sqlalchemy import select
from sqlalchemy.orm import Session

from db.base import matches
from db.models import Member, MemberAccount, MembershipEvent, MembershipEventKind


def find_member_of(session: Session, gym_id: int, user_id: int) -> Member | None:
    """The member for whom a user signs in."""
    return session.scalar(
        select(Member)
        .join(MemberAccount, matches(MemberAccount.member_id, Member.member_id))
        .where(Member.in_gym(gym_id), MemberAccount.user_id == user_id)
    )


def find_who_gave_notice(session: Session, gym_id: int, membership_id: int) -> int | None:
    """The user who gave the last notice; None where nobody is known to have."""
    return session.scalar(
        select(MembershipEvent.user_id)
        .where(
            MembershipEvent.in_gym(gym_id),
            MembershipEvent.membership_id == membership_id,
            MembershipEvent.kind == MembershipEventKind.CANCELLED,
        )
        .order_by(MembershipEvent.event_id.desc())
        .limit(1)
    )
