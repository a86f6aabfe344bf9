from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Key, Schema
from api.kit.weekly_hours import HoursItem, WeeklyHours

MAX_LOCATIONS = 200


class PlanAccessRequest(Body):
    """When and where members of the plan may enter, in place of what was set before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hours": [{"weekday": 0, "opens": "06:00", "closes": "16:00"}],
                    "location_ids": [],
                }
            ]
        }
    )

    hours: WeeklyHours = Field(description="None: at any time")
    location_ids: Annotated[
        list[Key],
        Field(max_length=MAX_LOCATIONS, description="None: everywhere"),
    ]


class PlanAccess(Schema):
    hours: list[HoursItem] = Field(description="Of every week, in the gym's time; none: any time")
    location_ids: list[int] = Field(description="None: everywhere")
