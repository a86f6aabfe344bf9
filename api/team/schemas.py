from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.auth.schemas import TypedPassword
from api.kit.schemas import Body, Key, Schema, Text, Update
from db.models import Role

PersonName = Annotated[str, Text(200, min_length=1), Field(examples=["Rita Costa"])]
StaffRole = Literal[Role.ADMIN, Role.RECEPTIONIST, Role.TRAINER]


class TeamItem(Schema):
    """Somebody who works with the gym's data."""

    user_id: int
    name: str = Field(examples=["Rita Costa"])
    email: str = Field(examples=["rita@example.com"])
    username: str | None = Field(examples=["rita"])
    role: Role
    is_active: bool = Field(description="May sign in")
    has_second_factor: bool = Field(description="Signing in asks them for a code as well")
    last_used_at: datetime | None = Field(description="When last seen, late by a few minutes")
    created_at: datetime = Field(description="Since when the account is there")


class TeamUpdate(Update):
    """Only the fields that are sent are changed. A role counts at once, also for who is signed
    in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "receptionist"}]})
    required = ("name", "role")

    name: PersonName | None = None
    role: StaffRole | None = None


class HandOverRequest(Body):
    """Who is to be the owner from now on, and the owner's password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_id": 2, "current_password": "quiet-river-at-dawn"}]}
    )

    user_id: Key = Field(description="An active admin of the gym")
    current_password: TypedPassword
