"""Who is on which plan, from when to when."""

import calendar
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.prices.service import find_price_on
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.service import check_capacity
from api.memberships.errors import AlreadyCovered, EndOutsideTerm, MemberNotFound, PlanRetired
from api.memberships.repository import MembershipRepository
from api.memberships.schemas import MembershipCreate, MembershipEndRequest, MembershipItem
from core.clock import to_local_day
from core.money import to_major
from core.plans import yearly_price
from core.translation import t
from db.models import Membership
from db.stats.member_changes import changing_members


def create(
    session: Session, caller: Principal, data: MembershipCreate, *, now: datetime
) -> MembershipItem:
    """Put a member on a plan at today's price. Periods of one member never overlap."""
    gym = caller.gym
    with changing_members(session, gym, [data.member_id], now=now) as changes:
        if not changes.found:
            raise MemberNotFound(data.member_id)
        plan = MembershipPlanRepository(session, gym.gym_id).lock_or_refuse(data.plan_id)
        if not plan.is_active:
            raise PlanRetired(
                t("The plan '{name}' is not sold any more; choose another one.", name=plan.name)
            )
        memberships = MembershipRepository(session, gym.gym_id)
        starts_on = data.starts_on or to_local_day(now, gym.timezone)
        ends_on = data.ends_on or last_day(starts_on, plan.duration_months, plan.duration_days)
        if ends_on < starts_on:
            raise EndOutsideTerm(t("The last day lies before the membership starts."))
        other = memberships.find_overlap(data.member_id, starts_on, ends_on)
        if other is not None:
            until = other.ends_on or t("further notice")
            raise AlreadyCovered(
                t(
                    "The member already has a membership from {starts_on} until {until}; end"
                    " it first, or start this one later.",
                    starts_on=other.starts_on,
                    until=until,
                )
            )
        check_capacity(session, plan, starts_on, ends_on)
        membership = Membership(
            gym_id=gym.gym_id,
            member_id=data.member_id,
            plan_id=plan.plan_id,
            starts_on=starts_on,
            ends_on=ends_on,
            yearly_price=yearly_price(
                plan.kind,
                find_price_on(session, plan, starts_on),
                plan.duration_months,
                gym.currency,
            ),
        )
        memberships.add(membership)
    return to_item(caller, membership, plan.name)


def end(
    session: Session,
    caller: Principal,
    membership_id: int,
    data: MembershipEndRequest,
    *,
    now: datetime,
) -> MembershipItem:
    """Cancel a membership as of a last day inside its term. The rest of the term is given up."""
    gym = caller.gym
    membership = MembershipRepository(session, gym.gym_id).get_or_refuse(membership_id)
    with changing_members(session, gym, [membership.member_id], now=now):
        session.refresh(membership)
        today = to_local_day(now, gym.timezone)
        last = data.ends_on or max(today, membership.starts_on)
        if last < membership.starts_on or (membership.ends_on and last > membership.ends_on):
            raise EndOutsideTerm(
                t(
                    "The last day must lie between {starts_on} and {ends_on}.",
                    starts_on=membership.starts_on,
                    ends_on=membership.ends_on or t("any later day"),
                )
            )
        membership.ends_on = last
        membership.cancelled_on = today
        membership.cancel_reason = data.reason
    plan = MembershipPlanRepository(session, gym.gym_id).get_or_refuse(membership.plan_id)
    return to_item(caller, membership, plan.name)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, member_id: int | None
) -> Page[MembershipItem]:
    rows, total = MembershipRepository(session, caller.gym_id).list_page(page, member_id=member_id)
    items = [to_item(caller, row.Membership, row.plan_name) for row in rows]
    return Page[MembershipItem].of(items, total, page)


def last_day(starts_on: date, months: int, days: int = 0) -> date:
    """The last day of a term: 31 January and one month end on 27 or 28 February."""
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    day = min(starts_on.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=days - 1)


def to_item(caller: Principal, membership: Membership, plan_name: str) -> MembershipItem:
    return MembershipItem(
        membership_id=membership.membership_id,
        member_id=membership.member_id,
        plan_id=membership.plan_id,
        plan_name=plan_name,
        starts_on=membership.starts_on,
        ends_on=membership.ends_on,
        yearly_price=to_major(membership.yearly_price, caller.gym.currency),
        cancelled_on=membership.cancelled_on,
        cancel_reason=membership.cancel_reason,
    )
