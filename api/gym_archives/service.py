"""A gym leaves with everything that it has."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from sqlalchemy import text

from api.gym_archives.sealed_notes import SealedNotes
from api.kit.principal import Principal
from api.kit.sealing import Seal
from api.kit.settings import Settings
from api.members.medical_notes.repository import MedicalNoteRepository
from db.audit import note
from db.gym_archive.writing import write_archive
from db.models import AuditAction, Gym
from db.session import GymSession

LONGEST_SECONDS = 60
"""Of the copy of one table."""
_CHUNK = 1 << 18


def export(
    session: GymSession, caller: Principal, settings: Settings, *, now: datetime
) -> Iterator[bytes]:
    """The archive, as of one moment, written to a file that ends with the last byte read.

    Commits first that it was asked for, and which medical notes were opened for it: an archive
    that fails halfway was asked for as well.
    """
    note(session, AuditAction.EXPORTED, Gym, caller.gym_id)
    MedicalNoteRepository(session, caller.gym_id).log_reading_all(caller.user_id, now=now)
    session.commit()
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    session.execute(text(f"set local statement_timeout = '{LONGEST_SECONDS}s'"))
    settings.upload_dir.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=settings.upload_dir)  # noqa: SIM115 - closed by `_read`
    try:
        notes = SealedNotes(Seal.of(settings))
        write_archive(session, caller.gym_id, file, notes=notes, now=now)
    except BaseException:
        file.close()
        raise
    return _read(file)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
