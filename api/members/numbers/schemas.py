from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from api.kit.schemas import Body, Schema
from api.members.schemas import Number
from db.models import NumberKind


class NumberCreate(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "card", "value": "88211"}]})

    kind: Annotated[NumberKind, Strict(False)]
    value: Number = Field(description="Means one person of the gym at a time, however it is typed")


class NumberItem(Schema):
    number_id: int
    kind: NumberKind
    value: str
    given_on: date
    ended_on: date | None = Field(description="It has opened nothing from this day on")


class LookupRequest(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "88211"}]})

    number: Number = Field(description="As scanned or typed")
