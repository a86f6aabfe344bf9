from datetime import date

from api.kit.errors import Invalid, NotFoundInGym


class ReportNotFound(NotFoundInGym):
    """Takes the day, which identifies a report."""

    code, title, noun = "report_not_found", "No report of this day", "report"
    sentence = "{key} has no report yet. POST the day to compute it."


class DayInFuture(Invalid):
    code, title = "day_in_future", "The day has not begun"

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} has not begun at this gym. Ask for today or an earlier day.")
