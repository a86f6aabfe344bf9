"""SQL of the audit log, which is only read, and in which words it is told."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, func, select

from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries
from db.base import AnyRow, AnySelect, matches
from db.models import AuditAction, AuditEntry, Base, Member

BATCH = 500


@dataclass(frozen=True)
class AuditFilter:
    """What of the log is asked for; none leaves nothing out."""

    user_id: int | None = None
    member_id: int | None = None
    noun: str | None = None
    key: str | None = None
    action: AuditAction | None = None
    since: datetime | None = None
    until: datetime | None = None

    def list_conditions(self) -> Iterator[ColumnElement[bool]]:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None:
                yield _COMPARISONS[one.name](value)


_COMPARISONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "user_id": lambda value: AuditEntry.user_id == value,
    "member_id": lambda value: AuditEntry.member_id == value,
    "noun": lambda value: AuditEntry.row_table == (find_table(value) or ""),
    "key": lambda value: AuditEntry.row_key == value,
    "action": lambda value: AuditEntry.action == value,
    "since": lambda value: AuditEntry.at >= value,
    "until": lambda value: AuditEntry.at < value,
}


class AuditRepository(GymQueries):
    """One gym's log, newest first, with the members' names."""

    def list_page(self, page: PageRequest, wanted: AuditFilter) -> tuple[Sequence[AnyRow], int]:
        conditions = (AuditEntry.in_gym(self.gym_id), *wanted.list_conditions())
        return self.paginate_rows(self._query(), page, *conditions, counted=AuditEntry)

    def read_all(self, wanted: AuditFilter, *, most: int) -> Iterator[AnyRow]:
        """As many as asked for, read piece by piece."""
        query = self._query().where(AuditEntry.in_gym(self.gym_id), *wanted.list_conditions())
        return iter(self.session.execute(query.limit(most).execution_options(yield_per=BATCH)))

    def list_tables(self) -> Sequence[str]:
        return self.session.scalars(
            select(AuditEntry.row_table).where(AuditEntry.in_gym(self.gym_id)).distinct()
        ).all()

    def list_users(self) -> Sequence[AnyRow]:
        """Each user by the name they had last."""
        newest = func.max(AuditEntry.audit_id)
        last = (
            select(newest)
            .where(AuditEntry.in_gym(self.gym_id), AuditEntry.user_id.is_not(None))
            .group_by(AuditEntry.user_id)
        )
        return self.session.execute(
            select(AuditEntry.user_id, AuditEntry.actor)
            .where(AuditEntry.in_gym(self.gym_id), AuditEntry.audit_id.in_(last))
            .order_by(AuditEntry.actor, AuditEntry.user_id)
        ).all()

    def _query(self) -> AnySelect:
        return (
            select(AuditEntry, Member.name.label("member_name"))
            .outerjoin(Member, matches(Member.member_id, AuditEntry.member_id))
            .order_by(AuditEntry.audit_id.desc())
        )


@cache
def _nouns() -> dict[str, str]:
    """What the code calls the rows of each table."""
    return {
        str(mapper.local_table.description): _to_words(mapper.class_.__name__)
        for mapper in Base.registry.mappers
    }


def _to_words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def name_noun(table: str) -> str:
    return _nouns().get(table, table)


def find_table(noun: str) -> str | None:
    return next((table for table, known in _nouns().items() if known == noun), None)


@cache
def name_fields(table: str) -> dict[str, str]:
    """What the code calls the columns of a table."""
    for mapper in Base.registry.mappers:
        if mapper.local_table.description == table:
            return {prop.columns[0].name: prop.key for prop in mapper.column_attrs}
    return {}
