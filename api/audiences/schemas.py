from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Schema, Text, Update
from api.members.filters import MemberFilter

Name = Annotated[str, Text(120, min_length=1)]
_EXAMPLE: dict[str, Any] = {
    "name": "Morning crew, slipping away",
    "filter": {"tag": "Morning crew"},
}


class AudienceCreate(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    filter: MemberFilter


class AudienceUpdate(Update):
    """A filter takes the place of the whole one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Early and away"}]})
    required = ("name", "filter")

    name: Name | None = None
    filter: MemberFilter | None = None


class AudienceItem(Schema):
    audience_id: int
    name: str
    filter: MemberFilter
    owner: str = Field(description="Name of who saved it")
    updated_at: datetime = Field(description="When it last changed")
