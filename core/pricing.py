"""What a plan costs on a day, and what whoever joins then pays for it.

Amounts of a quote are minor units. Each step is rounded, halves up as in `core.money`, and the next
one starts from what was rounded: so the steps of a quote add up to its price.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.memberships.prices import prorate


@dataclass(frozen=True)
class PriceChange:
    """From its first day on a plan has this price, in major units."""

    starts_on: date
    price: Decimal


def find_price(changes: Iterable[PriceChange], day: date, *, otherwise: Decimal) -> Decimal:
    """The price of a plan on a day. Before the first that is known, the first."""
    in_order = sorted(changes, key=lambda change: change.starts_on)
    begun = [change for change in in_order if change.starts_on <= day]
    if begun:
        return begun[-1].price
    return in_order[0].price if in_order else otherwise


@dataclass(frozen=True)
class Discount:
    """A percentage off, or an amount off, or a price of its own; it makes nothing dearer."""

    percent_off: int | None = None
    amount_off: int | None = None
    price: int | None = None

    def apply(self, price: int) -> int:
        if self.price is not None:
            return min(price, self.price)
        if self.percent_off is not None:
            return prorate(price, 100 - self.percent_off, 100)[0]
        return max(price - (self.amount_off or 0), 0)


@dataclass(frozen=True)
class Joining:
    """The first day of a membership, and the member's age on it; None where it is not known."""

    starts_on: date
    age: int | None
    is_further: bool = False
    """Whether somebody else of their household pays for a membership of that day."""


@dataclass(frozen=True)
class Rule:
    """Some pay less. A condition that is None holds for everybody; the rest include their ends."""

    name: str
    discount: Discount
    joins_from: date | None = None
    joins_until: date | None = None
    min_age: int | None = None
    max_age: int | None = None
    further_only: bool = False
    """For the second and further ones of a household."""
    combines: bool = False
    """Whether a promotion lowers its price further."""

    def is_for(self, joining: Joining) -> bool:
        day, age = joining.starts_on, joining.age
        return (
            (self.joins_from is None or self.joins_from <= day)
            and (self.joins_until is None or day <= self.joins_until)
            and (self.min_age is None or (age is not None and self.min_age <= age))
            and (self.max_age is None or (age is not None and age <= self.max_age))
            and (joining.is_further or not self.further_only)
        )


@dataclass(frozen=True)
class Promotion:
    """What a code takes off the first terms."""

    code: str
    discount: Discount
    terms: int = 1


class StepKind(StrEnum):
    PLAN = "plan"
    RULE = "rule"
    PROMOTION = "promotion"


@dataclass(frozen=True)
class Step:
    """`amount` is negative where something is taken off."""

    kind: StepKind
    name: str
    amount: int


@dataclass(frozen=True)
class Quote:
    """What the terms of a new membership cost."""

    steps: tuple[Step, ...]
    """Of the first term; they add up to its price."""
    later_price: int
    """Of a term after the first ones."""
    first_terms: int = 0
    """How many terms the promotion makes cheaper; 0: it does not count."""

    @property
    def price(self) -> int:
        return sum(step.amount for step in self.steps)


def quote(
    plan: str,
    price: int,
    *,
    joining: Joining,
    rules: Iterable[Rule] = (),
    promotion: Promotion | None = None,
) -> Quote:
    """In this order: the plan's price; the best rule that is for who joins; the promotion.

    The promotion lowers the rule's price if the rule combines. Else it counts in the rule's place,
    and only where that is cheaper; after its terms the rule's price holds.
    """
    fitting = [(rule.discount.apply(price), rule) for rule in rules if rule.is_for(joining)]
    later, rule = min(fitting, key=lambda one: one[0], default=(price, None))
    steps = [Step(StepKind.PLAN, plan, price)]
    if rule is not None and later < price:
        steps.append(Step(StepKind.RULE, rule.name, later - price))
    if promotion is None:
        return Quote(tuple(steps), later)
    if rule is not None and later < price and not rule.combines:
        before, steps_before = price, steps[:1]
    else:
        before, steps_before = later, steps
    first = promotion.discount.apply(before)
    if first >= later:
        return Quote(tuple(steps), later)
    taken = Step(StepKind.PROMOTION, promotion.code, first - before)
    return Quote((*steps_before, taken), later, promotion.terms)


def age_on(birth_date: date, day: date) -> int:
    """In whole years. Who was born on 29 February is a year older on the 28th of other years, as
    `core.arrivals` says of birthdays."""
    years = day.year - birth_date.year
    birthday = min(birth_date.day, monthrange(day.year, birth_date.month)[1])
    return years - ((day.month, day.day) < (birth_date.month, birthday))
