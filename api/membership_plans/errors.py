from collections.abc import Sequence
from decimal import Decimal

from api.kit.errors import Conflict, Invalid, NotFoundInGym, Taken
from core.money import round_major
from core.translation import Sentence, mark, t


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


class PlanContradictsItself(Invalid):
    """A plan of its kind cannot have what it is to have."""

    code, title = "plan_contradicts_itself", "No plan of this kind"

    def __init__(self, found: Sequence[tuple[str, Sentence]]) -> None:
        errors = [{"field": field, "message": message} for field, message in found]
        super().__init__(found[0][1], errors=errors)


class PlanKindFixed(Conflict):
    code, title = "plan_kind_fixed", "The plan has been sold as what it is"

    def __init__(self, name: str) -> None:
        super().__init__(
            t(
                "Members have held '{name}', so it stays of its kind. Retire it, and add a plan of"
                " the other kind.",
                name=name,
            )
        )


class PlanFull(Conflict):
    code, title = "plan_full", "The plan is full"

    def __init__(self, name: str, capacity: int) -> None:
        super().__init__(
            t(
                "'{name}' is for {capacity} members at a time, and there are as many in these"
                " days. Choose another plan or other days, or let more members on it.",
                name=name,
                capacity=capacity,
            )
        )
