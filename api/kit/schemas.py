"""What all request and response bodies share."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from core.limits import EARLIEST_DAY, LATEST_DAY
from core.money import MAX_DECIMALS
from core.text import compose
from core.translation import t
from db.addresses import MAX_EMAIL_LENGTH, keep_address

MAX_ID = 2**63 - 1
_MAX_MOMENT_LENGTH = 40
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _clean(value: str) -> str:
    if "\x00" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise ValueError(t("This contains a character that is not text."))
    return compose(value).strip()


@dataclass(frozen=True)
class Text:
    """Limits of a text field: `Annotated[str, Text(200)]` is one of at most 200 characters.

    The length of what was sent is looked at before anything is done with it. What is left is in
    normal form (NFC) and without blanks around it.
    """

    max_length: int
    min_length: int = 0
    pattern: str | None = None
    format: str | None = None
    """OpenAPI's `format`."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.chain_schema(
            [
                core_schema.no_info_after_validator_function(
                    _clean, core_schema.str_schema(strict=True, max_length=self.max_length)
                ),
                # Again: a few characters are longer in normal form.
                core_schema.str_schema(
                    min_length=self.min_length, max_length=self.max_length, pattern=self.pattern
                ),
                handler(source),
            ]
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        limits = {
            "format": self.format,
            "minLength": self.min_length,
            "maxLength": self.max_length,
            "pattern": self.pattern,
        }
        return handler(schema) | {name: limit for name, limit in limits.items() if limit}


def _read_whole_number(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError(t("This is not a whole number, such as 12."))
    return value


@dataclass(frozen=True)
class WholeNumber:
    """A whole number in an address, where everything is text: digits, and not what else Python
    takes for a number, such as `1_000` or `1.0`."""

    minimum: int
    maximum: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _read_whole_number, core_schema.int_schema(ge=self.minimum, le=self.maximum)
        )


@dataclass(frozen=True)
class Amount:
    """Money that is sent: a JSON number of 0 or more, in major units of the gym's currency."""

    maximum: Decimal

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _read_amount,
            # Not strict, as bodies are: JSON has no decimals, only the numbers let through above.
            core_schema.decimal_schema(
                ge=Decimal(0), le=self.maximum, decimal_places=MAX_DECIMALS, strict=False
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": float(self.maximum)}


def _read_flag(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError(t("This is neither true nor false."))
    return value


def _read_day(value: Any) -> Any:
    if type(value) is not date and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError(t("This is not a day, such as 2026-01-15."))
    return value


def _read_moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value[: _MAX_MOMENT_LENGTH + 1]):
        raise ValueError(t("This is not a date and time, such as 2026-01-15T10:00:00."))
    return value


def _read_moment_or_day(value: Any) -> Any:
    return value if isinstance(value, str) and _DAY.fullmatch(value) else _read_moment(value)


def _read_amount(value: Any) -> Any:
    if isinstance(value, bool | str) or (isinstance(value, float) and _is_odd(value)):
        raise ValueError(t("This is not an amount: send a number, such as 49.9."))
    return value


def _is_odd(value: float) -> bool:
    """Whether Python's JSON parser accepts it although it is no amount: NaN, infinity, minus
    zero."""
    return not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)


def _keep_address(value: str) -> str:
    try:
        return keep_address(value)
    except ValueError as error:
        message = t("This is not an email address. Write it like anna@example.com.")
        raise ValueError(message) from error


QueryFlag = Annotated[bool, BeforeValidator(_read_flag)]
QueryKey = Annotated[int, WholeNumber(1, MAX_ID)]
"""Of a row, in an address."""
Id = Annotated[QueryKey, Path()]
"""The same in a path."""
Key = Annotated[int, Field(ge=1, le=MAX_ID), Strict()]
"""The same in a body: true, 1.0 and "1" are refused, and not row 1."""
Day = Annotated[date, Strict(False), BeforeValidator(_read_day)]
"""A day as ISO 8601 writes it, and no number, which would be seconds since 1970."""
SensibleDate = Annotated[
    date, Field(ge=EARLIEST_DAY, le=LATEST_DAY), Strict(False), BeforeValidator(_read_day)
]
Moment = Annotated[datetime, Strict(False), BeforeValidator(_read_moment)]
"""A day and a time as ISO 8601 writes them; without offset it is local to the gym."""
QueryMoment = Annotated[datetime, BeforeValidator(_read_moment_or_day)]
"""The same in an address, where a day alone is its beginning."""
Money = Annotated[Decimal, PlainSerializer(float, return_type=float)]
"""Money in a response: major units of the gym's currency, a JSON number."""
Email = Annotated[str, Text(MAX_EMAIL_LENGTH, format="email"), AfterValidator(_keep_address)]


class Schema(BaseModel):
    """A response body, readable from an ORM row."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """A request body. An unknown field is refused: a typing mistake must not pass silently.

    So is a value of another kind than the field's: `true` is no number and `"1"` neither. Types
    that JSON does not have are read from text by those above, with `Strict(False)`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


class Update(Body):
    """What changes of a row: a field that is left out stays as it is, and null clears it, unless
    the row cannot be without it."""

    required: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _keep_required(self) -> Self:
        for field in self.required:
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(t("{field} cannot be cleared.", field=field))
        return self

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)
