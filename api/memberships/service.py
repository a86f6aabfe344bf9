"""Who is on which plan, from when to when. What is done with a membership later is in `moves`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.repository import refusing
from api.membership_plans.promotions.errors import without_terms
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.service import check_capacity
from api.memberships.errors import (
    AlreadyCovered,
    EndOutsideTerm,
    MemberNotFound,
    PlanEndsByItself,
)
from api.memberships.quotes.service import (
    Offer,
    check_sold,
    make_offer,
    to_details,
    write_offer,
)
from api.memberships.repository import SHOWN, MembershipRepository
from api.memberships.schemas import (
    FreezeItem,
    MembershipCreate,
    MembershipDetail,
    MembershipEventItem,
    MembershipItem,
    TermItem,
)
from core.clock import to_local_day
from core.memberships import facts
from core.memberships.moves import MembershipMove, find_last_day, list_possible_moves
from core.money import to_major
from core.plans import PlanKind, yearly_price
from core.translation import t
from db.base import AnyRow
from db.membership_facts import add_terms, write_facts
from db.models import Membership, MembershipEvent, MembershipEventKind, MembershipPlan
from db.stats.member_changes import changing_members

_AMOUNTS = frozenset({"amount", "credit", "price", "price_before"})
"""Details of events that are money."""


def create(
    session: Session, caller: Principal, data: MembershipCreate, *, now: datetime
) -> MembershipDetail:
    """Put a member on a plan at today's price. Periods of one member never overlap."""
    gym = caller.gym
    today = to_local_day(now, gym.timezone)
    with changing_members(session, gym, [data.member_id], now=now) as changes:
        if not changes.found:
            raise MemberNotFound(data.member_id)
        plan = lock_sold(session, caller, data.plan_id)
        starts_on = data.starts_on or today
        if data.ends_on is not None and data.ends_on < starts_on:
            raise EndOutsideTerm(t("The last day lies before the membership starts."))
        if data.ends_on is not None:
            membership = facts.Membership(starts_on, stated_end=data.ends_on)
        else:
            membership = sell(plan, starts_on, today=today, renews=data.renews_automatically)
        row, offer = begin(
            session, caller, data.member_id, plan, membership, today=today, code=data.code
        )
        steps = to_details(offer)
        add_event(session, caller, row, MembershipEventKind.ASSIGNED, now=now, **steps)
    return read(session, caller, row.membership_id, now=now)


def lock_sold(session: Session, caller: Principal, plan_id: int) -> MembershipPlan:
    """The plan, whose last place nobody else takes meanwhile."""
    plan = MembershipPlanRepository(session, caller.gym_id).lock_or_refuse(plan_id)
    check_sold(plan)
    return plan


def sell(
    plan: MembershipPlan, starts_on: date, *, today: date, renews: bool | None = None
) -> facts.Membership:
    """The first term of a plan, and those that have come due since. `renews` as the plan unless it
    is said; raises `PlanEndsByItself`."""
    if renews and plan.kind is not PlanKind.RECURRING:
        raise PlanEndsByItself(
            t("The plan '{name}' ends with its term and cannot renew by itself.", name=plan.name)
        )
    return facts.Membership(
        starts_on,
        months=plan.duration_months or None,
        days=plan.duration_days or None,
        terms=1,
        renews=plan.renews_automatically if renews is None else renews,
    ).with_due_terms(today)


def begin(
    session: Session,
    caller: Principal,
    member_id: int,
    plan: MembershipPlan,
    membership: facts.Membership,
    *,
    today: date,
    code: str | None = None,
    replaces_id: int | None = None,
    **fields: Any,
) -> tuple[Membership, Offer]:
    """Write a new membership at the price that its quote says, and its terms. Raises
    `AlreadyCovered`, and what a code may be refused for."""
    gym = caller.gym
    memberships = MembershipRepository(session, gym.gym_id)
    if code is not None and not membership.has_terms:
        raise without_terms()
    offer = make_offer(
        session,
        caller,
        plan,
        member_id=member_id,
        starts_on=membership.starts_on,
        code=code,
        today=today,
        replaces_id=replaces_id,
        lock=True,
    )
    price = to_major(offer.quote.later_price, gym.currency)
    row = Membership(
        gym_id=gym.gym_id,
        member_id=member_id,
        plan_id=plan.plan_id,
        yearly_price=yearly_price(plan.kind, price, plan.duration_months, gym.currency),
        may_overlap=plan.kind is PlanKind.PACK,
        replaces_id=replaces_id,
        **fields,
    )
    write_facts(row, membership)
    check_free(memberships, row)
    check_capacity(session, plan, row.starts_on, row.ends_on)
    with refusing({"ex_memberships_one_at_a_time": refuse_covered()}):
        memberships.add(row)
    write_offer(session, row, offer, today=today)
    terms = {row.membership_id: membership}
    add_terms(session, [row], terms, day=today, price=offer.quote.price)
    return row, offer


def check_free(memberships: MembershipRepository, row: Membership) -> None:
    """Raises `AlreadyCovered` if the row shares a day with another membership of the member."""
    if row.may_overlap:
        return
    with memberships.session.no_autoflush:
        other = memberships.find_overlap(
            row.member_id, row.starts_on, row.ends_on, besides=row.membership_id
        )
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


def refuse_covered() -> AlreadyCovered:
    """For what the database refuses, because somebody else wrote in the same moment."""
    return AlreadyCovered(
        t("The member has another membership on these days. Look at it again, and try once more.")
    )


def add_event(
    session: Session,
    caller: Principal,
    row: Membership,
    kind: MembershipEventKind,
    *,
    now: datetime,
    reason: str | None = None,
    **details: Any,
) -> None:
    session.add(
        MembershipEvent(
            gym_id=row.gym_id,
            membership_id=row.membership_id,
            kind=kind,
            happened_at=now,
            user_id=caller.user_id,
            reason=reason,
            details={
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in details.items()
            },
        )
    )


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, member_id: int | None, now: datetime
) -> Page[MembershipItem]:
    memberships = MembershipRepository(session, caller.gym_id)
    rows, total = memberships.list_page(page, member_id=member_id)
    items = _to_items(caller, memberships, rows, to_local_day(now, caller.gym.timezone))
    return Page[MembershipItem].of(items, total, page)


def list_of_member(
    session: Session, caller: Principal, member_id: int, *, day: date
) -> list[MembershipItem]:
    """All of a member, newest first, as they are on the gym's local `day`."""
    memberships = MembershipRepository(session, caller.gym_id)
    return _to_items(caller, memberships, memberships.list_of_member(member_id), day)


def _to_items(
    caller: Principal, memberships: MembershipRepository, rows: Sequence[AnyRow], day: date
) -> list[MembershipItem]:
    found = memberships.load_facts([row.Membership for row in rows])
    return [
        to_item(
            caller,
            row.Membership,
            row.plan_name,
            found[row.Membership.membership_id].with_due_terms(day),
            today=day,
        )
        for row in rows
    ]


def read(
    session: Session, caller: Principal, membership_id: int, *, now: datetime
) -> MembershipDetail:
    """As of today: terms that have come due count, whether or not the job was there already."""
    gym = caller.gym
    today = to_local_day(now, gym.timezone)
    memberships = MembershipRepository(session, gym.gym_id)
    row = memberships.get_or_refuse(membership_id)
    plan = MembershipPlanRepository(session, gym.gym_id).get_or_refuse(row.plan_id)
    membership = memberships.load_facts([row])[membership_id].with_due_terms(today)
    terms = memberships.list_terms(membership_id)
    possible = list_possible_moves(membership, today)
    can_cancel, can_renew = MembershipMove.CANCEL in possible, MembershipMove.RENEW in possible
    return MembershipDetail(
        **dict(to_item(caller, row, plan.name, membership, today=today)),
        possible_moves=list(possible),
        months=membership.months,
        days=membership.days,
        next_term=membership.terms + 1 if can_renew else None,
        next_price=to_major(
            memberships.list_prices(row, membership, terms=membership.terms + 1)[-1], gym.currency
        )
        if can_renew
        else None,
        ends_if_cancelled=find_last_day(membership, today=today, notice_days=plan.notice_days)
        if can_cancel
        else None,
        notice_days=plan.notice_days,
        replaces_id=row.replaces_id,
        credit=to_major(row.credit, gym.currency),
        terms=[
            TermItem(
                term=term.term,
                starts_on=membership.find_term(term.term).start,
                ends_on=membership.find_term(term.term).last,
                price=to_major(term.price, gym.currency),
                renewed_on=term.renewed_on,
            )
            for term in terms[:SHOWN]
        ],
        freezes=[
            FreezeItem.model_validate(freeze) for freeze in memberships.list_freezes(membership_id)
        ],
        history=[
            MembershipEventItem(
                happened_at=event.MembershipEvent.happened_at,
                kind=event.MembershipEvent.kind,
                by=event.by,
                reason=event.MembershipEvent.reason,
                details=_say_money(event.MembershipEvent.details, gym.currency),
            )
            for event in memberships.list_events(membership_id)
        ],
    )


def _say_money(details: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Amounts are stored in minor units, and read in major ones."""
    return {
        name: float(to_major(value, currency) or 0)
        if name in _AMOUNTS
        else [_say_money(step, currency) for step in value]
        if name == "steps"
        else value
        for name, value in details.items()
    }


def to_item(
    caller: Principal, row: Membership, plan_name: str, membership: facts.Membership, *, today: date
) -> MembershipItem:
    return MembershipItem(
        membership_id=row.membership_id,
        member_id=row.member_id,
        plan_id=row.plan_id,
        plan_name=plan_name,
        state=membership.find_state(today),
        starts_on=membership.starts_on,
        ends_on=membership.ends_on,
        paid_until=membership.paid_until,
        renews_automatically=membership.renews,
        yearly_price=to_major(row.yearly_price, caller.gym.currency),
        unpaid_since=row.unpaid_since,
        cancelled_on=row.cancelled_on,
        leaving_reason=row.leaving_reason,
        cancel_reason=row.cancel_reason,
    )
