from decimal import Decimal

from api.kit.errors import Invalid, NotFoundInGym, Taken
from core.money import round_major
from core.translation import mark, t


class PlanNotFound(NotFoundInGym):
    code, title = "plan_not_found", "No such plan"
    sentence = mark("This gym has no membership plan {key}.")


class PlanNameTaken(Taken):
    code, title, field = "plan_name_taken", "The name is taken", "name"
    sentence = mark("This gym already has a plan called '{value}'; choose another name.")


class PriceTooFine(Invalid):
    code = "price_too_fine"

    def __init__(self, price: Decimal, currency: str) -> None:
        nearest = round_major(price, currency)
        text = t(
            "{price} cannot be paid; the nearest amount is {nearest}.",
            price=f"{price} {currency}",
            nearest=nearest,
        )
        super().__init__(text, errors=[{"field": "price", "message": text}])
