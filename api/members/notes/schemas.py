from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Schema, Text, Update

NoteText = Annotated[str, Text(4000, min_length=1)]


class NoteCreate(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Wants to train for the half marathon in May."}]}
    )

    text: NoteText


class NoteUpdate(Update):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Trains for the marathon in October."}]}
    )
    required = ("text",)

    text: NoteText | None = None


class NoteItem(Schema):
    note_id: int
    text: str
    author: str | None = Field(description="Name of who wrote it; null where nobody recorded that")
    is_own: bool = Field(description="The caller wrote it")
    created_at: datetime
    edited_at: datetime | None = Field(description="When its text last changed")
