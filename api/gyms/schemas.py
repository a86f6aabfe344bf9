"""The platform's gyms, as super admins see them."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.auth.schemas import NewGym
from api.kit.schemas import Body, Schema, Text


class GymCreate(NewGym):
    """A gym, and whom to invite as its owner: they choose their password by a mailed link."""


class SuspendRequest(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The bill of March is open"}]}
    )

    reason: Annotated[str, Text(300, min_length=1)] = Field(
        description="The people of the gym read it on every page"
    )


class GymItem(Schema):
    gym_id: int
    name: str = Field(examples=["Riverside Gym"])
    email: str = Field(description="Address of the owner", examples=["ana@example.com"])
    username: str = Field(description="Sign-in name of the owner", examples=["riverside"])
    timezone: str = Field(examples=["Europe/Lisbon"])
    currency: str = Field(examples=["EUR"])
    members: int = Field(description="All that it has on record")
    created_at: datetime
    owner_seen_at: datetime | None = Field(
        description="When the owner last used the platform; null: never yet"
    )
    suspended_at: datetime | None = Field(description="Null: the gym is not suspended")
    suspended_reason: str | None
