"""Members ticked for a mail. Ids are the truth, because a table's rows change with every page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from frontend.kit.api_types import AtRiskItem

_KEY = "picked_members"


@dataclass
class Selection:
    #: Yearly value by member id; None where only the id is known (chosen with all that match).
    values: dict[int, float | None] = field(default_factory=dict)
    #: What everybody who was chosen at once is worth together, as long as the choice stands.
    together: tuple[frozenset[int], float] | None = None
    #: Part of the table's widget key: a new one makes the table forget its ticks.
    version: int = 0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ids(self) -> list[int]:
        return list(self.values)

    @property
    def is_bulk(self) -> bool:
        """Some were chosen with all that match, without being seen."""
        return any(value is None for value in self.values.values())

    @property
    def yearly_value(self) -> float | None:
        """None when it is not known for all of them."""
        if self.together and self.together[0] == set(self.values):
            return self.together[1]
        known = [value for value in self.values.values() if value is not None]
        return sum(known) if len(known) == len(self.values) else None

    def rows_on(self, page: Sequence[AtRiskItem]) -> list[int]:
        return [i for i, member in enumerate(page) if member["member_id"] in self.values]

    def sync(self, page: Sequence[AtRiskItem], rows: Iterable[int]) -> bool:
        """Take over the ticks of one page; True when that changed anything."""
        ticked, before = set(rows), set(self.values)
        for index, member in enumerate(page):
            if index in ticked:
                self.values.setdefault(member["member_id"], member["yearly_value"] or 0)
            else:
                self.values.pop(member["member_id"], None)
        return set(self.values) != before

    def choose_all(self, ids: Iterable[int], yearly_value: float | None) -> None:
        chosen = list(ids)
        self.values = {member_id: self.values.get(member_id) for member_id in chosen}
        self.together = None if yearly_value is None else (frozenset(chosen), yearly_value)
        self.version += 1

    def clear(self) -> None:
        self.values, self.together = {}, None
        self.version += 1


def selection() -> Selection:
    found: Selection = st.session_state.setdefault(_KEY, Selection())
    return found
