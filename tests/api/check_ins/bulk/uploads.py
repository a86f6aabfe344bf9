"""Sends bulk check-ins and does their jobs as a worker does, for the tests of this folder."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import sessionmaker

from api.check_ins.bulk.files import find_files
from api.check_ins.bulk.jobs import READ_ROWS, STORE_ROWS, BulkCheckIns
from db.models import CheckIn, Job, JobState, Member, MemberStats, VisitHour
from db.queue.catalogue import CHECK_INS
from db.queue.jobs import process_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/check-ins/bulk"
InGym = Callable[[int], AbstractContextManager[GymSession]]
HEADER = ("number", "check_in", "check_out", "method")


def write_csv(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


@dataclass
class Bulk:
    """Sends, and works off, the bulk check-ins of gyms."""

    sessions: sessionmaker[GymSession]
    folder: Path
    now: datetime = NOON

    def send(self, caller: ApiClient, content: str | bytes, **parts: Any) -> int:
        """Send a file; answer the job's number."""
        raw = content.encode() if isinstance(content, str) else content
        answer = caller.post(URL, files={"file": ("door.csv", raw)}, **parts)
        assert answer.status_code == 202, answer.text
        job_id: int = answer.json()["job_id"]
        assert answer.headers["location"] == f"/api/v1/jobs/{job_id}"
        return job_id

    def work(
        self, gym_id: int, job_id: int, *, read: int = READ_ROWS, store: int = STORE_ROWS
    ) -> Job:
        """Do the job to its end, as often as workers have to take it up."""
        handler = BulkCheckIns(self.folder, read_rows=read, store_rows=store)
        for _ in range(10_000):
            process_job(
                self.sessions, {CHECK_INS.name: handler}, GymId(gym_id), job_id, now=self.now
            )
            job = self.read(gym_id, job_id)
            if job.state in (JobState.DONE, JobState.FAILED):
                return job
        raise AssertionError(f"the job does not end: {job.state} {job.error}")

    def load(self, caller: ApiClient, content: str | bytes, **sizes: int) -> dict[str, Any]:
        """Send a file and do its job; answer the job as the API shows it."""
        job_id = self.send(caller, content)
        self.work(caller.gym_id, job_id, **sizes)
        shown: dict[str, Any] = caller.get(f"/api/v1/jobs/{job_id}").json()
        return shown

    def read(self, gym_id: int, job_id: int) -> Job:
        with session_scope(self.sessions, GymId(gym_id)) as session:
            return session.scalars(
                select(Job).where(Job.gym_id == gym_id, Job.job_id == job_id)
            ).one()

    def expire_lease(self, gym_id: int, job_id: int) -> None:
        with session_scope(self.sessions, GymId(gym_id)) as session:
            session.execute(
                update(Job)
                .where(Job.gym_id == gym_id, Job.job_id == job_id)
                .values(next_at=func.now())
            )

    def files(self, gym_id: int) -> list[str]:
        """What lies on the disk for this gym."""
        return sorted(path.name for path in find_files(self.folder, gym_id))


def counts(job: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """rows_read, loaded, duplicates, unchanged, errors."""
    progress = job["progress"]
    names = ("rows_read", "loaded", "duplicates", "unchanged", "errors")
    return tuple(progress[name] for name in names)  # type: ignore[return-value]


def snapshot(session: GymSession, gym_id: int) -> list[Any]:
    """All visits by the member's number, and every figure that hangs on them."""
    return [
        session.execute(
            select(Member.number, CheckIn.check_in, CheckIn.check_out, CheckIn.method)
            .join(CheckIn, CheckIn.member_id == Member.member_id)
            .where(Member.gym_id == gym_id, CheckIn.gym_id == gym_id)
            .order_by(Member.number, CheckIn.check_in)
        ).all(),
        session.execute(
            select(
                Member.number,
                MemberStats.visits,
                MemberStats.last_check_in,
                MemberStats.visited_days,
                MemberStats.minutes_inside,
            )
            .join(MemberStats, MemberStats.member_id == Member.member_id)
            .where(Member.gym_id == gym_id)
            .order_by(Member.number)
        ).all(),
        session.execute(
            select(VisitHour.day, VisitHour.hour, VisitHour.visits)
            .where(VisitHour.gym_id == gym_id)
            .order_by(VisitHour.day, VisitHour.hour)
        ).all(),
    ]
