from api.kit.errors import Conflict, Invalid
from core.translation import join, t


class NameTaken(Conflict):
    """Taken anywhere on the platform; which of the two and by which gym is not disclosed."""

    code, title = "name_taken", "The name is taken"

    def __init__(self) -> None:
        super().__init__(t("This email address or username is taken. Choose another, or sign in."))


class CurrencyFixed(Conflict):
    code, title = "currency_fixed", "The currency is fixed"

    def __init__(self, currency: str) -> None:
        super().__init__(
            t(
                "The books of this gym are kept in {currency} since its first transaction,"
                " so the currency stays.",
                currency=currency,
            )
        )


class TimeZoneChanging(Conflict):
    code, title = "time_zone_changing", "The gym is being moved to a time zone"

    def __init__(self, timezone: str) -> None:
        super().__init__(
            t(
                "Your gym is being moved to the time zone {timezone}. Try again when that is done.",
                timezone=timezone,
            )
        )


class TimeZoneRefused(Invalid):
    code, title = "time_zone_refused", "The time zone is refused"

    def __init__(self, timezone: str) -> None:
        message = t(
            "This cannot be {timezone}: the database of this platform has other rules for it, and"
            " would count visits on wrong days. Choose a city that has the same time all year, or"
            " ask whoever runs the platform to bring the database's time zone data up to date.",
            timezone=timezone,
        )
        super().__init__(
            join(": ", "timezone", message),
            errors=[{"field": "timezone", "message": message}],
        )
