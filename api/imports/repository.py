from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pagination import PageRequest
from db.models import Import, ImportProblem


class ImportRepository:
    """Imports of one gym."""

    def __init__(self, session: Session, gym_id: int) -> None:
        self.session = session
        self.gym_id = gym_id

    def get(self, import_id: int) -> Import | None:
        return self.session.scalar(
            select(Import).where(Import.in_gym(self.gym_id), Import.import_id == import_id)
        )

    def list_page(self, page: PageRequest) -> tuple[Sequence[Import], int]:
        """Newest first, and how many there are in all."""
        rows = self.session.scalars(
            select(Import)
            .where(Import.in_gym(self.gym_id))
            .order_by(Import.created_at.desc(), Import.import_id.desc())
            .offset(page.offset)
            .limit(page.size)
        ).all()
        total = self.session.scalar(
            select(func.count()).select_from(Import).where(Import.in_gym(self.gym_id))
        )
        return rows, total or 0

    def list_problems(self, import_id: int, *, limit: int) -> Sequence[ImportProblem]:
        return self.session.scalars(
            select(ImportProblem)
            .where(ImportProblem.in_gym(self.gym_id), ImportProblem.import_id == import_id)
            .order_by(ImportProblem.line, ImportProblem.import_problem_id)
            .limit(limit)
        ).all()
