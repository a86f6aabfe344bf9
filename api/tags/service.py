"""A gym's own words for groups of members."""

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.tags.repository import TagRepository, TagSort
from api.tags.schemas import TagCreate, TagItem, TagUpdate
from db.models import Tag


def create(session: Session, caller: Principal, data: TagCreate) -> TagItem:
    tag = Tag(gym_id=caller.gym_id, name=data.name)
    TagRepository(session, caller.gym_id).add(tag)
    return _to_item(tag, members=0)


def update(session: Session, caller: Principal, tag_id: int, data: TagUpdate) -> TagItem:
    """Whoever has the tag has it under its new name."""
    tags = TagRepository(session, caller.gym_id)
    tag = tags.get_or_refuse(tag_id)
    tags.update(tag, data.changes())
    return _to_item(tag, members=tags.count_members(tag_id))


def delete(session: Session, caller: Principal, tag_id: int) -> None:
    """Members lose it; nothing else of them changes."""
    tags = TagRepository(session, caller.gym_id)
    tags.delete(tags.get_or_refuse(tag_id))


def read(session: Session, caller: Principal, tag_id: int) -> TagItem:
    tags = TagRepository(session, caller.gym_id)
    return _to_item(tags.get_or_refuse(tag_id), members=tags.count_members(tag_id))


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, sort: TagSort, search: str | None
) -> Page[TagItem]:
    rows, total = TagRepository(session, caller.gym_id).list_page(page, sort=sort, search=search)
    items = [_to_item(row.Tag, members=row.members) for row in rows]
    return Page[TagItem].of(items, total, page)


def _to_item(tag: Tag, *, members: int) -> TagItem:
    return TagItem(tag_id=tag.tag_id, name=tag.name, members=members)
