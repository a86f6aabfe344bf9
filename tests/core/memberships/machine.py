"""A membership that lives through anything, beside a model that knows none of the arithmetic: it
eats one paid day on each day that is not frozen.

The generators are shaped: most moves are about today, and a membership that is over is followed by
another one, or most steps would be spent where nothing is possible.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.memberships import moves
from core.memberships.facts import DAY, Membership, MembershipState, Span

LIMITS = moves.FreezeLimits(shortest=1, days_a_year=60, times_a_year=6)
OVER = (MembershipState.CANCELLED, MembershipState.EXPIRED)
STARTS = st.dates(date(2027, 1, 1), date(2028, 12, 31)) | st.sampled_from(
    [date(2027, 1, 31), date(2028, 2, 29), date(2027, 3, 28), date(2027, 10, 31)]
)
TERMS = st.sampled_from([("months", 1), ("months", 1), ("months", 3), ("months", 12), ("days", 10)])
TAKEN: Counter[str] = Counter()
"""How often each move was made and refused, in all runs since it was cleared."""


def eat(membership: Membership) -> date:
    """The last paid day, by eating one paid day per day that is not frozen."""
    if membership.months is not None:
        months = membership.terms * membership.months
        year, month = divmod(membership.starts_on.month - 1 + months, 12)
        day = membership.starts_on.day
        while True:
            try:
                end = date(membership.starts_on.year + year, month + 1, day)
            except ValueError:
                day -= 1
            else:
                break
        left = (end - membership.starts_on).days
    else:
        left = membership.terms * (membership.days or 0)
    frozen = {
        freeze.start + timedelta(days=number)
        for freeze in membership.freezes
        for number in range(freeze.days)
    }
    day = last = membership.starts_on
    while left:
        if day not in frozen:
            left -= 1
            last = day
        day += DAY
    return last


def is_running(machine: "MembershipMachine") -> bool:
    return machine.membership.find_state(machine.today) not in OVER


class MembershipMachine(RuleBasedStateMachine):
    """One member's memberships, one after the other."""

    membership: Membership
    today: date

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: dict[str, object] = {}

    @initialize(start=STARTS, term=TERMS, lead=st.sampled_from([0, 0, 2]), renews=st.booleans())
    def begin(self, start: date, term: tuple[str, int], lead: int, renews: bool) -> None:
        self.today = start - timedelta(days=lead)
        self.assign_from(start, term, renews)

    def assign_from(self, start: date, term: tuple[str, int], renews: bool) -> None:
        months, days = (term[1], None) if term[0] == "months" else (None, term[1])
        self.membership = Membership(start, months=months, days=days, terms=1, renews=renews)
        self.past: dict[date, MembershipState] = {}
        self.price = 999 + start.toordinal() % 7

    @precondition(lambda self: not is_running(self))
    @rule(term=TERMS, renews=st.booleans())
    def assign(self, term: tuple[str, int], renews: bool) -> None:
        TAKEN["assign"] += 1
        self.assign_from(self.today, term, renews)

    def attempt(self, name: str, move: Callable[[], Membership]) -> bool:
        before = self.membership
        try:
            self.membership = move()
        except moves.Refused:
            assert self.membership == before
            TAKEN[f"{name} refused"] += 1
            return False
        TAKEN[name] += 1
        return True

    @rule(days=st.sampled_from([1, 1, 2, 5, 13, 28]), late=st.sampled_from([0, 0, 1, 3]))
    def time_passes(self, days: int, late: int) -> None:
        """The job that renews is away for some of the days; what it missed is made up."""
        TAKEN["time passes"] += 1
        for number in range(days):
            self.past[self.today] = self.membership.find_state(self.today)
            self.today += DAY
            if number < days - late:
                self.membership = self.membership.with_due_terms(self.today)
        self.membership = self.membership.with_due_terms(self.today)
        assert self.membership.with_due_terms(self.today) == self.membership

    @precondition(lambda self: is_running(self))
    @rule(
        ahead=st.sampled_from([0, 0, 0, 1, 4, 20, -1]),
        days=st.sampled_from([1, 1, 3, 3, 7, 14, 30, 0, -3]),
    )
    def freeze(self, ahead: int, days: int) -> None:
        start = self.today + timedelta(days=ahead)
        span, old = Span(start, start + timedelta(days=days)), self.membership
        if self.attempt("freeze", lambda: moves.freeze(old, span, today=self.today, limits=LIMITS)):
            assert span.start >= self.today
            assert days > 0
            if old.paid_until is not None and span.start <= old.paid_until:
                assert self.membership.paid_until == old.paid_until + timedelta(days=days)
            back = moves.unfreeze(self.membership, today=self.today, start=span.start)
            assert back == old

    @precondition(lambda self: is_running(self) and self.membership.freezes)
    @rule()
    def unfreeze(self) -> None:
        old = self.membership
        is_possible = moves.MembershipMove.UNFREEZE in moves.list_possible_moves(old, self.today)
        was_frozen = is_possible and old.is_frozen(self.today)
        if self.attempt("unfreeze", lambda: moves.unfreeze(old, today=self.today)):
            assert was_frozen
            assert not self.membership.is_frozen(self.today)
            assert self.membership.count_used(self.today) == old.count_used(self.today)
        else:
            assert not was_frozen

    @precondition(lambda self: is_running(self))
    @rule(ahead=st.sampled_from([0, 0, 1, 2]))
    def renew(self, ahead: int) -> None:
        old, term = self.membership, self.membership.terms + ahead
        if self.attempt("renew", lambda: moves.renew(old, term=term, today=self.today)):
            assert self.membership.terms - old.terms == (1 if ahead == 1 else 0)
            again = moves.renew(self.membership, term=term, today=self.today)
            assert again == self.membership

    @precondition(lambda self: is_running(self))
    @rule(notice=st.sampled_from([0, 14, 30]), agreed=st.sampled_from([None, None, 0, 3, 40]))
    def cancel(self, notice: int, agreed: int | None) -> None:
        old = self.membership
        last = None if agreed is None else self.today + timedelta(days=agreed)
        if self.attempt(
            "cancel",
            lambda: moves.cancel(old, today=self.today, notice_days=notice, last_day=last),
        ):
            last_day, paid_until = self.membership.last_day, old.paid_until
            assert last_day is not None
            assert paid_until is not None
            assert last_day >= self.today
            assert last_day <= paid_until or old.renews
            if agreed is None:
                assert last_day >= paid_until
                assert last_day >= self.today + timedelta(days=notice) or not old.renews
            self.attempt(
                "cancel", lambda: moves.cancel(self.membership, today=self.today, notice_days=0)
            )
            assert self.membership.last_day == last_day

    @precondition(lambda self: is_running(self) and self.membership.last_day)
    @rule()
    def withdraw(self) -> None:
        self.attempt("withdraw", lambda: moves.withdraw(self.membership, today=self.today))

    @precondition(lambda self: is_running(self))
    @rule(term=TERMS, ahead=st.sampled_from([0, 0, 3]), renews=st.booleans())
    def change_plan(self, term: tuple[str, int], ahead: int, renews: bool) -> None:
        old, begins = self.membership, self.today + timedelta(days=ahead)
        ended: list[moves.PlanChange] = []

        def move() -> Membership:
            terms = [self.price] * old.terms
            ended.append(moves.change_plan(old, terms, begins=begins, today=self.today))
            return old

        if not self.attempt("change plan", move):
            return
        [change] = ended
        assert change.ended.ends_on is not None
        assert change.ended.ends_on < begins
        self.check_credit(old, change.credit, begins)
        self.today = begins
        self.assign_from(begins, term, renews)

    def check_credit(self, old: Membership, credit: int, begins: date) -> None:
        """What was used is worth its share of each term, to half of the smallest coin."""
        used, worth = old.count_used(begins), 0.0
        for term in range(1, old.terms + 1):
            first, end = old.count_paid_days(term - 1), old.count_paid_days(term)
            worth += self.price * min(max(used - first, 0), end - first) / (end - first)
        assert 0 <= credit <= self.price * old.terms
        assert abs(self.price * old.terms - credit - worth) <= 0.5 + 1e-9

    @invariant()
    def paid_days_are_neither_lost_nor_won(self) -> None:
        if not self.is_new("days"):
            return
        last = eat(self.membership)
        assert last == self.membership.paid_until
        paid = self.membership.count_paid_days(self.membership.terms)
        assert self.membership.count_used(last + DAY) == paid
        assert self.membership.find_day(paid - 1) == last

    def is_new(self, what: str) -> bool:
        """Whether this has not been looked at yet on this day, or of this membership."""
        state = getattr(self, "membership", None), getattr(self, "today", None)
        if state[0] is None or self.looked_at.get(what) == state:
            return False
        self.looked_at[what] = state
        return True

    @invariant()
    def days_gone_by_do_not_change(self) -> None:
        """The first, the last, and one between."""
        if not self.is_new("past") or not self.past:
            return
        days = list(self.past)
        for day in {days[0], days[len(days) * 2 // 3], days[-1]}:
            before, now = self.past[day], self.membership.find_state(day)
            assert (now is MembershipState.FROZEN) == (before is MembershipState.FROZEN)
            if before in (MembershipState.ACTIVE, MembershipState.ENDING):
                assert now in (MembershipState.ACTIVE, MembershipState.ENDING)

    @invariant()
    def freezes_are_in_order_and_share_no_day(self) -> None:
        if self.is_new("freezes"):
            freezes = self.membership.freezes
            assert all(freeze.days > 0 for freeze in freezes)
            assert all(one.end <= following.start for one, following in pairwise(freezes))

    @invariant()
    def what_is_possible_is_done_and_nothing_else(self) -> None:
        if not self.is_new("moves"):
            return
        possible = moves.list_possible_moves(self.membership, self.today)
        tried: dict[moves.MembershipMove, Callable[[], object]] = {
            moves.MembershipMove.WITHDRAW: lambda: moves.withdraw(
                self.membership, today=self.today
            ),
            moves.MembershipMove.CANCEL: lambda: moves.cancel(
                self.membership, today=self.today, notice_days=0
            ),
            moves.MembershipMove.RENEW: lambda: moves.renew(
                self.membership, term=self.membership.terms, today=self.today
            ),
        }
        for move, do in tried.items():
            try:
                do()
            except moves.NotPossible:
                assert move not in possible
            else:
                assert move in possible


def run(runs: int, steps: int, *, shrinks: bool = True) -> None:
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    run_state_machine_as_test(
        MembershipMachine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
