from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, Json

from api.kit.schemas import Body, Schema, Text
from core.importing import DateOrder, Kind
from core.importing.headers import MAX_COLUMN_LENGTH
from core.translation import t

SAMPLE_ERRORS = 20
MAX_MAPPING_LENGTH = 16_000


def _limit_mapping(text: object) -> object:
    if isinstance(text, str) and len(text) > MAX_MAPPING_LENGTH:
        raise ValueError(t("This is longer than {most} characters.", most=MAX_MAPPING_LENGTH))
    return text


_Column = Annotated[str, Text(MAX_COLUMN_LENGTH)]
Mapping = Annotated[
    Json[Annotated[dict[_Column, _Column], Field(max_length=50)]],
    BeforeValidator(_limit_mapping),
]


class ImportOptions(Body):
    """The form's fields beside the file."""

    model_config = ConfigDict(strict=False)  # a form has texts only

    kind: Kind = Field(description="What the file lists: members or visits")
    mapping: Mapping | None = Field(
        default=None,
        description="Our field to your column, as a JSON object; guessed from the header when left"
        " out. A choice is complete: fields it leaves out are not read",
    )
    dry_run: bool = Field(default=False, description="Say what would happen, change nothing")
    lawful_basis: Annotated[str, Text(2000, min_length=10)] | None = Field(
        default=None,
        description="Why you may write to the members of this file whose consent it does not give."
        " Your statement is recorded with your name",
    )
    date_order: DateOrder | None = Field(
        default=None,
        description="Which comes first in 03/04/2024; found in the file when left out",
    )


class RejectedRow(Schema):
    line: int = Field(description="Line in the file; the header is line 1")
    field: str | None
    problem: str = Field(description="What is wrong and what to do")
    row: dict[str, Any] = Field(description="The row as it was read")


class ImportItem(Schema):
    import_id: int
    kind: Kind
    state: Literal["checked", "done", "failed"] = Field(
        description="checked: a dry run; failed: no row could be used. Neither changed anything"
    )
    filename: str
    dry_run: bool
    mapping: dict[str, str] = Field(description="Our field to your column")
    rows: int = Field(description="Data rows read")
    loaded: int = Field(description="Rows that changed something")
    duplicates: int = Field(description="Double taps, or rows that repeat a member")
    unchanged: int = Field(description="Rows that were known already")
    errors: int = Field(description="Rows refused")
    problem: str | None
    lawful_basis: str | None
    created_at: datetime


class ImportDetail(ImportItem):
    sample_errors: list[RejectedRow] = Field(
        description=f"The first {SAMPLE_ERRORS} refused rows; errors.csv has more"
    )


class ImportResult(ImportDetail):
    """What became of the file, with what was understood of it."""

    columns: list[str] = Field(description="All columns of the file")
    guess: dict[str, str] = Field(description="The mapping that the header suggests")
    date_order: DateOrder = Field(description="How dates such as 03/04/2024 were read")
    notes: list[str] = Field(description="What was assumed or left out, in sentences")
