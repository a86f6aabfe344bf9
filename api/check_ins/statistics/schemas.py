from datetime import date

from pydantic import Field

from api.kit.schemas import Schema


class LocationOccupancy(Schema):
    location_id: int
    name: str
    capacity: int | None = Field(description="People who may be inside at once")
    inside: int


class Occupancy(Schema):
    """Who is inside at this moment: they came within the last three hours and did not leave."""

    inside: int = Field(description="Everywhere, also those of whom nobody said where")
    locations: list[LocationOccupancy] = Field(description="Those in use, by name")


class VisitCount(Schema):
    visits: int
    members: int = Field(description="How many different members that were")


class PlanVisits(VisitCount):
    plan_id: int | None = Field(description="Null: no membership was known on the day")
    name: str | None


class LocationVisits(VisitCount):
    location_id: int | None = Field(description="Null: nobody said where")
    name: str | None


class VisitStatistics(VisitCount):
    first_day: date = Field(description="Local day")
    last_day: date = Field(description="Local day, included")
    by_hour: list[int] = Field(description="Visits that began in each hour of the gym's clock, 24")
    by_weekday: list[int] = Field(description="Visits on each weekday, from Monday, 7")
    by_plan: list[PlanVisits] = Field(description="Most visits first")
    by_location: list[LocationVisits] = Field(description="Most visits first")


class MonthVisits(Schema):
    month: date = Field(description="Its first day")
    visits: int


class VisitHistory(Schema):
    """How a member has come, by the gym's local days."""

    visits: int
    first_visit: date | None
    last_visit: date | None
    current_weeks: int = Field(
        description="Weeks in a row with a visit up to this one, which is not over yet"
    )
    longest_weeks: int
    by_month: list[MonthVisits] = Field(description="The last twelve, this one last")
