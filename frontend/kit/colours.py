"""One colour for one meaning, on every page."""

from typing import Literal

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

REASONS: dict[str, Colour] = {
    "no_visit": "orange",
    "visits_down": "yellow",
    "not_started": "gray",
    "payment_failed": "red",
    "renewal_soon": "blue",
    "notice_given": "blue",
}
STATUSES: dict[str, Colour] = {
    "active": "green",
    "frozen": "blue",
    "expired": "orange",
    "cancelled": "gray",
}
