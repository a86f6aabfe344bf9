from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import Job, JobProblem


class JobRepository(Repository):
    """Jobs of one gym; only those that `created_by` asked for, if that is given."""

    def __init__(self, session: Session, gym_id: int, *, created_by: int | None = None) -> None:
        super().__init__(session, gym_id)
        self._where = [Job.in_gym(gym_id)]
        if created_by is not None:
            self._where.append(Job.created_by == created_by)

    def get(self, job_id: int) -> Job | None:
        return self.session.scalar(select(Job).where(*self._where, Job.job_id == job_id))

    def list_page(
        self, page: PageRequest, *, name: str | None, state: str | None
    ) -> tuple[Sequence[Job], int]:
        """Newest first, and how many there are in all."""
        where = list(self._where)
        if name is not None:
            where.append(Job.name == name)
        if state is not None:
            where.append(Job.state == state)
        rows = self.session.scalars(
            select(Job)
            .where(*where)
            .order_by(Job.created_at.desc(), Job.job_id.desc())
            .offset(page.offset)
            .limit(page.size)
        ).all()
        return rows, self.count(Job, *where)

    def list_problems(self, job_id: int, *, limit: int) -> Sequence[JobProblem]:
        return self.session.scalars(
            select(JobProblem)
            .where(JobProblem.in_gym(self.gym_id), JobProblem.job_id == job_id)
            .order_by(JobProblem.line, JobProblem.job_problem_id)
            .limit(limit)
        ).all()
