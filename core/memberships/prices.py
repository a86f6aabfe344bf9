"""What terms cost, and what of a price is not used, in minor units."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from core.memberships.facts import Membership

DAYS_A_YEAR, MONTHS_A_YEAR = 365, 12


def price_a_term(membership: Membership, yearly_price: int) -> int:
    """The term's share of the agreed price of twelve months, rounded half up."""
    if membership.months is not None:
        share = Fraction(membership.months, MONTHS_A_YEAR)
    else:
        share = Fraction(membership.days or 0, DAYS_A_YEAR)
    return prorate(yearly_price, share.numerator, share.denominator)[0]


def continue_prices(
    known: Sequence[int], agreed: Mapping[int, int], terms: int, *, first: int
) -> list[int]:
    """The prices of terms 1 to `terms`. Those that are `known` stay; another costs what is agreed
    from it on, else what the one before did, and `first` is that of the first one."""
    prices = list(known[:terms])
    for term in range(len(prices) + 1, terms + 1):
        before = prices[-1] if prices else first
        prices.append(agreed.get(term, before))
    return prices


def prorate(price: int, used: int, total: int) -> tuple[int, int]:
    """What of a price is used up, and the rest, in minor units. One of them is rounded, half up,
    and the other is what is left, so that together they are the price."""
    kept = (2 * price * used + total) // (2 * total)
    return kept, price - kept


def find_credit(membership: Membership, prices: Sequence[int], day: date) -> int:
    """What is not used of the paid terms before `day`; nothing where their length is not known."""
    if not membership.has_terms:
        return 0
    used, credit = membership.count_used(day), 0
    for term, price in enumerate(prices, start=1):
        before, after = membership.count_paid_days(term - 1), membership.count_paid_days(term)
        used_of_term = min(max(used - before, 0), after - before)
        credit += prorate(price, used_of_term, after - before)[1]
    return credit
