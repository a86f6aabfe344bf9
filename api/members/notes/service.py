"""What the staff writes down about a member, with who wrote it and when."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from api.members.notes.errors import NoteOfAnother
from api.members.notes.repository import NoteRepository
from api.members.notes.schemas import NoteCreate, NoteItem, NoteUpdate
from api.members.repository import MemberRepository
from db.models import MemberNote


def create(
    session: Session, caller: Principal, member_id: int, data: NoteCreate, *, now: datetime
) -> NoteItem:
    notes = _notes_about(session, caller, member_id)
    note = MemberNote(
        gym_id=caller.gym_id,
        member_id=member_id,
        text=data.text,
        author_id=caller.user_id,
        created_at=now,
    )
    notes.add(note)
    return _to_item(caller, note, caller.user.name)


def update(
    session: Session,
    caller: Principal,
    member_id: int,
    note_id: int,
    data: NoteUpdate,
    *,
    now: datetime,
) -> NoteItem:
    """It keeps its author. Raises `NoteOfAnother`."""
    notes = _notes_about(session, caller, member_id)
    note = notes.get_or_refuse(note_id)
    _check_author(caller, note)
    if data.text is not None and data.text != note.text:
        notes.update(note, {"text": data.text, "edited_at": now})
    return _to_item(caller, note, notes.get_author(note))


def delete(session: Session, caller: Principal, member_id: int, note_id: int) -> None:
    """Raises `NoteOfAnother`."""
    notes = _notes_about(session, caller, member_id)
    note = notes.get_or_refuse(note_id)
    _check_author(caller, note)
    notes.delete(note)


def read(session: Session, caller: Principal, member_id: int, note_id: int) -> NoteItem:
    notes = _notes_about(session, caller, member_id)
    note = notes.get_or_refuse(note_id)
    return _to_item(caller, note, notes.get_author(note))


def list_page(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[NoteItem]:
    rows, total = _notes_about(session, caller, member_id).list_page(page)
    items = [_to_item(caller, row.MemberNote, row.author) for row in rows]
    return Page[NoteItem].of(items, total, page)


def _notes_about(session: Session, caller: Principal, member_id: int) -> NoteRepository:
    MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    return NoteRepository(session, caller.gym_id, member_id=member_id)


def _check_author(caller: Principal, note: MemberNote) -> None:
    is_author = note.author_id == caller.user_id
    if not is_author and not is_allowed(caller.role, Permission.EDIT_ALL_NOTES):
        raise NoteOfAnother


def _to_item(caller: Principal, note: MemberNote, author: str | None) -> NoteItem:
    return NoteItem(
        note_id=note.note_id,
        text=note.text,
        author=author,
        is_own=note.author_id == caller.user_id,
        created_at=note.created_at,
        edited_at=note.edited_at,
    )
