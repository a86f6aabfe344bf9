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


class JoinDateInFuture(Invalid):
    code, title = "join_date_in_future", "The join date lies in the future"


class BirthDateInFuture(Invalid):
    code, title = "birth_date_in_future", "The birth date lies in the future"
