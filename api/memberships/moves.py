"""What is done with a membership: frozen, cancelled, renewed, changed. What may be is decided by
`core.memberships.moves`, on the facts that the member's lock keeps from changing meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.kit.principal import Principal
from api.kit.repository import refusing
from api.membership_plans.repository import MembershipPlanRepository
from api.memberships.errors import (
    DayOutsideTerm,
    EndOutsideTerm,
    FreezeLimitReached,
    FreezeOverlaps,
    MoveNotPossible,
)
from api.memberships.quotes.service import check_sold, make_offer, to_details
from api.memberships.repository import MembershipRepository
from api.memberships.schemas import (
    CancelRequest,
    DebtRequest,
    FreezeRequest,
    MembershipDetail,
    PaidRequest,
    PlanChangePreview,
    PlanChangeRequest,
    RenewRequest,
    UnfreezeRequest,
    WithdrawRequest,
)
from api.memberships.service import (
    add_event,
    begin,
    check_free,
    lock_sold,
    read,
    refuse_covered,
    sell,
)
from core.clock import to_local_day
from core.memberships import facts, moves
from core.memberships.facts import DAY, Span
from core.money import to_major
from core.plans import FREEZABLE
from core.translation import t
from db.membership_facts import add_terms, write_facts
from db.models import Membership, MembershipEventKind, MembershipPlan
from db.stats.member_changes import changing_members


@dataclass(frozen=True)
class Moving:
    """A membership that nobody else changes until the transaction ends."""

    session: Session
    caller: Principal
    row: Membership
    plan: MembershipPlan
    before: facts.Membership
    """With the terms that have come due by today."""
    today: date
    now: datetime

    @property
    def memberships(self) -> MembershipRepository:
        return MembershipRepository(self.session, self.caller.gym_id)

    def write(
        self,
        after: facts.Membership,
        kind: MembershipEventKind,
        *,
        reason: str | None = None,
        **details: Any,
    ) -> None:
        write_facts(self.row, after)
        check_free(self.memberships, self.row)
        with refusing({"ex_memberships_one_at_a_time": refuse_covered()}):
            self.session.flush()
        self.memberships.write_freezes(self.row, after.freezes, reason)
        add_terms(self.session, [self.row], {self.row.membership_id: after}, day=self.today)
        add_event(self.session, self.caller, self.row, kind, now=self.now, reason=reason, **details)


@contextmanager
def moving(
    session: Session, caller: Principal, membership_id: int, *, now: datetime
) -> Iterator[Moving]:
    """Hold the member, and say in the API's words what `core` refuses."""
    memberships = MembershipRepository(session, caller.gym_id)
    member_id = memberships.get_or_refuse(membership_id).member_id
    today = to_local_day(now, caller.gym.timezone)
    with changing_members(session, caller.gym, [member_id], now=now):
        row = memberships.get_or_refuse(membership_id, fresh=True)
        before = memberships.load_facts([row])[membership_id].with_due_terms(today)
        plan = MembershipPlanRepository(session, caller.gym_id).get_or_refuse(row.plan_id)
        with _saying_refusals(before, today):
            yield Moving(session, caller, row, plan, before, today, now)


@contextmanager
def _saying_refusals(membership: facts.Membership, today: date) -> Iterator[None]:
    try:
        yield
    except moves.NotPossible as refused:
        possible = moves.list_possible_moves(membership, today)
        state = membership.find_state(today)
        raise MoveNotPossible(refused.sentence, state, possible) from refused
    except moves.FreezesOverlap as refused:
        raise FreezeOverlaps(refused.sentence) from refused
    except moves.LimitReached as refused:
        raise FreezeLimitReached(refused.sentence) from refused
    except moves.EndOutsideTerm as refused:
        raise EndOutsideTerm(refused.sentence) from refused
    except moves.OutsideTerm as refused:
        raise DayOutsideTerm(refused.sentence) from refused


def freeze(
    session: Session, caller: Principal, membership_id: int, data: FreezeRequest, *, now: datetime
) -> MembershipDetail:
    with moving(session, caller, membership_id, now=now) as move:
        span = Span(data.starts_on or move.today, data.ends_on + DAY)
        after = moves.freeze(move.before, span, today=move.today, limits=_limits(move.plan))
        move.write(
            after,
            MembershipEventKind.FROZEN,
            reason=data.reason,
            starts_on=span.start,
            ends_on=span.last,
        )
    return read(session, caller, membership_id, now=now)


def _limits(plan: MembershipPlan) -> moves.FreezeLimits:
    if plan.kind not in FREEZABLE:
        return moves.FreezeLimits(days_a_year=0)
    none = moves.FreezeLimits()
    return moves.FreezeLimits(
        shortest=plan.shortest_freeze_days or none.shortest,
        days_a_year=_given(plan.freeze_days_a_year, none.days_a_year),
        times_a_year=_given(plan.freezes_a_year, none.times_a_year),
    )


def _given(limit: int | None, otherwise: int) -> int:
    return otherwise if limit is None else limit


def unfreeze(
    session: Session, caller: Principal, membership_id: int, data: UnfreezeRequest, *, now: datetime
) -> MembershipDetail:
    with moving(session, caller, membership_id, now=now) as move:
        start = None
        if data.freeze_id is not None:
            start = next(
                (
                    one.starts_on
                    for one in move.memberships.list_freezes(membership_id)
                    if one.freeze_id == data.freeze_id
                ),
                date.max,
            )
        after = moves.unfreeze(move.before, today=move.today, start=start)
        cut = next(iter(set(move.before.freezes) - set(after.freezes)))
        move.write(
            after,
            MembershipEventKind.UNFROZEN,
            reason=data.reason,
            starts_on=cut.start,
            ends_on=cut.last,
        )
    return read(session, caller, membership_id, now=now)


def renew(
    session: Session, caller: Principal, membership_id: int, data: RenewRequest, *, now: datetime
) -> MembershipDetail:
    """A term that is paid for already is not paid for again, and nothing is told of it."""
    with moving(session, caller, membership_id, now=now) as move:
        after = moves.renew(move.before, term=data.term, today=move.today)
        if after != move.before:
            move.write(
                after,
                MembershipEventKind.RENEWED,
                reason=data.reason,
                term=data.term,
                paid_until=after.paid_until,
            )
    return read(session, caller, membership_id, now=now)


def cancel(
    session: Session, caller: Principal, membership_id: int, data: CancelRequest, *, now: datetime
) -> MembershipDetail:
    with moving(session, caller, membership_id, now=now) as move:
        after = moves.cancel(
            move.before,
            today=move.today,
            notice_days=move.plan.notice_days,
            last_day=data.last_day,
        )
        move.row.leaving_reason, move.row.cancel_reason = data.reason, data.note
        move.write(
            after,
            MembershipEventKind.CANCELLED,
            reason=data.note,
            leaving_reason=data.reason,
            last_day=after.last_day,
        )
    return read(session, caller, membership_id, now=now)


def withdraw_cancellation(
    session: Session, caller: Principal, membership_id: int, data: WithdrawRequest, *, now: datetime
) -> MembershipDetail:
    with moving(session, caller, membership_id, now=now) as move:
        after = moves.withdraw(move.before, today=move.today)
        move.row.leaving_reason = move.row.cancel_reason = None
        move.write(after, MembershipEventKind.WITHDRAWN, reason=data.reason)
    return read(session, caller, membership_id, now=now)


def mark_unpaid(
    session: Session, caller: Principal, membership_id: int, data: DebtRequest, *, now: datetime
) -> MembershipDetail:
    """Raises `DayOutsideTerm`."""
    with moving(session, caller, membership_id, now=now) as move:
        last = min(move.today, move.row.ends_on or move.today)
        day = data.unpaid_since or last
        if not move.row.starts_on <= day <= last:
            raise DayOutsideTerm(
                t(
                    "The first unpaid day lies between the membership's first day, {first}, and"
                    " {last}.",
                    first=move.row.starts_on,
                    last=last,
                )
            )
        _set_debt(move, day, MembershipEventKind.UNPAID, data.reason)
    return read(session, caller, membership_id, now=now)


def mark_paid(
    session: Session, caller: Principal, membership_id: int, data: PaidRequest, *, now: datetime
) -> MembershipDetail:
    with moving(session, caller, membership_id, now=now) as move:
        for row in (move.row, *move.memberships.list_owing_alike(move.row)):
            _set_debt(replace(move, row=row), None, MembershipEventKind.PAID, data.reason)
    return read(session, caller, membership_id, now=now)


def _set_debt(
    move: Moving, day: date | None, kind: MembershipEventKind, reason: str | None
) -> None:
    """Said again it is no event."""
    if move.row.unpaid_since == day:
        return
    before, move.row.unpaid_since = move.row.unpaid_since, day
    add_event(
        move.session,
        move.caller,
        move.row,
        kind,
        now=move.now,
        reason=reason,
        unpaid_since=day or before,
    )


def preview_plan_change(
    session: Session,
    caller: Principal,
    membership_id: int,
    plan_id: int,
    starts_on: date | None,
    *,
    now: datetime,
) -> PlanChangePreview:
    """What `change_plan` would do, without doing it."""
    gym = caller.gym
    today = to_local_day(now, gym.timezone)
    memberships = MembershipRepository(session, gym.gym_id)
    row = memberships.get_or_refuse(membership_id)
    plan = MembershipPlanRepository(session, gym.gym_id).get_or_refuse(plan_id)
    check_sold(plan)
    before = memberships.load_facts([row])[membership_id].with_due_terms(today)
    with _saying_refusals(before, today):
        begins = starts_on or today
        change = _change(memberships, row, before, begins=begins, today=today)
    price = make_offer(
        session,
        caller,
        plan,
        member_id=row.member_id,
        starts_on=begins,
        code=None,
        today=today,
        replaces_id=membership_id,
    ).quote.price
    return PlanChangePreview(
        starts_on=begins,
        last_day=begins - DAY,
        credit=to_major(change.credit, gym.currency),
        price=to_major(price, gym.currency),
        to_pay=to_major(max(price - change.credit, 0), gym.currency),
        paid_until=sell(plan, begins, today=today).paid_until,
    )


def change_plan(
    session: Session,
    caller: Principal,
    membership_id: int,
    data: PlanChangeRequest,
    *,
    now: datetime,
) -> MembershipDetail:
    """End the membership the day before, and begin the other plan with the credit for what was not
    used. Returns the new membership."""
    with moving(session, caller, membership_id, now=now) as move:
        plan = lock_sold(session, caller, data.plan_id)
        begins = data.starts_on or move.today
        change = _change(move.memberships, move.row, move.before, begins=begins, today=move.today)
        write_facts(move.row, change.ended)
        session.flush()
        new, offer = begin(
            session,
            caller,
            move.row.member_id,
            plan,
            sell(plan, begins, today=move.today, renews=data.renews_automatically),
            today=move.today,
            replaces_id=membership_id,
            credit=change.credit,
            unpaid_since=move.row.unpaid_since,
        )
        if begins <= move.today:  # Else it keeps the door shut until then.
            move.row.unpaid_since = None
        move.write(
            change.ended,
            MembershipEventKind.PLAN_CHANGED,
            reason=data.reason,
            last_day=change.ended.last_day,
            plan=plan.name,
            membership_id=new.membership_id,
            credit=change.credit,
        )
        add_event(
            session,
            caller,
            new,
            MembershipEventKind.ASSIGNED,
            now=now,
            reason=data.reason,
            credit=change.credit,
            **to_details(offer),
        )
    return read(session, caller, new.membership_id, now=now)


def _change(
    memberships: MembershipRepository,
    row: Membership,
    before: facts.Membership,
    *,
    begins: date,
    today: date,
) -> moves.PlanChange:
    stretched = before.with_stated_days()
    prices = memberships.list_prices(row, stretched, terms=stretched.terms)
    return moves.change_plan(before, prices, begins=begins, today=today)
