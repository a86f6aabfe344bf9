from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Schema, SensibleDate

LocalDay = Annotated[SensibleDate, Field(examples=["2026-11-17"])]
"""A local day of the gym."""


class ReportCreate(Body):
    """Which day to compute, today at the latest."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"day": "2026-11-17"}]})

    day: LocalDay


class ReportItem(Schema):
    """The figures of one local day."""

    day: date = Field(description="Local day of the gym", examples=["2026-11-17"])
    visits: int = Field(examples=[143])
    unique_members: int = Field(description="Members who came", examples=[131])
    peak_hour: int | None = Field(
        description="Local hour with most entries, the earlier of two alike; null without visits",
        examples=[18],
    )
    peak_visits: int = Field(description="Entries in that hour", examples=[23])
    first_timers: int = Field(description="Members whose first known visit it was", examples=[4])
    returned: int = Field(description="Members who came back after an absence", examples=[3])
    is_complete: bool = Field(description="False when it was computed before the day was over")
    is_outdated: bool = Field(
        description="Visits of the day were added or taken away since; POST the day to compute it"
        " again"
    )
    computed_at: datetime


class ReportMember(Schema):
    member_id: int = Field(examples=[17])
    name: str = Field(examples=["Ana Sousa"])


class ReturnedMember(ReportMember):
    days_away: int = Field(
        description="Days since the visit before, days on which the membership rested not counted",
        examples=[34],
    )


class ReportDetail(ReportItem):
    gym_name: str = Field(examples=["Riverside Gym"])
    timezone: str = Field(examples=["Europe/Lisbon"])
    hours: list[int] = Field(
        description="Entries by local hour, 0 to 23. An hour that the clock showed twice counts"
        " both, one that it left out has none",
        examples=[[0] * 7 + [9, 14, 11, 6, 5, 8, 7, 4, 6, 11, 19, 23, 14, 5, 1, 0, 0]],
    )
    first_timer_members: list[ReportMember] = Field(description="By name")
    returned_members: list[ReturnedMember] = Field(description="Longest away first")
