from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import select

from api.audiences.errors import AudienceNameTaken, AudienceNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.base import AnyRow, AnySelect
from db.models import Audience, User


class AudienceSort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"


_ORDERS: dict[AudienceSort, Any] = {
    AudienceSort.NAME: Audience.name_key.asc(),
    AudienceSort.NAME_DOWN: Audience.name_key.desc(),
}


class AudienceRepository(Repository[Audience]):
    """The filters that one gym has saved."""

    model = Audience
    not_found = AudienceNotFound
    taken: ClassVar = {"uq_audiences_gym_id_name_key": AudienceNameTaken}

    def list_page(self, page: PageRequest, *, sort: AudienceSort) -> tuple[Sequence[AnyRow], int]:
        """Rows of `Audience` and the owner's name."""
        query = _with_owner().order_by(_ORDERS[sort], Audience.audience_id)
        return self.paginate_rows(query, page, self.is_own(), counted=Audience)

    def get_owner(self, audience: Audience) -> str:
        query = _with_owner().where(self.is_own(), Audience.audience_id == audience.audience_id)
        owner: str = self.session.execute(query).one().owner
        return owner


def _with_owner() -> AnySelect:
    return select(Audience, User.name.label("owner")).join(
        User, (User.gym_id == Audience.gym_id) & (User.user_id == Audience.owner_id)
    )
