"""The rows that come out of a file. Field order is what `db.loading` copies into the database."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    MEMBERS = "members"
    VISITS = "visits"


class VisitRow(NamedTuple):
    line: int
    number: str
    check_in: datetime
    check_out: datetime | None
    method: str


class MemberRow(NamedTuple):
    """`email_consent` is None when the file has no value, which is not a refusal."""

    line: int
    number: str | None
    name: str | None
    email: str | None
    phone: str | None
    birth_date: date | None
    gender: str | None
    join_date: date | None
    plan: str | None
    status: str | None
    end_date: date | None
    email_consent: bool | None
