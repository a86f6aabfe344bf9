"""What is kept of one person: all of it in one file, or gone for good."""

import io
import logging
import zipfile
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy.orm import Session

from api.audit_log.repository import name_fields, name_noun
from api.kit.principal import Principal
from api.kit.sealing import Seal
from api.members import service as members_service
from api.members.medical_notes import service as medical_notes
from api.members.personal_data.errors import NameDiffers
from api.members.personal_data.repository import PersonalDataRepository
from api.members.personal_data.schemas import EraseRequest
from api.members.repository import MemberRepository
from core.clock import to_local_day
from core.text import fold
from db.audit import note
from db.member_words import refresh_member_words
from db.models import AuditAction, Member, Standing
from db.stats.member_changes import changing_members

log = logging.getLogger(__name__)


def export(
    session: Session, caller: Principal, member_id: int, *, seal: Seal, now: datetime
) -> bytes:
    """A ZIP of one JSON file for each kind of row. The audit log keeps who asked for it."""
    MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    personal_data = PersonalDataRepository(session, caller.gym_id)
    found = dict(personal_data.read(member_id))
    if "medical_notes" in found:
        notes = medical_notes.read(session, caller, member_id, seal=seal, now=now)
        found["medical_notes"] = [notes.model_dump()]
    note(session, AuditAction.EXPORTED, Member, member_id, member_id=member_id)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, rows in found.items():
            content = [_name_columns(table, row) for row in rows]
            archive.writestr(f"{name_noun(table)}.json", to_json(content, indent=2, fallback=str))
        for file in found.get("files", []):
            name = f"files/{file['file_id']}.{file['content_type'].rpartition('/')[2]}"
            archive.writestr(name, personal_data.read_file(file["file_id"]))
    return packed.getvalue()


def _name_columns(table: str, row: dict[str, Any]) -> dict[str, Any]:
    names = name_fields(table)
    return {names.get(column, column): value for column, value in row.items()}


def erase(
    session: Session, caller: Principal, member_id: int, data: EraseRequest, *, now: datetime
) -> None:
    """What tells who they were goes, also from the audit log; visits and the ledger stay, of
    nobody. Raises `NameDiffers`, `NoLongerKept`, and what `check_may_leave` raises."""
    gym = caller.gym
    members = MemberRepository(session, gym.gym_id)
    merged = members.list_merged(member_id)
    with changing_members(session, gym, [member_id, *(one.member_id for one in merged)], now=now):
        member = members.get_or_refuse(member_id, fresh=True)
        members_service.check_kept(member)
        if fold(data.name) != member.name_key:
            raise NameDiffers
        members_service.check_may_leave(members, member_id, to_local_day(now, gym.timezone))
        for one in (member, *merged):
            one.standing, one.merged_into = Standing.ERASED, None
        session.flush()
        ids = [member_id, *(one.member_id for one in merged)]
        for one_id in ids:
            PersonalDataRepository(session, gym.gym_id).erase(one_id)
        refresh_member_words(session, gym.gym_id, ids)
    note(session, AuditAction.ERASED, Member, member_id, member_id=member_id)
    log.info(
        "member_erased",
        extra={"gym_id": gym.gym_id, "user_id": caller.user_id, "member_id": member_id},
    )
