"""What a plan costs on a day, as its prices change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
