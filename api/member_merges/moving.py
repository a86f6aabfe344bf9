"""Gives the rows of one member to another, and back: every foreign key to members, by what the
tables say of themselves, so that a new table is moved unasked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, UniqueConstraint, text
from sqlalchemy.orm import Session

from db.models import Base, Member, MemberMerge

MEMBERS = Member.__tablename__
LEDGER = "transactions"
_MOVE_LEDGER = text("select move_ledger(:old, :new, cast(:keys as bigint[]))")
"""The app changes no line of the ledger: db/functions/merges.sql does."""
STAYS = frozenset(
    {
        # Follow from other rows, and are worked out again.
        "member_stats", "member_words", "rfm", "clv", "churn_scores", "simulation_truth",
        MemberMerge.__tablename__,
        # Sealed for their member: elsewhere they could not be opened.
        "medical_notes", "medical_note_reads",
    }
)  # fmt: skip
"""Tables whose rows stay where they are."""


@dataclass(frozen=True)
class Reference:
    """A column by which rows of a table belong to a member."""

    table: Table
    column: str

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column}"

    @property
    def keys(self) -> list[str]:
        """What tells the rows of a member apart."""
        left_out = {"gym_id", self.column}
        return [column.name for column in self.table.primary_key if column.name not in left_out]

    @property
    def is_free(self) -> str:
        """SQL: nothing of the other member stands where the row `t` would go."""
        table = self.table.name
        found = [
            f"not (exists (select from (select t.*) x where {only}) and exists ("
            f"select from {table} o where o.gym_id = t.gym_id and o.{self.column} = :into"
            f" and {' and '.join([*(f'o.{name} = t.{name}' for name in names), only])}))"
            for names, only in self._uniques()
        ]
        return " and ".join(found) or "true"

    def _uniques(self) -> Iterator[tuple[list[str], str]]:
        """What may be there once for each member: the other columns, and for which rows."""
        constraints = [
            constraint
            for constraint in self.table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        for unique in (self.table.primary_key, *constraints):
            yield from self._others([column.name for column in unique.columns], "true")
        for index in self.table.indexes:
            if index.unique:
                where = index.dialect_options["postgresql"]["where"]
                only = "true" if where is None else f"({where})"
                yield from self._others([column.name for column in index.columns], only)

    def _others(self, names: list[str], only: str) -> Iterator[tuple[list[str], str]]:
        if self.column in names:
            yield [name for name in names if name not in ("gym_id", self.column)], only


def list_references() -> list[Reference]:
    return [
        Reference(table, element.parent.name)
        for table in Base.metadata.sorted_tables
        if table.name not in STAYS
        for key in table.foreign_key_constraints
        for element in key.elements
        if element.column.table.name == MEMBERS and element.column.name == "customer_id"
    ]


def move(
    session: Session, gym_id: int, *, member_id: int, into_id: int
) -> dict[str, list[list[Any]]]:
    """Give the rows of one to the other; return the keys of those that went. What the other has
    already, such as the same tag, stays."""
    moved: dict[str, list[list[Any]]] = {}
    for reference in list_references():
        if reference.table.name == LEDGER:
            ids = session.scalars(_MOVE_LEDGER, {"old": member_id, "new": into_id, "keys": None})
            moved[reference.name] = [[key] for key in ids]
            continue
        keys = ", ".join(f"t.{name}" for name in reference.keys)
        rows = session.execute(
            text(
                f"update {reference.table.name} t set {reference.column} = :into"
                f" where t.gym_id = :gym_id and t.{reference.column} = :member_id"
                f" and {reference.is_free} returning {keys}"
            ),
            {"gym_id": gym_id, "member_id": member_id, "into": into_id},
        )
        if found := [list(row) for row in rows]:
            moved[reference.name] = found
    return moved


def move_back(
    session: Session,
    gym_id: int,
    moved: dict[str, list[list[Any]]],
    *,
    member_id: int,
    into_id: int,
) -> None:
    """Give back what went and is the other's still."""
    for reference in list_references():
        keys = reference.keys
        if reference.table.name == LEDGER:
            lines = [row[0] for row in moved.get(reference.name, [])]
            session.scalars(_MOVE_LEDGER, {"old": into_id, "new": member_id, "keys": lines}).all()
            continue
        for row in moved.get(reference.name, []):
            same = " and ".join(f"{name} = :k{place}" for place, name in enumerate(keys))
            session.execute(
                text(
                    f"update {reference.table.name} set {reference.column} = :member_id"
                    f" where gym_id = :gym_id and {reference.column} = :into and {same}"
                ),
                {f"k{place}": value for place, value in enumerate(row)}
                | {"gym_id": gym_id, "member_id": member_id, "into": into_id},
            )
