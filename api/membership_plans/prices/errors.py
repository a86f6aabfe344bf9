from datetime import date

from api.kit.errors import Conflict, Invalid, NotFoundInGym, Taken
from core.translation import mark, t


class PriceNotFound(NotFoundInGym):
    code, title = "price_not_found", "No such price"
    sentence = mark("This plan has no price {key}.")


class PriceDayTaken(Taken):
    code, title, field = "price_day_taken", "The price changes on that day already", "starts_on"
    sentence = mark(
        "This plan's price changes on {value} already; withdraw that change, or take another day."
    )


class PriceDayPast(Invalid):
    code, title = "price_day_past", "The day is not in the future"

    def __init__(self, today: date) -> None:
        message = t(
            "A new price begins after today, {today}; today's price is changed with the plan.",
            today=today,
        )
        super().__init__(message, errors=[{"field": "starts_on", "message": message}])


class PriceInUse(Conflict):
    code, title = "price_in_use", "The price holds already"

    def __init__(self, starts_on: date) -> None:
        super().__init__(
            t(
                "This price holds since {starts_on}, and members joined at it. Only a change to"
                " come can be withdrawn; set another price instead.",
                starts_on=starts_on,
            )
        )
