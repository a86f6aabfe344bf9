from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.kit.repository import GymQueries
from core.weekly_hours import Hours
from db.models import Location, PlanHours, PlanLocation


class PlanAccessRepository(GymQueries):
    """When and where one plan lets its members in."""

    def __init__(self, session: Session, gym_id: int, *, plan_id: int) -> None:
        super().__init__(session, gym_id)
        self.plan_id = plan_id
        self._hours = PlanHours.in_gym(gym_id), PlanHours.plan_id == plan_id
        self._locations = PlanLocation.in_gym(gym_id), PlanLocation.plan_id == plan_id

    def list_hours(self) -> Sequence[Hours]:
        rows = self.session.scalars(select(PlanHours).where(*self._hours))
        return [Hours(row.weekday, row.opens, row.closes) for row in rows]

    def list_location_ids(self) -> Sequence[int]:
        chosen = select(PlanLocation.location_id).where(*self._locations)
        return self.session.scalars(chosen.order_by(PlanLocation.location_id)).all()

    def find_unknown(self, location_ids: Iterable[int]) -> int | None:
        """One that is not the gym's."""
        ids = set(location_ids)
        own = select(Location.location_id).where(
            Location.in_gym(self.gym_id), Location.location_id.in_(ids)
        )
        return min(ids - set(self.session.scalars(own)), default=None)

    def replace(self, hours: Iterable[Hours], location_ids: Iterable[int]) -> None:
        self.session.execute(delete(PlanHours).where(*self._hours))
        self.session.execute(delete(PlanLocation).where(*self._locations))
        of_plan = {"gym_id": self.gym_id, "plan_id": self.plan_id}
        self.session.add_all(
            PlanHours(**of_plan, weekday=one.weekday, opens=one.opens, closes=one.closes)
            for one in hours
        )
        self.session.add_all(
            PlanLocation(**of_plan, location_id=location_id) for location_id in location_ids
        )
        self.session.flush()
