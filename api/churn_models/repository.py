from collections.abc import Sequence

from sqlalchemy import func, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import ChurnModel, Import, ImportState, Job, JobState
from db.queue.catalogue import CHECK_INS


class ChurnModelRepository(Repository):
    """A gym's registry, which the API only reads."""

    def list_page(
        self, page: PageRequest, *, only_current: bool
    ) -> tuple[Sequence[ChurnModel], int]:
        """Newest first, and how many there are in all."""
        where = [ChurnModel.in_gym(self.gym_id)]
        if only_current:
            where.append(ChurnModel.is_current)
        rows = self.session.scalars(
            select(ChurnModel)
            .where(*where)
            .order_by(ChurnModel.created_at.desc(), ChurnModel.model_id.desc())
            .offset(page.offset)
            .limit(page.size)
        ).all()
        return rows, self.count(ChurnModel, *where)

    def newest_data(self) -> tuple[int, int]:
        """The newest finished import and bulk load: what came with them is not scored yet."""
        imported = self.session.scalar(
            select(func.max(Import.import_id)).where(
                Import.in_gym(self.gym_id), Import.state == ImportState.DONE.value
            )
        )
        loaded = self.session.scalar(
            select(func.max(Job.job_id)).where(
                Job.in_gym(self.gym_id),
                Job.name == CHECK_INS.name,
                Job.state == JobState.DONE.value,
            )
        )
        return imported or 0, loaded or 0
