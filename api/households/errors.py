from api.kit.errors import Conflict, Invalid, NotFound, NotFoundInGym, Taken
from core.translation import mark, t


class HouseholdNotFound(NotFoundInGym):
    code, title = "household_not_found", "No such household"
    sentence = mark("This gym has no household {key}.")


class NotInHousehold(NotFound):
    code, title = "not_in_household", "Not in this household"

    def __init__(self) -> None:
        super().__init__(t("This member is not in the household; add them first."))


class InHousehold(Taken):
    code, title, field = "in_household", "In a household already", "member_id"
    sentence = mark(
        "Member {value} is in a household already. Take them out there first; a member is in one"
        " only."
    )


class PayerStays(Conflict):
    code, title = "payer_stays", "They pay for the household"

    def __init__(self) -> None:
        super().__init__(
            t("They pay for the household. Let somebody else of it pay first, or dissolve it.")
        )


class HouseholdFull(Invalid):
    code, title = "household_full", "The household is full"

    def __init__(self, most: int) -> None:
        super().__init__(t("A household has {n} people at most.", n=most))
