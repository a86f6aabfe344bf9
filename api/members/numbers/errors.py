from datetime import date

from api.kit.errors import Conflict, NotFound, NotFoundInGym, Taken
from core.translation import mark, t


class NumberNotFound(NotFoundInGym):
    code, title = "number_not_found", "No such number"
    sentence = mark("This member has no number {key}.")


class ValueTaken(Taken):
    code, title, field = "value_taken", "The number is somebody's", "value"
    sentence = mark(
        "Somebody of this gym has the number '{value}'. If the card was given on, end it there"
        " first."
    )


class NumberUnknown(NotFound):
    code, title = "number_unknown", "Nobody has this number"

    def __init__(self) -> None:
        super().__init__(t("Nobody of this gym has this number. Look for the name instead."))


class NumberEnded(Conflict):
    code, title = "number_ended", "The number is not valid any more"

    def __init__(self, ended_on: date) -> None:
        super().__init__(
            t(
                "This number was ended on {day}. Look for the name, and give them a new card.",
                day=ended_on.isoformat(),
            )
        )


class NumberAmbiguous(Conflict):
    code, title = "number_ambiguous", "Two members have this number"

    def __init__(self) -> None:
        super().__init__(
            t(
                "It is the member number of one and the card of another. Look for the name, and"
                " change one of the two."
            )
        )
