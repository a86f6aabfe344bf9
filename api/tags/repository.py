from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.tags.errors import TagNotFound, TagTaken
from core.text import fold
from db.base import AnyRow, matches
from db.models import MemberTag, Tag


class TagSort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    MEMBERS = "members"
    MEMBERS_DOWN = "-members"


_MEMBERS = (
    select(func.count())
    .select_from(MemberTag)
    .where(matches(MemberTag.tag_id, Tag.tag_id))
    .correlate(Tag)
    .scalar_subquery()
)
_ORDERS: dict[TagSort, Any] = {
    TagSort.NAME: Tag.name_key.asc(),
    TagSort.NAME_DOWN: Tag.name_key.desc(),
    TagSort.MEMBERS: _MEMBERS.asc(),
    TagSort.MEMBERS_DOWN: _MEMBERS.desc(),
}


class TagRepository(Repository[Tag]):
    """One gym's words for groups of members."""

    model = Tag
    not_found = TagNotFound
    taken: ClassVar = {"uq_tags_gym_id_name_key": TagTaken}

    def list_page(
        self, page: PageRequest, *, sort: TagSort, search: str | None
    ) -> tuple[Sequence[AnyRow], int]:
        """Rows of `Tag` and how many members have it."""
        conditions = [self.is_own()]
        if search:
            conditions.append(Tag.name_key.contains(fold(search), autoescape=True))
        query = select(Tag, _MEMBERS.label("members")).order_by(_ORDERS[sort], Tag.tag_id)
        return self.paginate_rows(query, page, *conditions, counted=Tag)

    def count_members(self, tag_id: int) -> int:
        return self.count(MemberTag, MemberTag.in_gym(self.gym_id), MemberTag.tag_id == tag_id)

    def ensure(self, names: Iterable[str]) -> set[int]:
        """The tags of these names; those that the gym does not have yet are made."""
        by_key = {fold(name): name for name in names}
        if not by_key:
            return set()
        rows = [
            {"gym_id": self.gym_id, "name": name, "name_key": key}
            for key, name in sorted(by_key.items())
        ]
        self.session.execute(insert(Tag).values(rows).on_conflict_do_nothing())
        found = select(Tag.tag_id).where(self.is_own(), Tag.name_key.in_(by_key))
        return set(self.session.scalars(found))

    def list_names(self, member_id: int) -> Sequence[str]:
        return self.session.scalars(
            select(Tag.name)
            .join(MemberTag, matches(MemberTag.tag_id, Tag.tag_id))
            .where(self.is_own(), MemberTag.member_id == member_id)
            .order_by(Tag.name_key)
        ).all()

    def set_of_member(self, member_id: int, tag_ids: set[int]) -> None:
        """The member has these tags, and no others."""
        self.session.execute(
            delete(MemberTag).where(
                MemberTag.in_gym(self.gym_id),
                MemberTag.member_id == member_id,
                MemberTag.tag_id.not_in(tag_ids),
            )
        )
        if tag_ids:
            rows = [
                {"gym_id": self.gym_id, "member_id": member_id, "tag_id": tag_id}
                for tag_id in sorted(tag_ids)
            ]
            self.session.execute(insert(MemberTag).values(rows).on_conflict_do_nothing())
