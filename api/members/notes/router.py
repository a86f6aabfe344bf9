from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.members.notes import service as notes
from api.members.notes.errors import NoteNotFound, NoteOfAnother
from api.members.notes.schemas import NoteCreate, NoteItem, NoteUpdate
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Writer = Annotated[Principal, Depends(Require(Permission.WRITE_NOTES))]


@router.get(
    "/{member_id}/notes",
    summary="Notes about one member, newest first",
    responses=describe(MemberNotFound),
)
def list_notes(session: SessionDep, caller: Reader, page: PageDep, member_id: Id) -> Page[NoteItem]:
    return notes.list_page(session, caller, member_id, page)


@router.post(
    "/{member_id}/notes",
    status_code=201,
    summary="Write a note about a member",
    responses=describe(MemberNotFound),
)
def create_note(
    session: SessionDep, caller: Writer, now: NowDep, member_id: Id, data: NoteCreate
) -> NoteItem:
    return notes.create(session, caller, member_id, data, now=now)


@router.get(
    "/{member_id}/notes/{note_id}",
    summary="One note",
    responses=describe(MemberNotFound, NoteNotFound),
)
def read_note(session: SessionDep, caller: Reader, member_id: Id, note_id: Id) -> NoteItem:
    return notes.read(session, caller, member_id, note_id)


@router.patch(
    "/{member_id}/notes/{note_id}",
    summary="Change a note",
    responses=describe(MemberNotFound, NoteNotFound, NoteOfAnother),
)
def update_note(
    session: SessionDep,
    caller: Writer,
    now: NowDep,
    member_id: Id,
    note_id: Id,
    data: NoteUpdate,
) -> NoteItem:
    return notes.update(session, caller, member_id, note_id, data, now=now)


@router.delete(
    "/{member_id}/notes/{note_id}",
    status_code=204,
    summary="Delete a note",
    responses=describe(MemberNotFound, NoteNotFound, NoteOfAnother),
)
def delete_note(session: SessionDep, caller: Writer, member_id: Id, note_id: Id) -> Response:
    notes.delete(session, caller, member_id, note_id)
    return Response(status_code=204)
