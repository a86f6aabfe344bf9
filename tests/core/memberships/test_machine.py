"""Any order of moves keeps what was paid for, and each of eleven planted mistakes is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.memberships import moves, prices
from core.memberships.facts import Membership, Span, add_months
from core.translation import t
from tests.core.memberships import machine

MOVES = ("freeze", "unfreeze", "renew", "cancel", "withdraw", "change plan")


def live(runs: int) -> None:
    """So many lives of 50 steps. A move that is hardly ever made would have proved nothing."""
    machine.TAKEN.clear()
    machine.run(runs, 50)
    assert all(machine.TAKEN[move] >= 10 for move in MOVES), machine.TAKEN
    refused = ("freeze", "unfreeze", "renew", "cancel", "change plan")
    assert all(machine.TAKEN[f"{move} refused"] >= 10 for move in refused), machine.TAKEN


def test_d_ff_16_no_order_of_moves_loses_or_wins_a_paid_day() -> None:
    live(500)


@pytest.mark.long
def test_d_ff_16_nor_do_ten_times_as_many_lives() -> None:
    live(5_000)


# --- mistakes, one at a time

Plant = Callable[[pytest.MonkeyPatch], None]
REAL_FREEZE, REAL_CANCEL, REAL_CHANGE = moves.freeze, moves.cancel, moves.change_plan


def unfreezing_forgets_the_days_used(patch: pytest.MonkeyPatch) -> None:
    """What was planned comes back, and not only the rest."""

    def unfreeze(one: Membership, *, today: date, start: date | None = None) -> Membership:
        moves.check_possible(one, moves.MembershipMove.UNFREEZE, today)
        kept = tuple(span for span in one.freezes if not span.start <= (start or today) < span.end)
        if kept == one.freezes:
            raise moves.OutsideTerm(t("There is no such freeze."))
        return replace(one, freezes=kept)

    patch.setattr(moves, "unfreeze", unfreeze)


def the_end_is_the_day_after(patch: pytest.MonkeyPatch) -> None:
    found = property(lambda one: one.find_day(one.count_paid_days(one.terms)))
    patch.setattr(Membership, "paid_until", found)


def months_are_added_to_the_last_end(patch: pytest.MonkeyPatch) -> None:
    """From 31 January to 28 February, and from there to 28 March."""

    def count_paid_days(one: Membership, terms: int) -> int:
        if one.months is None:
            return terms * (one.days or 0)
        day = one.starts_on
        for _ in range(terms):
            day = add_months(day, one.months)
        return (day - one.starts_on).days

    patch.setattr(Membership, "count_paid_days", count_paid_days)


def renewing_twice_is_twice(patch: pytest.MonkeyPatch) -> None:
    def renew(one: Membership, *, term: int, today: date) -> Membership:
        moves.check_possible(one, moves.MembershipMove.RENEW, today)
        return replace(one, terms=one.terms + 1)

    patch.setattr(moves, "renew", renew)


def freezes_may_overlap(patch: pytest.MonkeyPatch) -> None:
    def freeze(
        one: Membership, span: Span, *, today: date, limits: moves.FreezeLimits
    ) -> Membership:
        alone = REAL_FREEZE(replace(one, freezes=()), span, today=today, limits=limits)
        return replace(one, freezes=tuple(sorted((*one.freezes, *alone.freezes))))

    patch.setattr(moves, "freeze", freeze)


def a_freeze_may_be_negative(patch: pytest.MonkeyPatch) -> None:
    def freeze(
        one: Membership, span: Span, *, today: date, limits: moves.FreezeLimits
    ) -> Membership:
        if span.days < 0:
            moves.check_possible(one, moves.MembershipMove.FREEZE, today)
            return replace(one, freezes=tuple(sorted((*one.freezes, span))))
        return REAL_FREEZE(one, span, today=today, limits=limits)

    patch.setattr(moves, "freeze", freeze)


def a_freeze_may_begin_in_the_past(patch: pytest.MonkeyPatch) -> None:
    def freeze(
        one: Membership, span: Span, *, today: date, limits: moves.FreezeLimits
    ) -> Membership:
        return REAL_FREEZE(one, span, today=today - timedelta(days=2), limits=limits)

    patch.setattr(moves, "freeze", freeze)


def both_parts_of_a_price_are_rounded(patch: pytest.MonkeyPatch) -> None:
    def prorate(price: int, used: int, total: int) -> tuple[int, int]:
        parts = [-(-price * days // total) for days in (used, total - used)]
        return parts[0], parts[1] + (1 if used else 0)

    patch.setattr(prices, "prorate", prorate)


def the_old_plan_ends_on_the_new_ones_first_day(patch: pytest.MonkeyPatch) -> None:
    def change_plan(one: Membership, terms: Any, *, begins: date, today: date) -> moves.PlanChange:
        change = REAL_CHANGE(one, terms, begins=begins, today=today)
        return replace(change, ended=replace(change.ended, last_day=begins))

    patch.setattr(moves, "change_plan", change_plan)


def a_notice_reaches_beyond_what_is_paid(patch: pytest.MonkeyPatch) -> None:
    def cancel(
        one: Membership, *, today: date, notice_days: int, last_day: date | None = None
    ) -> Membership:
        moves.check_possible(one, moves.MembershipMove.CANCEL, today)
        last = last_day or max(today + timedelta(days=notice_days), one.starts_on)
        return replace(one, last_day=last, cancelled_on=today)

    patch.setattr(moves, "cancel", cancel)


def a_freeze_behind_a_freeze_is_missed(patch: pytest.MonkeyPatch) -> None:
    """It is reached only because the one before pushes the day on."""

    def find_day(one: Membership, number: int) -> date:
        day = one.starts_on + timedelta(days=number)
        return day + timedelta(days=sum(span.days for span in one.freezes if span.start <= day))

    patch.setattr(Membership, "find_day", find_day)


MISTAKES: tuple[Plant, ...] = (
    unfreezing_forgets_the_days_used,
    the_end_is_the_day_after,
    months_are_added_to_the_last_end,
    renewing_twice_is_twice,
    freezes_may_overlap,
    a_freeze_may_be_negative,
    a_freeze_may_begin_in_the_past,
    both_parts_of_a_price_are_rounded,
    the_old_plan_ends_on_the_new_ones_first_day,
    a_notice_reaches_beyond_what_is_paid,
    a_freeze_behind_a_freeze_is_missed,
)


@pytest.mark.parametrize("plant", MISTAKES, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        machine.run(500, 50, shrinks=False)
