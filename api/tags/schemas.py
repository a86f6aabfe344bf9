from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Schema, Text, Update

MAX_TAG_LENGTH = 40

TagName = Annotated[str, Text(MAX_TAG_LENGTH, min_length=1)]


class TagCreate(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Morning crew"}]})

    name: TagName


class TagUpdate(Update):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Early birds"}]})
    required = ("name",)

    name: TagName | None = None


class TagItem(Schema):
    tag_id: int
    name: str
    members: int = Field(description="How many members have it")
