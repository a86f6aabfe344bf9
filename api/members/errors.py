from api.kit.errors import Conflict, Invalid, NotFoundInGym, Taken
from core.translation import mark, t


class TrainerNotFound(NotFoundInGym):
    code, title = "trainer_not_found", "No such trainer"
    sentence = mark("This gym has no trainer {key}.")


class NumberTaken(Taken):
    code, title, field = "number_taken", "The number is taken", "number"
    sentence = mark("Another member of this gym already has the number '{value}'.")


class HasUnsubscribed(Conflict):
    code, title = "unsubscribed", "They unsubscribed"

    def __init__(self, email: str | None) -> None:
        super().__init__(
            t(
                "{email} unsubscribed from your mails by the link in one. Only they can"
                " take that back, by the same link; leave email_consent out. Nothing was"
                " changed.",
                email=email or t("This member"),
            )
        )


class StillHasMembership(Conflict):
    code, title = "still_has_membership", "A membership is running"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Their membership has not ended. End it first, under Memberships; nothing was"
                " changed."
            )
        )


class PaysForHousehold(Conflict):
    code, title = "pays_for_household", "They pay for a household"

    def __init__(self) -> None:
        super().__init__(
            t(
                "They pay for their household. Let somebody else of it pay, or dissolve it, first;"
                " nothing was changed."
            )
        )


class NoLongerKept(Conflict):
    """Of a row that only stands for what somebody did."""

    code, title = "no_longer_kept", "Their data is not kept any more"

    def __init__(self) -> None:
        super().__init__(
            t(
                "This person's data was erased, or merged into another member's; there is nothing"
                " to change here."
            )
        )


class JoinDateInFuture(Invalid):
    code, title = "join_date_in_future", "The join date lies in the future"


class BirthDateInFuture(Invalid):
    code, title = "birth_date_in_future", "The birth date lies in the future"
