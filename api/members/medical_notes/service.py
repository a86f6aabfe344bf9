"""What a gym must know of a member's health: sealed where it is stored, and every read recorded."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.sealing import CannotOpen, Seal
from api.members.medical_notes.errors import CannotBeOpened
from api.members.medical_notes.repository import MedicalNoteRepository
from api.members.medical_notes.schemas import (
    MedicalNoteReadItem,
    MedicalNotes,
    MedicalNotesUpdate,
)
from api.members.repository import MemberRepository


def read(
    session: Session, caller: Principal, member_id: int, *, seal: Seal, now: datetime
) -> MedicalNotes:
    """The answer leaves only after the read was recorded. Raises `CannotBeOpened`."""
    notes = _notes_of(session, caller, member_id)
    notes.log_read(member_id, reader_id=caller.user_id, now=now)
    found = notes.find(member_id)
    if found is None:
        return MedicalNotes(text=None, written_by=None, written_at=None)
    note = found.MedicalNote
    try:
        text = seal.open(note.sealed, place=place_of_notes(caller.gym_id, member_id))
    except CannotOpen as error:
        raise CannotBeOpened from error
    return MedicalNotes(text=text, written_by=found.writer, written_at=note.written_at)


def write(
    session: Session,
    caller: Principal,
    member_id: int,
    data: MedicalNotesUpdate,
    *,
    seal: Seal,
    now: datetime,
) -> MedicalNotes:
    """Put the text in the place of what was there."""
    notes = _notes_of(session, caller, member_id)
    if not data.text:
        notes.delete(member_id)
        return MedicalNotes(text=None, written_by=None, written_at=None)
    sealed = seal.close(data.text, place=place_of_notes(caller.gym_id, member_id))
    notes.write(member_id, sealed, written_by=caller.user_id, now=now)
    return MedicalNotes(text=data.text, written_by=caller.user.name, written_at=now)


def list_reads(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[MedicalNoteReadItem]:
    rows, total = _notes_of(session, caller, member_id).list_reads(member_id, page)
    items = [
        MedicalNoteReadItem(
            read_id=row.MedicalNoteRead.read_id,
            reader=row.reader,
            read_at=row.MedicalNoteRead.read_at,
        )
        for row in rows
    ]
    return Page[MedicalNoteReadItem].of(items, total, page)


def _notes_of(session: Session, caller: Principal, member_id: int) -> MedicalNoteRepository:
    MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    return MedicalNoteRepository(session, caller.gym_id)


def place_of_notes(gym_id: int, member_id: int) -> str:
    """Where a text is sealed: it opens nowhere else."""
    return f"gym {gym_id}: medical notes of member {member_id}"
