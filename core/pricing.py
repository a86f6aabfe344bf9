"""What a plan costs whoever joins now: its price, the rule that lowers it, and a promotion.

All in minor units. A price is worked out exactly and rounded at the end; each line is the
difference of two rounded prices, so that lines always sum to the total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.money import to_minor


@dataclass(frozen=True)
class PriceChange:
    """From its first day on a plan has this price, in major units."""

    starts_on: date
    price: Decimal


@dataclass(frozen=True)
class Joining:
    """Who joins, and when: `at` is the moment of agreeing by the gym's clock, `age` on that day,
    None where the birth date is not known."""

    at: datetime
    age: int | None


@dataclass(frozen=True)
class PriceRule:
    """A lower price for some: a percentage off, or a price of its own. A condition that is None
    holds for everybody; of hours the end is not included, and they may go past midnight."""

    name: str
    percent_off: Decimal | None = None
    price: Decimal | None = None
    first_day: date | None = None
    last_day: date | None = None
    weekdays: frozenset[int] | None = None
    from_minute: int | None = None
    to_minute: int | None = None
    min_age: int | None = None
    max_age: int | None = None

    def is_for(self, joining: Joining) -> bool:
        day = joining.at.date()
        return (
            (self.first_day is None or day >= self.first_day)
            and (self.last_day is None or day <= self.last_day)
            and (self.weekdays is None or day.weekday() in self.weekdays)
            and self._is_at(joining.at.hour * 60 + joining.at.minute)
            and self._is_of_age(joining.age)
        )

    def _is_at(self, minute: int) -> bool:
        begin, end = self.from_minute, self.to_minute
        if begin is None or end is None:
            return True
        return begin <= minute < end if begin < end else minute >= begin or minute < end

    def _is_of_age(self, age: int | None) -> bool:
        if self.min_age is None and self.max_age is None:
            return True
        return age is not None and (self.min_age or 0) <= age <= (
            age if self.max_age is None else self.max_age
        )


@dataclass(frozen=True)
class Promotion:
    """What a code takes off the first term: a percentage, an amount, or its first days."""

    code: str
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    free_days: int | None = None


class LineKind(StrEnum):
    PLAN = "plan"
    RULE = "rule"
    PROMOTION = "promotion"


@dataclass(frozen=True)
class Line:
    """`amount` is negative where it takes something off."""

    kind: LineKind
    name: str
    amount: int


@dataclass(frozen=True)
class Quote:
    """`price` is that of every term, `total` that of the first one."""

    lines: tuple[Line, ...]
    price: int
    total: int


def find_price(changes: Iterable[PriceChange], day: date, *, otherwise: Decimal) -> Decimal:
    """The price of a plan on a day. Before the first that is known, the first."""
    in_order = sorted(changes, key=lambda change: change.starts_on)
    begun = [change for change in in_order if change.starts_on <= day]
    if begun:
        return begun[-1].price
    return in_order[0].price if in_order else otherwise


def quote(
    plan: str,
    price: Decimal,
    currency: str,
    *,
    joining: Joining,
    rules: Sequence[PriceRule] = (),
    promotion: Promotion | None = None,
    term_days: int,
) -> Quote:
    """At most one rule counts, the one that is best for who joins; none makes it dearer. The
    promotion is taken off what is left, and never more than that."""
    full = Fraction(to_minor(price, currency))
    lowered = [(_apply_rule(full, rule, currency), rule) for rule in rules if rule.is_for(joining)]
    agreed, rule = min(lowered, key=lambda one: one[0], default=(full, None))
    lines = [Line(LineKind.PLAN, plan, _round(full))]
    if rule is not None and agreed < full:
        lines.append(Line(LineKind.RULE, rule.name, _round(agreed) - _round(full)))
    else:
        agreed = full
    total = agreed
    if promotion is not None:
        total = _apply_promotion(agreed, promotion, currency, term_days)
        lines.append(Line(LineKind.PROMOTION, promotion.code, _round(total) - _round(agreed)))
    return Quote(tuple(lines), _round(agreed), _round(total))


def _apply_rule(price: Fraction, rule: PriceRule, currency: str) -> Fraction:
    if rule.price is not None:
        return Fraction(to_minor(rule.price, currency))
    return _take_percent(price, rule.percent_off)


def _apply_promotion(
    price: Fraction, promotion: Promotion, currency: str, term_days: int
) -> Fraction:
    if promotion.amount_off is not None:
        return max(price - to_minor(promotion.amount_off, currency), Fraction(0))
    if promotion.free_days is not None:
        return price * max(term_days - promotion.free_days, 0) / term_days
    return _take_percent(price, promotion.percent_off)


def _take_percent(price: Fraction, percent: Decimal | None) -> Fraction:
    return price * (100 - Fraction(percent or 0)) / 100


def _round(amount: Fraction) -> int:
    """Halves go up, as in `core.money`."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
