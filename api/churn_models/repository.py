from collections.abc import Sequence

from sqlalchemy import func, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import ChurnModel, Import, ImportState, Job, JobState
from db.queue.catalogue import CHECK_INS


class ChurnModelRepository(Repository[ChurnModel]):
    """A gym's registry, which the API only reads."""

    model = ChurnModel

    def list_page(
        self, page: PageRequest, *, only_current: bool
    ) -> tuple[Sequence[ChurnModel], int]:
        """Newest first."""
        where = [ChurnModel.is_current.is_(True)] if only_current else []
        newest = (ChurnModel.created_at.desc(), ChurnModel.model_id.desc())
        return self.paginate(page, *where, order=newest)

    def newest_data(self) -> tuple[int, int]:
        """The newest finished import and bulk load: what came with them is not scored yet."""
        imported = self.session.scalar(
            select(func.max(Import.import_id)).where(
                Import.in_gym(self.gym_id), Import.state == ImportState.DONE
            )
        )
        loaded = self.session.scalar(
            select(func.max(Job.job_id)).where(
                Job.in_gym(self.gym_id),
                Job.name == CHECK_INS.name,
                Job.state == JobState.DONE,
            )
        )
        return imported or 0, loaded or 0
