from datetime import date, datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Key, Schema


class MergeRequest(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"member_id": 1, "into_id": 2}]})

    member_id: Key = Field(description="The record that leads on")
    into_id: Key = Field(description="The record that stays")


class DistinctRequest(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"member_id": 1, "other_id": 2}]})

    member_id: Key
    other_id: Key


class DistinctItem(Schema):
    member_id: int
    member_name: str
    other_id: int
    other_name: str
    decided_by: str
    decided_at: datetime


class SameBy(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    BIRTH_DATE = "birth_date"
    """And a name that is nearly the same."""


class PersonItem(Schema):
    member_id: int
    number: str | None
    name: str
    email: str | None
    phone: str | None
    birth_date: date | None
    join_date: date
    visits: int


class DuplicateItem(Schema):
    first: PersonItem
    second: PersonItem
    same_by: list[SameBy]
    likeness: int = Field(description="Of the two names, 0 to 100")


class MovedItem(Schema):
    noun: str = Field(description="What kind of row", examples=["check_in"])
    rows: int


class MergePreview(Schema):
    """What would happen, without it happening."""

    member: PersonItem
    into: PersonItem
    moved: list[MovedItem]
    stays: list[MovedItem] = Field(
        description="Not given on: the other has it already, or it is sealed for its member"
    )


class MergeItem(Schema):
    merge_id: int
    member_id: int
    member_name: str
    into_id: int
    into_name: str
    merged_by: str
    merged_at: datetime
    undone_at: datetime | None
    can_undo: bool
