from datetime import datetime

from pydantic import Field

from api.kit.schemas import Schema
from db.models import AuditAction

Value = bool | int | float | str | None


class AuditChange(Schema):
    """A field of a row. Both are null where only is kept that it changed, as for a password."""

    field: str = Field(description="As this API calls it", examples=["price"])
    old: Value = Field(examples=["49.90"])
    new: Value = Field(examples=["59.90"])
    is_hidden: bool = Field(description="Only that it changed is kept", examples=[False])


class AuditItem(Schema):
    """One thing that somebody did."""

    audit_id: int
    at: datetime
    action: AuditAction
    noun: str = Field(description="What kind of row it was done to", examples=["membership_plan"])
    key: str = Field(description="Which one of them: its id", examples=["12"])
    member_id: int | None = Field(description="The member whom the row is about")
    member_name: str | None = Field(description="Their name today; null once they are gone")
    user_id: int | None = Field(description="Who did it, or asked for the job")
    actor: str | None = Field(
        description="Their name at that time, or the job's; null where nobody was signed in",
        examples=["Ana Lima"],
    )
    address: str | None = Field(description="Where from", examples=["203.0.113.7"])
    request_id: str | None = Field(description="`X-Request-ID` of the response")
    changes: list[AuditChange]


class AuditChoices(Schema):
    """What the log can be narrowed to."""

    nouns: list[str] = Field(description="Kinds of rows of which it has something")
    users: list["AuditUser"] = Field(description="Everybody who did something")


class AuditUser(Schema):
    user_id: int
    name: str = Field(examples=["Ana Lima"])
