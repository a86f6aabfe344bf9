from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep, SettingsDep, leaves_trace
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.kit.sealing import Seal
from api.members.medical_notes import service as medical_notes
from api.members.medical_notes.errors import CannotBeOpened
from api.members.medical_notes.schemas import (
    MedicalNoteReadItem,
    MedicalNotes,
    MedicalNotesUpdate,
)
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEDICAL_NOTES))]
Overseer = Annotated[Principal, Depends(Require(Permission.READ_MEDICAL_NOTE_READS))]


@router.get(
    "/{member_id}/medical-notes",
    summary="Medical notes of one member; the read is recorded",
    responses=describe(MemberNotFound, CannotBeOpened),
)
@leaves_trace
def read_medical_notes(
    session: SessionDep, caller: Reader, settings: SettingsDep, now: NowDep, member_id: Id
) -> MedicalNotes:
    return medical_notes.read(session, caller, member_id, seal=Seal.of(settings), now=now)


@router.put(
    "/{member_id}/medical-notes",
    summary="Write the medical notes of one member",
    responses=describe(MemberNotFound),
)
def write_medical_notes(
    session: SessionDep,
    caller: Reader,
    settings: SettingsDep,
    now: NowDep,
    member_id: Id,
    data: MedicalNotesUpdate,
) -> MedicalNotes:
    return medical_notes.write(session, caller, member_id, data, seal=Seal.of(settings), now=now)


@router.get(
    "/{member_id}/medical-notes/reads",
    summary="Who read the medical notes of one member, newest first",
    responses=describe(MemberNotFound),
)
def list_reads(
    session: SessionDep, caller: Overseer, page: PageDep, member_id: Id
) -> Page[MedicalNoteReadItem]:
    return medical_notes.list_reads(session, caller, member_id, page)
