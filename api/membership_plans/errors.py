from decimal import Decimal

from api.kit.errors import Invalid, NotFoundInGym, Taken
from core.money import round_major


class PlanNotFound(NotFoundInGym):
    code, title, noun = "plan_not_found", "No such plan", "membership plan"


class PlanNameTaken(Taken):
    code, title, field = "plan_name_taken", "The name is taken", "name"
    sentence = "This gym already has a plan called {value}; choose another name."


class PriceTooFine(Invalid):
    code = "price_too_fine"

    def __init__(self, price: Decimal, currency: str) -> None:
        nearest = round_major(price, currency)
        text = f"{price} {currency} cannot be paid; the nearest amount is {nearest}."
        super().__init__(text, errors=[{"field": "price", "message": text}])
