from api.kit.errors import Conflict, Forbidden, Invalid, NotFoundInGym
from db.models import CheckIn


class CheckInNotFound(NotFoundInGym):
    code, title, noun = "check_in_not_found", "No such check-in", "check-in"


class AlreadyCheckedIn(Conflict):
    code, title = "already_checked_in", "The member is checked in"

    def __init__(self, visit: CheckIn) -> None:
        super().__init__(
            "The member is already checked in: this scan belongs to the visit that began at"
            f" {visit.check_in:%Y-%m-%d %H:%M} UTC (check-in {visit.check_in_id})."
        )


class AlreadyLeft(Conflict):
    code, title = "already_left", "The member has left"

    def __init__(self, visit: CheckIn) -> None:
        super().__init__(
            f"The visit already ended at {visit.check_out:%Y-%m-%d %H:%M} UTC;"
            " send check_out to correct it."
        )


class EarlierVisit(Forbidden):
    code, title = "earlier_visit", "A visit of an earlier day"

    def __init__(self) -> None:
        super().__init__(
            "Your role takes back visits of today. Ask the owner or an admin for this one."
        )


class TimeRefused(Invalid):
    code, title = "time_refused", "The time is refused"
