from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Schema, Text


class MedicalNotesUpdate(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Asthma; carries an inhaler. No sprints."}]}
    )

    text: Annotated[str, Text(4000)] | None = Field(description="Null, or nothing, deletes them")


class MedicalNotes(Schema):
    text: str | None = Field(description="Null where there are none")
    written_by: str | None = Field(description="Name of who wrote them as they now are")
    written_at: datetime | None


class MedicalNoteReadItem(Schema):
    read_id: int
    reader: str = Field(description="Name of who read them")
    read_at: datetime
