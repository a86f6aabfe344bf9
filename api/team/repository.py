from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, case, select

from api.kit.pagination import PageRequest
from api.kit.permissions import RANKS, STAFF
from api.kit.repository import GymQueries
from api.team.errors import TeammateNotFound
from db.models import Role, User

_RANK = case(RANKS, value=User.role)


class TeamRepository(GymQueries):
    """The gym's users who are staff. Members who sign in are none."""

    def lock_or_refuse(self, user_id: int) -> User:
        """Read somebody again and lock the row, as signing in does. Raises `TeammateNotFound`."""
        return self._one_or_refuse(
            user_id,
            self._select()
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True),
        )

    def get_or_refuse(self, user_id: int) -> User:
        """Raises `TeammateNotFound`."""
        return self._one_or_refuse(user_id, self._select())

    def list_page(
        self, page: PageRequest, *, role: Role | None, is_active: bool | None
    ) -> tuple[Sequence[User], int]:
        """The owner first, then by role and address."""
        where = list(self._conditions())
        if role is not None:
            where.append(User.role == role)
        if is_active is not None:
            where.append(User.is_active == is_active)
        query = select(User).order_by(_RANK.desc(), User.role, User.email_key)
        rows, total = self.paginate_rows(query, page, *where, counted=User)
        return [row.User for row in rows], total

    def _select(self) -> Select[User]:
        return select(User).where(*self._conditions())

    def _conditions(self) -> tuple[ColumnElement[bool], ...]:
        return (User.gym_id == self.gym_id, User.role.in_(STAFF))

    def _one_or_refuse(self, user_id: int, query: Select[User]) -> User:
        found = self.session.scalars(query.where(User.user_id == user_id)).one_or_none()
        if found is None:
            raise TeammateNotFound(user_id)
        return found
