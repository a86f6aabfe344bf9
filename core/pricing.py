"""What a plan costs on a day, and what whoever joins then pays for it.

Amounts of a quote are minor units. Each step is rounded, halves up as in `core.money`, and the next
one starts from what was rounded: so the steps of a quote add up to its price.
"""

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
    """A percentage off, or else an amount off; never more than there is."""

    percent_off: int | None = None
    amount_off: int | None = None

    def apply(self, price: int) -> int:
        if self.percent_off is not None:
            return prorate(price, 100 - self.percent_off, 100)[0]
        return max(price - (self.amount_off or 0), 0)


@dataclass(frozen=True)
class Promotion:
    """What a code takes off the first terms."""

    code: str
    discount: Discount
    terms: int = 1


class StepKind(StrEnum):
    PLAN = "plan"
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
    """How many terms cost what the first one does; 0: all of them."""

    @property
    def price(self) -> int:
        return sum(step.amount for step in self.steps)


def quote(plan: str, price: int, promotion: Promotion | None = None) -> Quote:
    """The plan's price, and what a promotion takes off it for its first terms."""
    steps = (Step(StepKind.PLAN, plan, price),)
    if promotion is None:
        return Quote(steps, price)
    off = promotion.discount.apply(price) - price
    step = Step(StepKind.PROMOTION, promotion.code, off)
    return Quote((*steps, step), price, promotion.terms)
