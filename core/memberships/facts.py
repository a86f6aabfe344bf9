"""A membership as facts and days: what is stored of it, and all that follows from that.

Paid days are one calendar, the days on the wall another; a freeze stretches the map from one to the
other. So nothing is ever added to an end: it follows, and no paid day can be lost or won.
"""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class MembershipState(StrEnum):
    """What a membership is on a day. It is never stored: time alone changes it."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    ENDING = "ending"
    FROZEN = "frozen"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, order=True)
class Span:
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        return self.end - DAY

    def shares_days(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def days_within(self, start: date, end: date) -> int:
        return max(0, (min(self.end, end) - max(self.start, start)).days)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one: from 31 January to 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Membership:
    """The facts of one membership; days are the gym's local days.

    It is one of three: `terms` terms of `months` or of `days` are paid; or an end was only stated,
    as in a file (`stated_end`); or it is open and nothing says until when it is paid.
    """

    starts_on: date
    months: int | None = None
    days: int | None = None
    terms: int = 0
    stated_end: date | None = None
    renews: bool = False
    """Another term follows the last one by itself, until there is a last day."""
    freezes: tuple[Span, ...] = ()
    """In order; no two share a day."""
    last_day: date | None = None
    """By a notice, or because another plan follows."""
    cancelled_on: date | None = None

    @property
    def has_terms(self) -> bool:
        return self.months is not None or self.days is not None

    @property
    def is_open(self) -> bool:
        return not self.has_terms and self.stated_end is None

    def count_paid_days(self, terms: int) -> int:
        """Days that so many terms pay for, always counted from the first day: adding month after
        month would come from 31 January to the 28th and stay there."""
        if self.months is not None:
            return (add_months(self.starts_on, terms * self.months) - self.starts_on).days
        return terms * (self.days or 0)

    def count_used(self, day: date) -> int:
        """Days used up before `day`: all since the first, less the frozen ones."""
        frozen = sum(freeze.days_within(self.starts_on, day) for freeze in self.freezes)
        return max(0, (day - self.starts_on).days - frozen)

    def find_day(self, number: int) -> date:
        """The day on which paid day `number` is used; the first has number 0."""
        day = self.starts_on + timedelta(days=number)
        for freeze in self.freezes:
            if freeze.start > day:
                break
            day += timedelta(days=freeze.days_within(self.starts_on, freeze.end))
        return day

    def find_term(self, term: int) -> Span:
        """The days of term number `term`, counted from 1, with the frozen ones inside."""
        first, end = self.count_paid_days(term - 1), self.count_paid_days(term)
        return Span(self.find_day(first), self.find_day(end - 1) + DAY)

    def find_next_term(self, day: date) -> int:
        """The number of the first term, after those that are paid, that begins on `day` or later.
        Only of a membership with terms."""
        term = self.terms + 1
        while self.find_term(term).start < day:
            term += 1
        return term

    @property
    def paid_until(self) -> date | None:
        """The last day that is paid for, or stated; none of an open membership."""
        if not self.has_terms:
            return self.stated_end
        return self.find_day(self.count_paid_days(self.terms) - 1)

    @property
    def ends_on(self) -> date | None:
        """The last day; none while it goes on until somebody ends it."""
        if self.renews or self.is_open:
            return self.last_day
        ends = [day for day in (self.paid_until, self.last_day) if day is not None]
        return min(ends)

    def is_frozen(self, day: date) -> bool:
        return any(freeze.start <= day < freeze.end for freeze in self.freezes)

    def find_state(self, day: date) -> MembershipState:
        ends_on = self.ends_on
        if day < self.starts_on:
            return MembershipState.SCHEDULED
        if ends_on is not None and day > ends_on:
            return MembershipState.CANCELLED if self.cancelled_on else MembershipState.EXPIRED
        if self.is_frozen(day):
            return MembershipState.FROZEN
        return MembershipState.ACTIVE if self.last_day is None else MembershipState.ENDING

    def with_stated_days(self) -> "Membership":
        """The same with its stated days as one term, so that a freeze can stretch them."""
        if self.stated_end is None:
            return self
        days = self.count_used(self.stated_end + DAY)
        return replace(self, stated_end=None, days=max(days, 1), terms=1)

    def with_due_terms(self, day: date) -> "Membership":
        """With every term that has come due by `day`: its first day is there, and it begins before
        the last one. However long nobody asked, each term is there once."""
        membership = self
        while membership.renews and membership.has_terms:
            begins = membership.find_term(membership.terms + 1).start
            if begins > day or (membership.last_day is not None and begins > membership.last_day):
                break
            membership = replace(membership, terms=membership.terms + 1)
        return membership
