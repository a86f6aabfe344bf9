"""What the repositories share: one gym, and counting the rows of a list."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.base import Base


class Repository:
    """SQL about the rows of one gym. Cannot be built without the gym."""

    def __init__(self, session: Session, gym_id: int) -> None:
        self.session = session
        self.gym_id = gym_id

    def add(self, row: Base) -> None:
        """Write a new row now: afterwards it has its key."""
        self.session.add(row)
        self.session.flush()

    def count(self, model: Any, *conditions: ColumnElement[bool]) -> int:
        """How many rows of the model there are, joined with nothing."""
        counted = select(func.count()).select_from(model).where(*conditions)
        return self.session.scalar(counted) or 0
