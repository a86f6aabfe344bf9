from datetime import date

from api.kit.errors import Invalid, NotFoundInGym
from core.translation import mark, t


class ReportNotFound(NotFoundInGym):
    """Takes the day, which identifies a report."""

    code, title = "report_not_found", "No report of this day"
    sentence = mark("{key} has no report yet. POST the day to compute it.")


class DayInFuture(Invalid):
    code, title = "day_in_future", "The day has not begun"

    def __init__(self, day: date) -> None:
        super().__init__(
            t("{day} has not begun at this gym. Ask for today or an earlier day.", day=day)
        )
