"""What can be done with a membership, and when. A move answers new facts or raises `Refused`.

No move changes a day that is over: statuses, visits and figures of the past stay what they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from core.memberships.facts import DAY, Membership, MembershipState, Span
from core.memberships.prices import find_credit
from core.translation import Sentence, count, join, mark, t

YEAR = timedelta(days=365)


class MembershipMove(StrEnum):
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    RENEW = "renew"
    CHANGE_PLAN = "change_plan"
    CANCEL = "cancel"
    WITHDRAW = "withdraw_cancellation"


NAMES = {
    MembershipMove.FREEZE: mark("freeze it"),
    MembershipMove.UNFREEZE: mark("unfreeze it, or take back a freeze to come"),
    MembershipMove.RENEW: mark("renew it"),
    MembershipMove.CHANGE_PLAN: mark("change its plan"),
    MembershipMove.CANCEL: mark("cancel it"),
    MembershipMove.WITHDRAW: mark("withdraw the cancellation"),
}
STATES = {
    MembershipState.SCHEDULED: mark("The membership has not begun yet."),
    MembershipState.ACTIVE: mark("The membership is active."),
    MembershipState.ENDING: mark("The membership is active and has a last day."),
    MembershipState.FROZEN: mark("The membership is frozen."),
    MembershipState.CANCELLED: mark("The membership was cancelled and is over."),
    MembershipState.EXPIRED: mark("The membership is over."),
}
_RUNNING = (
    MembershipMove.FREEZE,
    MembershipMove.UNFREEZE,
    MembershipMove.RENEW,
    MembershipMove.CANCEL,
    MembershipMove.WITHDRAW,
)
_BY_STATE = {
    MembershipState.SCHEDULED: _RUNNING,
    MembershipState.ACTIVE: (*_RUNNING, MembershipMove.CHANGE_PLAN),
    MembershipState.ENDING: _RUNNING,
    MembershipState.FROZEN: _RUNNING,
    MembershipState.CANCELLED: (),
    MembershipState.EXPIRED: (),
}


class Refused(Exception):
    """A move that is not made, and why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class NotPossible(Refused):
    """Not in this state; the sentence says what is possible instead."""


class OutsideTerm(Refused):
    """A day that the membership does not have."""


class EndOutsideTerm(OutsideTerm):
    """The same of a last day."""


class FreezesOverlap(Refused):
    """Two freezes would share a day."""


class LimitReached(Refused):
    """More freezing than the plan allows."""


@dataclass(frozen=True)
class FreezeLimits:
    """How much a plan lets its members freeze. Checked when a freeze is made, and never of what
    is there: the limits were others once."""

    shortest: int = 1
    days_a_year: int = 366
    times_a_year: int = 366


def list_possible_moves(membership: Membership, today: date) -> tuple[MembershipMove, ...]:
    """What can be done today, in one order."""
    allowed = _BY_STATE[membership.find_state(today)]
    return tuple(
        move
        for move in MembershipMove
        if move in allowed and _has_what_it_takes(membership, move, today)
    )


def _has_what_it_takes(membership: Membership, move: MembershipMove, today: date) -> bool:
    has_notice = membership.last_day is not None
    match move:
        case MembershipMove.FREEZE | MembershipMove.CANCEL:
            return not has_notice
        case MembershipMove.RENEW:
            return not has_notice and membership.has_terms
        case MembershipMove.CHANGE_PLAN:
            return not has_notice and membership.starts_on <= today
        case MembershipMove.UNFREEZE:
            return any(freeze.end > today for freeze in membership.freezes)
        case MembershipMove.WITHDRAW:
            return membership.cancelled_on is not None


def check_possible(membership: Membership, move: MembershipMove, today: date) -> None:
    """Raises `NotPossible`."""
    possible = list_possible_moves(membership, today)
    if move in possible:
        return
    said = t(STATES[membership.find_state(today)])
    names = join("; ", *(t(NAMES[one]) for one in possible))
    instead = (
        t("Possible are: {moves}.", moves=names)
        if possible
        else t("Assign a new one from today or later.")
    )
    raise NotPossible(join(" ", said, t("This is not possible with it."), instead))


def freeze(membership: Membership, span: Span, *, today: date, limits: FreezeLimits) -> Membership:
    """Rest on these days, from today on; what is paid moves behind them."""
    check_possible(membership, MembershipMove.FREEZE, today)
    membership = membership.with_stated_days()
    first = max(today, membership.starts_on)
    if span.days < 1:
        raise OutsideTerm(t("The last frozen day is before the first."))
    if span.start < first:
        raise OutsideTerm(t("A freeze begins on {day} or later.", day=first))
    if membership.ends_on is not None and span.start > membership.ends_on:
        raise OutsideTerm(
            t("The membership ends on {day}, before the freeze.", day=membership.ends_on)
        )
    for other in membership.freezes:
        if span.shares_days(other):
            raise FreezesOverlap(
                t(
                    "It is frozen from {first} to {last} already. Choose other days, or take that"
                    " freeze back.",
                    first=other.start,
                    last=other.last,
                )
            )
    freezes = tuple(sorted((*membership.freezes, span)))
    _check_limits(freezes, span, limits)
    return replace(membership, freezes=freezes)


def _check_limits(freezes: tuple[Span, ...], new: Span, limits: FreezeLimits) -> None:
    if not limits.days_a_year or not limits.times_a_year:
        raise LimitReached(t("This plan cannot be frozen."))
    if new.days < limits.shortest:
        raise LimitReached(
            count(
                limits.shortest,
                "A freeze lasts {n} day at least.",
                "A freeze lasts {n} days at least.",
            )
        )
    # A year is any 365 days that begin with a freeze.
    for begin in (one.start for one in freezes):
        end = begin + YEAR
        if not begin <= new.start < end:
            continue
        if sum(one.days_within(begin, end) for one in freezes) > limits.days_a_year:
            raise LimitReached(
                count(
                    limits.days_a_year,
                    "No more than {n} day of a year may be frozen.",
                    "No more than {n} days of a year may be frozen.",
                )
            )
        if sum(begin <= one.start < end for one in freezes) > limits.times_a_year:
            raise LimitReached(
                count(
                    limits.times_a_year,
                    "No more than {n} freeze may begin in a year.",
                    "No more than {n} freezes may begin in a year.",
                )
            )


def unfreeze(membership: Membership, *, today: date, start: date | None = None) -> Membership:
    """Train again from today; of a freeze to come, which `start` names, nothing remains."""
    check_possible(membership, MembershipMove.UNFREEZE, today)
    chosen = [
        one
        for one in membership.freezes
        if (one.start <= today < one.end if start is None else one.start == start)
    ]
    if not chosen or chosen[0].end <= today:
        raise OutsideTerm(t("There is no such freeze. It may have ended, or been taken back."))
    cut = Span(chosen[0].start, max(chosen[0].start, today))
    kept = (cut if one == chosen[0] else one for one in membership.freezes)
    freed = replace(membership, freezes=tuple(one for one in kept if one.days))
    if (
        membership.last_day is not None
        and membership.has_terms
        and _end_of(membership) >= membership.last_day
    ):
        # It was to end with what is paid, which comes earlier now: nobody pays for the difference.
        freed = replace(freed, last_day=min(membership.last_day, _end_of(freed)))
    return freed


def _end_of(membership: Membership) -> date:
    return membership.paid_until or date.max


def renew(membership: Membership, *, term: int, today: date) -> Membership:
    """Pay for term number `term`. Whoever asks twice has renewed once: the number says what for."""
    check_possible(membership, MembershipMove.RENEW, today)
    if term > membership.terms + 1:
        raise OutsideTerm(
            t("The next term is number {term}; terms follow each other.", term=membership.terms + 1)
        )
    return membership if term <= membership.terms else replace(membership, terms=term)


def find_last_day(membership: Membership, *, today: date, notice_days: int) -> date:
    """With which day it ends if notice is given today: with what is paid, and one that renews by
    itself with the term in which the notice is over."""
    notice_over = max(today + timedelta(days=notice_days), membership.starts_on)
    if membership.is_open:
        return notice_over
    paid_until = _end_of(membership)
    term = membership.terms
    while membership.renews and paid_until < notice_over:
        term += 1
        paid_until = membership.find_term(term).last
    return paid_until


def cancel(
    membership: Membership, *, today: date, notice_days: int, last_day: date | None = None
) -> Membership:
    """Give notice. `last_day` is what was agreed in place of the rule of `find_last_day`."""
    check_possible(membership, MembershipMove.CANCEL, today)
    latest = date.max if membership.renews or membership.is_open else _end_of(membership)
    last = last_day or find_last_day(membership, today=today, notice_days=notice_days)
    earliest = max(today, membership.starts_on)
    if not earliest <= last <= latest:
        raise EndOutsideTerm(
            t(
                "The last day must lie between {earliest} and {latest}.",
                earliest=earliest,
                latest=t("any later day") if latest == date.max else latest,
            )
        )
    # Rest behind the end would make paid days out of nothing.
    freezes = (Span(one.start, min(one.end, last + DAY)) for one in membership.freezes)
    return replace(
        membership,
        last_day=last,
        cancelled_on=today,
        freezes=tuple(one for one in freezes if one.days > 0),
    )


def withdraw(membership: Membership, *, today: date) -> Membership:
    """Take the notice back, while the last day is not over."""
    check_possible(membership, MembershipMove.WITHDRAW, today)
    return replace(membership, last_day=None, cancelled_on=None)


@dataclass(frozen=True)
class PlanChange:
    """The old membership, ended the day before, and the credit for what of it was not used."""

    ended: Membership
    credit: int
    """Minor units."""


def change_plan(
    membership: Membership, prices: Sequence[int], *, begins: date, today: date
) -> PlanChange:
    """End it the day before another plan `begins`. `prices` are those of its terms, in order.

    The unused part of the term is worth its days' share, and terms paid ahead are worth all of
    their price. Days are those of the term, so a freeze does not change what one is worth.
    """
    check_possible(membership, MembershipMove.CHANGE_PLAN, today)
    membership = membership.with_stated_days()
    earliest = max(today, membership.starts_on + DAY)
    latest = membership.paid_until + DAY if membership.paid_until else date.max
    if not earliest <= begins <= latest:
        raise OutsideTerm(
            t(
                "The other plan begins between {earliest} and {latest}.",
                earliest=earliest,
                latest=t("any later day") if latest == date.max else latest,
            )
        )
    last_day = begins - DAY
    freezes = (Span(one.start, min(one.end, begins)) for one in membership.freezes)
    ended = replace(
        membership, last_day=last_day, freezes=tuple(one for one in freezes if one.days > 0)
    )
    return PlanChange(ended, find_credit(membership, prices, begins))
