"""What the repositories share: one gym, one table, pages of it, and what may be there only once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.kit.errors import DomainError, NotFoundInGym, Taken
from api.kit.pagination import PageRequest
from db.base import AnyRow, AnySelect, GymOwned

M = TypeVar("M", bound=GymOwned)


class Queries:
    """SQL of one session, and what counting and pages need."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def count(self, model: Any, *conditions: ColumnElement[bool]) -> int:
        """How many rows of the model there are, joined with nothing."""
        counted = select(func.count()).select_from(model).where(*conditions)
        return self.session.scalar(counted) or 0

    def paginate_rows(
        self, query: AnySelect, page: PageRequest, *conditions: ColumnElement[bool], counted: Any
    ) -> tuple[Sequence[AnyRow], int]:
        """One page of an ordered `query`, and how many rows there are on all pages.

        `counted` is the table that has a row for each, joined with what the conditions need.
        """
        rows = self.session.execute(
            query.where(*conditions).limit(page.size).offset(page.offset)
        ).all()
        return rows, self.count(counted, *conditions)


class GymQueries(Queries):
    """SQL about one gym. Cannot be built without the gym."""

    def __init__(self, session: Session, gym_id: int) -> None:
        super().__init__(session)
        self.gym_id = gym_id


class Repository(GymQueries, Generic[M]):
    """The rows of one table that are the gym's."""

    model: type[M]
    not_found: ClassVar[type[NotFoundInGym]]
    taken: ClassVar[Mapping[str, type[Taken]]] = {}
    """What a unique constraint refuses, by the constraint's name."""

    def is_own(self) -> ColumnElement[bool]:
        """The condition of every query of the table."""
        condition: ColumnElement[bool] = self.model.in_gym(self.gym_id)
        return condition

    def key(self) -> Any:
        """The column that identifies a row: the primary key."""
        mapper = inspect(self.model)
        return mapper.get_property_by_column(mapper.primary_key[0]).class_attribute

    def get(self, key: Any, *, fresh: bool = False) -> M | None:
        """`fresh`: as it is stored now, whatever the session read of it before."""
        query = select(self.model).where(self.is_own(), self.key() == key)
        return self.session.scalar(query.execution_options(populate_existing=fresh))

    def get_or_refuse(self, key: Any, *, fresh: bool = False) -> M:
        """Raises `not_found`."""
        row = self.get(key, fresh=fresh)
        if row is None:
            raise self.not_found(key)
        return row

    def exists(self, *conditions: ColumnElement[bool]) -> bool:
        found = select(self.key()).where(self.is_own(), *conditions).exists()
        return bool(self.session.scalar(select(found)))

    def paginate(
        self, page: PageRequest, *conditions: ColumnElement[bool], order: Sequence[Any]
    ) -> tuple[Sequence[M], int]:
        """One page of the table, and its rows on all pages. `order` leaves no two rows equal."""
        where = (self.is_own(), *conditions)
        query = select(self.model).where(*where).order_by(*order)
        rows = self.session.scalars(query.limit(page.size).offset(page.offset)).all()
        return rows, self.count(self.model, *where)

    def add(self, row: M) -> None:
        """Write a new row now: afterwards it has its key. Raises the errors of `taken`."""
        self.session.add(row)
        self._flush(row)

    def update(self, row: M, values: Mapping[str, Any]) -> None:
        """Change a row and write it now. Raises the errors of `taken`."""
        for field, value in values.items():
            setattr(row, field, value)
        self._flush(row)

    def delete(self, row: M) -> None:
        """Delete a row now. What was read of it stays readable."""
        self.session.delete(row)
        self.session.flush()

    def _flush(self, row: M) -> None:
        # Made before: afterwards nothing can be read of the row.
        refused = {name: error(getattr(row, error.field)) for name, error in self.taken.items()}
        with refusing(refused):
            self.session.flush()


@contextmanager
def refusing(errors: Mapping[str, DomainError]) -> Iterator[None]:
    """Turn a violation of a constraint into the error of its name.

    To look before writing would leave a moment in which somebody else writes the same.
    """
    try:
        yield
    except IntegrityError as error:
        name: str = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if name not in errors:
            raise
        raise errors[name] from error
