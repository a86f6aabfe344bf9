from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, Text
from api.tags import service as tags
from api.tags.errors import TagNotFound, TagTaken
from api.tags.repository import TagSort
from api.tags.schemas import MAX_TAG_LENGTH, TagCreate, TagItem, TagUpdate

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]
Search = Annotated[
    Annotated[str, Text(MAX_TAG_LENGTH)] | None,
    Query(description="Part of the name, whatever its case and accents"),
]


@router.get("", summary="Search and list tags")
def list_tags(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    sort: TagSort = TagSort.NAME,
    search: Search = None,
) -> Page[TagItem]:
    return tags.list_page(session, caller, page, sort=sort, search=search)


@router.post("", status_code=201, summary="Add a tag", responses=describe(TagTaken))
def create_tag(session: SessionDep, caller: Editor, data: TagCreate) -> TagItem:
    """Giving a member a tag that is new makes it as well: `PUT /members/{member_id}/tags`."""
    return tags.create(session, caller, data)


@router.get("/{tag_id}", summary="One tag", responses=describe(TagNotFound))
def read_tag(session: SessionDep, caller: Reader, tag_id: Id) -> TagItem:
    return tags.read(session, caller, tag_id)


@router.patch("/{tag_id}", summary="Rename a tag", responses=describe(TagNotFound, TagTaken))
def update_tag(session: SessionDep, caller: Editor, tag_id: Id, data: TagUpdate) -> TagItem:
    return tags.update(session, caller, tag_id, data)


@router.delete(
    "/{tag_id}",
    status_code=204,
    summary="Delete a tag, and take it from all who have it",
    responses=describe(TagNotFound),
)
def delete_tag(session: SessionDep, caller: Editor, tag_id: Id) -> Response:
    tags.delete(session, caller, tag_id)
    return Response(status_code=204)
