"""How much a gym may keep on the platform's disk: files being uploaded, or waiting for their job.

The folder itself is what is counted. A file has its full size from the first byte on, and one
request of a gym after the other begins one, whichever process it reached: thirty at once are no
way around the limit.
"""

import time
from datetime import timedelta
from io import BufferedRandom
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.check_ins.bulk.errors import TooManyUploads
from api.check_ins.bulk.files import find_files, open_new
from api.kit.settings import Settings
from db.models.job import Job, JobState
from db.queue.catalogue import CHECK_INS

INCOMING = timedelta(hours=1)
"""An upload's job is requested by the same request that wrote the file."""
_ENDED = (JobState.DONE, JobState.FAILED)


def begin_upload(
    session: Session, gym_id: int, name: str, *, size: int, settings: Settings
) -> BufferedRandom:
    """A new file of the gym, with room for `size` bytes taken. Ends the session's transaction.

    A gym without waiting files may always send. Raises `TooManyUploads`.
    """
    folder = settings.upload_dir
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"uploads {gym_id}", 0)))
    )
    if not _has_room(folder, gym_id, size, settings):
        remove_unneeded(session, gym_id, folder)
        if not _has_room(folder, gym_id, size, settings):
            raise TooManyUploads(
                *_measure(folder, gym_id),
                max_files=settings.uploads_max_files,
                max_bytes=settings.uploads_max_bytes,
            )
    file = open_new(folder, name)
    file.truncate(size)  # takes no room on the disk, but is counted
    session.commit()
    return file


def remove_unneeded(session: Session, gym_id: int, folder: Path) -> int:
    """Remove the gym's files that no job will read: it has ended, or was never created."""
    before = time.time() - INCOMING.total_seconds()
    # Before the jobs are read: a file that comes after is not looked at.
    files = {path.name: path for path in find_files(folder, gym_id)}
    file = Job.arguments["file"].astext
    rows = session.execute(
        select(file, Job.state).where(
            Job.in_gym(gym_id), Job.name == CHECK_INS.name, file.in_(files)
        )
    )
    states = {row[0]: row[1] for row in rows}
    removed = 0
    for name, path in files.items():
        if states[name] in _ENDED if name in states else _is_older(path, before):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _has_room(folder: Path, gym_id: int, size: int, settings: Settings) -> bool:
    files, waiting = _measure(folder, gym_id)
    return not files or (
        files < settings.uploads_max_files and waiting + size <= settings.uploads_max_bytes
    )


def _measure(folder: Path, gym_id: int) -> tuple[int, int]:
    """How many files of the gym there are, and their bytes."""
    sizes = [size for path in find_files(folder, gym_id) if (size := _read_size(path)) is not None]
    return len(sizes), sum(sizes)


def _read_size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # its job was done this moment
        return None


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
