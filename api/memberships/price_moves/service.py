"""Members keep the price of their terms when a plan's price changes, until they are moved: from
one of their next terms on they pay what the plan costs."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from api.kit.principal import Principal
from api.membership_plans.prices.service import find_price_on
from api.membership_plans.repository import MembershipPlanRepository
from api.memberships.price_moves.errors import MoveDayOutOfReach, NotOnPlan
from api.memberships.price_moves.schemas import (
    PriceMoveGroup,
    PriceMoveItem,
    PriceMoveRequest,
    PriceMoveResult,
    PriceMoves,
    StayingGroup,
    StaysBecause,
    WithdrawPriceMoveRequest,
)
from api.memberships.repository import MembershipRepository
from api.memberships.service import add_event
from core.clock import to_local_day
from core.memberships import facts
from core.memberships.moves import MembershipMove, list_possible_moves
from core.memberships.prices import continue_prices, price_a_term
from core.money import to_major, to_minor
from core.plans import yearly_price
from db.membership_facts import load_agreed_prices, load_term_prices
from db.models import (
    AgreedPrice,
    AgreedPriceReason,
    Membership,
    MembershipEventKind,
    MembershipPlan,
)
from db.stats.member_changes import changing_members

LISTED = 200
FARTHEST = timedelta(days=366)
LOADED_AT_ONCE = 1000


@dataclass(frozen=True)
class PriceMove:
    """A membership that costs `price` from `term` on."""

    held: "Held"
    term: int
    starts_on: date
    price_before: int
    price: int


@dataclass(frozen=True)
class Held:
    """What is known of a membership on the plan today."""

    row: Membership
    member_name: str
    membership: facts.Membership
    """With the terms that have come due."""
    prices: Sequence[int]
    """Of its terms that are written."""
    agreed: Sequence[AgreedPrice]

    def find_price(self, term: int, *, without: AgreedPrice | None = None) -> int:
        amounts = {one.term: one.price for one in self.agreed if one is not without}
        first = price_a_term(self.membership, self.row.yearly_price)
        return continue_prices(self.prices, amounts, term, first=first)[-1]

    @property
    def to_come(self) -> AgreedPrice | None:
        """The move that has not taken effect."""
        moves = (one for one in self.agreed if one.reason is AgreedPriceReason.MOVED)
        return next((one for one in moves if one.term > self.membership.terms), None)

    @property
    def first_regular_term(self) -> int:
        """Before it a promotion makes terms cheaper."""
        ends = (one.term for one in self.agreed if one.reason is AgreedPriceReason.PROMOTION_OVER)
        return max(ends, default=1)


@dataclass(frozen=True)
class Moving:
    """Where the members of a plan are to be moved, and from when on."""

    plan: MembershipPlan
    starts_on: date
    price: int
    yearly_price: int
    today: date

    def find(self, held: Held) -> PriceMove | StaysBecause:
        membership, plan = held.membership, self.plan
        if not membership.has_terms:
            return StaysBecause.NO_TERMS
        if MembershipMove.RENEW not in list_possible_moves(membership, self.today):
            return StaysBecause.ENDS
        length = membership.months or 0, membership.days or 0
        if length != (plan.duration_months, plan.duration_days):
            return StaysBecause.OTHER_LENGTH
        term = max(membership.find_next_term(self.starts_on), held.first_regular_term)
        before = held.find_price(term)
        if before == self.price:
            return StaysBecause.PAYS_IT
        starts_on = membership.find_term(term).start
        return PriceMove(held, term, starts_on, before, self.price)


def read(
    session: Session,
    caller: Principal,
    plan_id: int,
    *,
    starts_on: date | None,
    now: datetime,
) -> PriceMoves:
    moving = _start(session, caller, plan_id, starts_on, now=now)
    all_held = _load(session, caller, plan_id, moving.today)
    found = [moving.find(held) for held in all_held]
    moves = [one for one in found if isinstance(one, PriceMove)]
    staying = Counter(one for one in found if isinstance(one, StaysBecause))
    currency = caller.gym.currency
    return PriceMoves(
        starts_on=moving.starts_on,
        price=to_major(moving.price, currency),
        members=len(moves),
        groups=_group(moves, currency),
        listed=[
            PriceMoveItem(
                membership_id=one.held.row.membership_id,
                member_id=one.held.row.member_id,
                member_name=one.held.member_name,
                price_before=to_major(one.price_before, currency),
                price=to_major(one.price, currency),
                term=one.term,
                starts_on=one.starts_on,
            )
            for one in moves[:LISTED]
        ],
        staying=[
            StayingGroup(because=because, members=staying[because])
            for because in StaysBecause
            if staying[because]
        ],
        to_come=_group(_list_to_come(all_held), currency),
    )


def move(
    session: Session, caller: Principal, plan_id: int, data: PriceMoveRequest, *, now: datetime
) -> PriceMoveResult:
    """Whoever has the price from that term on already is left alone, so asking twice moves once. A
    move that has not taken effect gives way to the new one."""
    moving = _start(session, caller, plan_id, data.starts_on, now=now)
    member_ids = _find_members(session, caller, plan_id, data.membership_ids, moving.today)
    changed = 0
    with changing_members(session, caller.gym, member_ids, now=now):
        all_held = _load(session, caller, plan_id, moving.today, data.membership_ids)
        for held in all_held:
            one = moving.find(held)
            if not isinstance(one, PriceMove):
                continue
            _take_back(session, held)
            session.add(
                AgreedPrice(
                    gym_id=held.row.gym_id,
                    membership_id=held.row.membership_id,
                    term=one.term,
                    reason=AgreedPriceReason.MOVED,
                    price=one.price,
                    yearly_price=moving.yearly_price,
                )
            )
            add_event(
                session,
                caller,
                held.row,
                MembershipEventKind.PRICE_MOVED,
                now=now,
                price=one.price,
                price_before=one.price_before,
                term=one.term,
                starts_on=one.starts_on,
            )
            changed += 1
        session.flush()
    return PriceMoveResult(changed=changed, unchanged=len(all_held) - changed)


def withdraw(
    session: Session,
    caller: Principal,
    plan_id: int,
    data: WithdrawPriceMoveRequest,
    *,
    now: datetime,
) -> PriceMoveResult:
    """Of moves that have not taken effect nothing remains but the history."""
    MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    today = to_local_day(now, caller.gym.timezone)
    member_ids = _find_members(session, caller, plan_id, data.membership_ids, today)
    changed = 0
    with changing_members(session, caller.gym, member_ids, now=now):
        all_held = _load(session, caller, plan_id, today, data.membership_ids)
        for held in all_held:
            change = held.to_come
            if change is None:
                continue
            add_event(
                session,
                caller,
                held.row,
                MembershipEventKind.PRICE_KEPT,
                now=now,
                price=held.find_price(change.term, without=change),
                term=change.term,
            )
            _take_back(session, held)
            changed += 1
    return PriceMoveResult(changed=changed, unchanged=len(all_held) - changed)


def _start(
    session: Session, caller: Principal, plan_id: int, starts_on: date | None, *, now: datetime
) -> Moving:
    today = to_local_day(now, caller.gym.timezone)
    starts_on = starts_on or today
    if not today <= starts_on <= today + FARTHEST:
        raise MoveDayOutOfReach(today, today + FARTHEST)
    plan = MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    price, currency = find_price_on(session, plan, starts_on), caller.gym.currency
    a_year = yearly_price(plan.kind, price, plan.duration_months, currency)
    return Moving(plan, starts_on, to_minor(price, currency), a_year, today)


def _find_members(
    session: Session, caller: Principal, plan_id: int, ids: Collection[int] | None, today: date
) -> Collection[int]:
    """Who is to be held meanwhile. Raises `NotOnPlan`."""
    rows = MembershipRepository(session, caller.gym_id).list_on_plan(plan_id, today, ids=ids)
    missing = set(ids or ()) - {row.Membership.membership_id for row in rows}
    if missing:
        raise NotOnPlan(min(missing))
    return {row.Membership.member_id for row in rows}


def _load(
    session: Session,
    caller: Principal,
    plan_id: int,
    today: date,
    ids: Collection[int] | None = None,
) -> Sequence[Held]:
    memberships = MembershipRepository(session, caller.gym_id)
    rows = memberships.list_on_plan(plan_id, today, ids=ids)
    found: list[Held] = []
    for begin in range(0, len(rows), LOADED_AT_ONCE):
        some = rows[begin : begin + LOADED_AT_ONCE]
        keys = [row.Membership.membership_id for row in some]
        known = memberships.load_facts([row.Membership for row in some])
        prices = load_term_prices(session, [caller.gym_id], keys)
        agreed = load_agreed_prices(session, [caller.gym_id], keys)
        found += [
            Held(
                row.Membership,
                row.member_name,
                known[key].with_due_terms(today),
                prices.get(key, ()),
                agreed.get(key, ()),
            )
            for key, row in zip(keys, some, strict=True)
        ]
    return found


def _take_back(session: Session, held: Held) -> None:
    """Written at once: what comes next may take its place."""
    if held.to_come is not None:
        session.delete(held.to_come)
        session.flush()


def _list_to_come(all_held: Iterable[Held]) -> Iterator[PriceMove]:
    for held in all_held:
        change = held.to_come
        if change is not None:
            starts_on = held.membership.find_term(change.term).start
            before = held.find_price(change.term, without=change)
            yield PriceMove(held, change.term, starts_on, before, change.price)


def _group(moves: Iterable[PriceMove], currency: str) -> list[PriceMoveGroup]:
    """By what is paid before and after."""
    groups: dict[tuple[int, int], list[date]] = defaultdict(list)
    for one in moves:
        groups[one.price_before, one.price].append(one.starts_on)
    return [
        PriceMoveGroup(
            price_before=to_major(before, currency),
            price=to_major(price, currency),
            members=len(days),
            first_day=min(days),
            last_day=max(days),
        )
        for (before, price), days in sorted(groups.items())
    ]
