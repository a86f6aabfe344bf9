from collections.abc import Sequence

from sqlalchemy import func, select

from api.gyms.errors import GymNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Queries
from core.text import fold
from db.base import AnyRow, AnySelect
from db.models import Gym, Member, Role, User


class GymRepository(Queries):
    """Every gym. Only a session of the role that sees them all finds any."""

    def lock(self, gym_id: int) -> Gym:
        """Raises `GymNotFound`."""
        gym = self.session.scalars(
            select(Gym)
            .where(Gym.gym_id == gym_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if gym is None:
            raise GymNotFound(gym_id)
        return gym

    def get_row(self, gym_id: int) -> AnyRow:
        """Raises `GymNotFound`."""
        row = self.session.execute(_ROWS.where(Gym.gym_id == gym_id)).one_or_none()
        if row is None:
            raise GymNotFound(gym_id)
        return row

    def list_page(
        self, page: PageRequest, *, search: str | None, is_suspended: bool | None
    ) -> tuple[Sequence[AnyRow], int]:
        """The newest first."""
        conditions = []
        if is_suspended is not None:
            conditions.append(Gym.suspended_at.is_not(None) == is_suspended)
        if search:
            conditions.append(Gym.gym_id.in_(self._find(fold(search))))
        newest = (Gym.created_at.desc(), Gym.gym_id.desc())
        return self.paginate_rows(_ROWS.order_by(*newest), page, *conditions, counted=Gym)

    def _find(self, wanted: str) -> list[int]:
        """Gyms have no key that could be searched, and are few enough to look at each."""
        return [
            row.gym_id
            for row in self.session.execute(select(Gym.gym_id, Gym.name, Gym.email, Gym.username))
            if any(wanted in fold(text) for text in (row.name, row.email, row.username))
        ]


_MEMBERS = (
    select(func.count()).select_from(Member).where(Member.gym_id == Gym.gym_id).scalar_subquery()
)
_ROWS: AnySelect = select(
    Gym, _MEMBERS.label("members"), User.last_used_at.label("owner_seen_at")
).outerjoin(User, (User.gym_id == Gym.gym_id) & (User.role == Role.OWNER))
