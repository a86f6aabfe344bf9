from collections.abc import Sequence

from sqlalchemy import select

from api.imports.errors import ImportNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import Import, ImportProblem


class ImportRepository(Repository[Import]):
    """Imports of one gym."""

    model = Import
    not_found = ImportNotFound

    def list_page(self, page: PageRequest) -> tuple[Sequence[Import], int]:
        """Newest first."""
        return self.paginate(page, order=(Import.created_at.desc(), Import.import_id.desc()))

    def list_problems(self, import_id: int, *, limit: int) -> Sequence[ImportProblem]:
        return self.session.scalars(
            select(ImportProblem)
            .where(ImportProblem.in_gym(self.gym_id), ImportProblem.import_id == import_id)
            .order_by(ImportProblem.line, ImportProblem.import_problem_id)
            .limit(limit)
        ).all()
