"""Who joins on a day pays the price of that day."""

from datetime import date
from decimal import Decimal

import pytest

from core.pricing import PriceChange, find_price


@pytest.mark.parametrize(
    ("day", "price"), [(1, 40), (9, 40), (10, 45), (19, 45), (20, 50), (30, 50)]
)
def test_who_joins_on_a_day_gets_the_price_of_that_day(day: int, price: int) -> None:
    changes = [
        PriceChange(date(2026, 12, starts_on), Decimal(amount))
        for starts_on, amount in ((20, 50), (5, 40), (10, 45))
    ]
    assert find_price(changes, date(2026, 12, day), otherwise=Decimal(1)) == price
    assert find_price([], date(2026, 12, day), otherwise=Decimal(1)) == 1
