from collections.abc import Sequence

from sqlalchemy import select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import Import, ImportProblem


class ImportRepository(Repository):
    """Imports of one gym."""

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
        return rows, self.count(Import, Import.in_gym(self.gym_id))

    def list_problems(self, import_id: int, *, limit: int) -> Sequence[ImportProblem]:
        return self.session.scalars(
            select(ImportProblem)
            .where(ImportProblem.in_gym(self.gym_id), ImportProblem.import_id == import_id)
            .order_by(ImportProblem.line, ImportProblem.import_problem_id)
            .limit(limit)
        ).all()
