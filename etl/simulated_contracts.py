"""Contracts of simulated members: memberships, freezes, and the money that is collected."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from etl.behaviour import HALF_YEAR, Ending, MemberDraws
from etl.demo_gyms import GymProfile
from etl.hashed_random import Bools, Draw, Floats, Ints, choose, draw, draw_normal

NOTICE_DAYS = 30
RETRIES = (0, 3, 7, 14)
"""Days after the due day on which the payment is attempted, until it succeeds."""

FAILURE_REASONS = ("Insufficient funds", "Card declined", "Card expired", "Account closed")
LEAVING_REASONS = ("No time", "Too expensive", "Not using it", "Injury", "Changed gym", None)
_MONTH_STARTS: list[int] = (
    np.arange("1970-01", "2120-01", dtype="datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int64)
    .tolist()
)


def add_months(day: int, months: int) -> int:
    """The same day of a later month; of days after the 28th, the 28th."""
    if months == 0:
        return day
    month = bisect_right(_MONTH_STARTS, day) - 1
    in_month = day - _MONTH_STARTS[month]
    return _MONTH_STARTS[month + months] + min(in_month, 27)


@dataclass(frozen=True)
class Contract:
    """A membership as it will be in the end. `state_on` returns what is known of it on a day."""

    member: int
    plan: int
    starts_on: int
    ends_on: int
    known_on: int
    is_open_ended: bool
    yearly_price: int
    cancelled_on: int | None = None
    cancel_reason: str | None = None

    def state_on(self, day: int) -> tuple[int | None, int | None, str | None]:
        """Last day, day of cancelling and reason, as the gym knows them on `day`."""
        is_cancelled = self.cancelled_on is not None and self.cancelled_on <= day
        ends_on = self.ends_on if is_cancelled or not self.is_open_ended else None
        if not is_cancelled:
            return ends_on, None, None
        return ends_on, self.cancelled_on, self.cancel_reason


@dataclass(frozen=True)
class Freeze:
    member: int
    contract: Contract
    starts_on: int
    ends_on: int


@dataclass(frozen=True)
class Due:
    """Money due, and the day on which it came or None; attempts follow `RETRIES`."""

    member: int
    contract: Contract
    due_on: int
    amount: int
    paid_on: int | None
    minute: int
    """Of the day, when the attempts are made; before the desk opens."""
    failure_reason: str

    def state_on(self, day: int) -> tuple[str, int]:
        """State and day of the last attempt made up to `day`, which is at least `due_on`."""
        if self.paid_on is not None and self.paid_on <= day:
            return "paid", self.paid_on
        return "failed", max(self.due_on + wait for wait in RETRIES if self.due_on + wait <= day)


def settle_endings(profile: GymProfile, drawn: MemberDraws) -> tuple[MemberDraws, Ints, Ints, Ints]:
    """Give members their contracts: plan, last day of the last contract, day of cancelling (-1:
    none).

    Who has a fixed term usually drifts away towards its end; who may leave any month pays on for a
    while after the last visit.
    """
    plan = choose(draw(drawn.keys, Draw.PLAN), [offer.share for offer in profile.plans])
    delays = np.exp(0.75 * draw_normal(drawn.keys, Draw.DELAY))
    chance = draw(drawn.keys, Draw.CANCEL)
    engaged, stops = drawn.engaged_until.copy(), drawn.stops_on.copy()
    leaves, cancelled = np.zeros_like(engaged), np.full_like(engaged, -1)
    for position in range(len(plan)):
        offer = profile.plans[int(plan[position])]
        ending = Ending(int(drawn.ending[position]))
        join_day, until = int(drawn.join_days[position]), int(engaged[position])
        delay = float(delays[position])
        if offer.is_open_ended:
            waits = min(240, max(6, int(24 * delay)))
            if ending == Ending.MOVES:
                cancel_day = until
            elif ending == Ending.NEVER_STARTS:
                cancel_day = join_day + 20 + waits
            else:
                cancel_day = int(stops[position]) + waits
            leave_day = cancel_day + NOTICE_DAYS
            if ending == Ending.MOVES:
                stops[position] = leave_day
                engaged[position] = leave_day
            cancelled[position] = cancel_day
        else:
            starts, leave_day = _find_term(join_day, until, offer.duration_months)
            fade = int(drawn.fade_days[position])
            if ending == Ending.MOVES:
                engaged[position] = stops[position] = leave_day
                cancelled[position] = max(starts, leave_day - 5 - int(40 * chance[position]))
            elif ending != Ending.NEVER_STARTS:
                lead = min(150, max(8, int(30 * delay)))
                engaged[position] = max(until, leave_day - lead - fade)
                stops[position] = min(int(engaged[position]) + fade, leave_day)
            if ending != Ending.MOVES and chance[position] < 0.55:
                since = max(starts, min(int(stops[position]) + 5, leave_day))
                part = chance[position] / 0.55
                cancelled[position] = since + int((leave_day - since) * part)
        leaves[position] = leave_day
    settled = replace(drawn, engaged_until=engaged, stops_on=stops)
    return settled, plan, leaves, cancelled


def _find_term(join_day: int, day: int, months: int) -> tuple[int, int]:
    """First and last day of the term that contains `day`."""
    guess = max(0, (day - join_day) // (31 * months))
    for number in count(guess):
        following = add_months(join_day, (number + 1) * months)
        if day < following:
            return add_months(join_day, number * months), following - 1
    raise AssertionError("terms follow each other for ever")


def draw_contracts(
    profile: GymProfile, drawn: MemberDraws, plan: Ints, leaves: Ints, cancelled: Ints, limit: int
) -> list[Contract]:
    """Every membership known by day `limit`, by member and start."""
    has_discount = draw(drawn.keys, Draw.PRICE) < 0.1
    reasons = choose(draw(drawn.keys, Draw.REASON), [1.0] * len(LEAVING_REASONS))
    longest = max(0, limit - int(drawn.join_days.min(initial=limit)))
    # No term is shorter than a month, and a renewal is known at most 51 days ahead.
    numbers = np.arange(longest // 28 + 3)
    renewals = draw(drawn.keys[:, None], Draw.RENEWAL, numbers).tolist()
    contracts = []
    for position in range(len(plan)):
        offer = profile.plans[int(plan[position])]
        cancel_day = int(cancelled[position])
        reason = LEAVING_REASONS[int(reasons[position])]
        ending = drawn.ending[position]
        last = Contract(
            member=position,
            plan=int(plan[position]),
            starts_on=int(drawn.join_days[position]),
            ends_on=int(leaves[position]),
            known_on=int(drawn.join_days[position]),
            is_open_ended=offer.is_open_ended,
            yearly_price=offer.yearly_price(profile.currency)
            * (9 if has_discount[position] else 10)
            // 10,
            cancelled_on=cancel_day if cancel_day >= 0 else None,
            cancel_reason="Moving away" if ending == Ending.MOVES else reason,
        )
        if offer.is_open_ended:
            contracts.append(last)
        else:
            contracts += _split_terms(last, offer.duration_months, renewals[position], limit)
    return contracts


def _split_terms(whole: Contract, months: int, chances: list[float], limit: int) -> list[Contract]:
    """Term after term up to the last one; a renewal is known some days before it begins."""
    terms: list[Contract] = []
    for number, chance in enumerate(chances):
        starts = add_months(whole.starts_on, number * months)
        ends = add_months(whole.starts_on, (number + 1) * months) - 1
        lead = 1 + int(80 * chance) if chance < 0.25 else 31 + int(20 * chance)
        known = starts if number == 0 else starts - lead
        if known > limit or starts > whole.ends_on:
            break
        is_last = ends >= whole.ends_on
        terms.append(
            replace(
                whole,
                starts_on=starts,
                ends_on=ends,
                known_on=known,
                cancelled_on=whole.cancelled_on if is_last else None,
                cancel_reason=whole.cancel_reason if is_last else None,
            )
        )
    return terms


def draw_freezes(
    drawn: MemberDraws, contracts: list[Contract], start: int, limit: int
) -> list[Freeze]:
    """Freezes that members asked for, while their habit was unchanged; known on their first day."""
    by_member: dict[int, list[Contract]] = {}
    for contract in contracts:
        by_member.setdefault(contract.member, []).append(contract)
    freezes = []
    for half in range(start // HALF_YEAR, limit // HALF_YEAR + 1):
        asks = draw(drawn.keys, Draw.FREEZE, half) < 0.045
        days = half * HALF_YEAR + (draw(drawn.keys, Draw.FREEZE_DAY, half) * 90).astype(np.int64)
        lengths = choose(draw(drawn.keys, Draw.FREEZE_LENGTH, half), [3, 2, 1])
        for position in np.nonzero(asks)[0].tolist():
            begins = int(days[position])
            ends = begins + (30, 60, 90)[int(lengths[position])] - 1
            joined = int(drawn.join_days[position])
            if not max(start, joined + 30) <= begins <= limit:
                continue
            if ends > drawn.engaged_until[position]:
                continue
            for contract in by_member[position]:
                if contract.starts_on <= begins <= contract.ends_on - 14:
                    ends = min(ends, contract.ends_on)
                    freezes.append(Freeze(position, contract, begins, ends))
    return freezes


def list_rests(freezes: list[Freeze], members: int) -> list[tuple[Ints, Ints]]:
    """Freezes as pairs of arrays, one interval per member in each pair."""
    rests: list[tuple[Ints, Ints]] = []
    seen: dict[int, int] = {}
    for freeze in freezes:
        layer = seen.get(freeze.member, 0)
        seen[freeze.member] = layer + 1
        if layer == len(rests):
            rests.append((np.full(members, 2**40), np.full(members, -1)))
        rests[layer][0][freeze.member] = freeze.starts_on
        rests[layer][1][freeze.member] = freeze.ends_on
    return rests


def draw_dues(
    profile: GymProfile,
    drawn: MemberDraws,
    contracts: list[Contract],
    freezes: list[Freeze],
    start: int,
    limit: int,
) -> list[Due]:
    """Every payment due from `start` to `limit`. A frozen member owes nothing."""
    rested: dict[int, list[Freeze]] = {}
    for freeze in freezes:
        rested.setdefault(freeze.member, []).append(freeze)
    owed: list[tuple[Contract, int]] = []
    for contract in contracts:
        step = profile.plans[contract.plan].billing_months
        until = min(limit, contract.ends_on)
        for number in count():
            day = add_months(contract.starts_on, number * step)
            if day > until:
                break
            if day >= start and not any(
                freeze.starts_on <= day <= freeze.ends_on
                for freeze in rested.get(contract.member, ())
            ):
                owed.append((contract, day))
    member = np.array([contract.member for contract, _ in owed], dtype=np.int64)
    days = np.array([due_on for _, due_on in owed], dtype=np.int64)
    first = np.array([due_on == contract.known_on for contract, due_on in owed], dtype=bool)
    failures = _count_failures(drawn, member, days, first)
    keys = drawn.keys[member]
    minutes = (360 + 110 * draw(keys, Draw.PAYMENT_TIME, 2 * days)).astype(np.int64)
    reasons = choose(draw(keys, Draw.PAYMENT_TIME, 2 * days + 1), [0.4, 0.3, 0.22, 0.08])
    return [
        Due(
            member=contract.member,
            contract=contract,
            due_on=due_on,
            amount=contract.yearly_price * profile.plans[contract.plan].billing_months // 12,
            paid_on=due_on + RETRIES[failed] if failed < len(RETRIES) else None,
            minute=minute,
            failure_reason=FAILURE_REASONS[reason],
        )
        for (contract, due_on), failed, minute, reason in zip(
            owed, failures.tolist(), minutes.tolist(), reasons.tolist(), strict=True
        )
    ]


def _count_failures(drawn: MemberDraws, member: Ints, day: Ints, is_first: Bools) -> Ints:
    """Failed attempts before the money came; as many as there are retries when it never did."""
    keys = drawn.keys[member]
    wavers = day > drawn.engaged_until[member]
    chance: Floats = np.where(wavers, 0.24, np.where(is_first, 0.004, 0.024))
    failing = draw(keys, Draw.PAYMENT, 4 * day) < chance
    failures = failing.astype(np.int64)
    for attempt in range(1, len(RETRIES)):
        stays = np.where(wavers, 0.9, 0.5)
        failing &= draw(keys, Draw.PAYMENT, 4 * day + attempt) < stays
        failures += failing
    return failures
