from datetime import date

from api.kit.errors import Invalid, NotFoundInGym
from core.translation import mark, t


class MoveDayOutOfReach(Invalid):
    code, title = "move_day_out_of_reach", "The day is past or too far away"

    def __init__(self, today: date, latest: date) -> None:
        message = t("Choose a day from today, {today}, to {latest}.", today=today, latest=latest)
        super().__init__(message, errors=[{"field": "starts_on", "message": message}])


class NotOnPlan(NotFoundInGym):
    code, title = "not_on_plan", "No such membership on the plan"
    sentence = mark("This plan has no running membership {key}.")
