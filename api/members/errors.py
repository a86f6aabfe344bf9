from api.kit.errors import Conflict, Invalid, NotFoundInGym, Taken


class TrainerNotFound(NotFoundInGym):
    code, title, noun = "trainer_not_found", "No such trainer", "trainer"


class NumberTaken(Taken):
    code, title, field = "number_taken", "The number is taken", "number"
    sentence = "Another member of this gym already has the number {value}."


class HasUnsubscribed(Conflict):
    code, title = "unsubscribed", "They unsubscribed"

    def __init__(self, email: str | None) -> None:
        super().__init__(
            f"{email or 'This member'} unsubscribed from your mails by the link in one. Only they "
            "can take that back, by the same link; leave email_consent out. Nothing was changed."
        )


class JoinDateInFuture(Invalid):
    code, title = "join_date_in_future", "The join date lies in the future"


class BirthDateInFuture(Invalid):
    code, title = "birth_date_in_future", "The birth date lies in the future"
