from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.jobs.errors import JobNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import Job, JobProblem


class JobRepository(Repository[Job]):
    """Jobs of one gym; only those requested by `created_by`, if that is given."""

    model = Job
    not_found = JobNotFound

    def __init__(self, session: Session, gym_id: int, *, created_by: int | None = None) -> None:
        super().__init__(session, gym_id)
        self.created_by = created_by

    def is_own(self) -> ColumnElement[bool]:
        own = super().is_own()
        return own if self.created_by is None else own & (Job.created_by == self.created_by)

    def list_page(
        self, page: PageRequest, *, name: str | None, state: str | None
    ) -> tuple[Sequence[Job], int]:
        """Newest first."""
        where = []
        if name is not None:
            where.append(Job.name == name)
        if state is not None:
            where.append(Job.state == state)
        return self.paginate(page, *where, order=(Job.created_at.desc(), Job.job_id.desc()))

    def list_problems(self, job_id: int, *, limit: int) -> Sequence[JobProblem]:
        return self.session.scalars(
            select(JobProblem)
            .where(JobProblem.in_gym(self.gym_id), JobProblem.job_id == job_id)
            .order_by(JobProblem.line, JobProblem.job_problem_id)
            .limit(limit)
        ).all()
