from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from sqlalchemy import ColumnElement, delete, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.locations.errors import ClosureNotFound, LocationNameTaken, LocationNotFound
from core.weekly_hours import Hours
from db.models import Closure, Location, OpeningHours


class LocationRepository(Repository[Location]):
    """Where the members of one gym train."""

    model = Location
    not_found = LocationNotFound
    taken: ClassVar = {"uq_locations_gym_id_name_key": LocationNameTaken}

    def list_page(
        self, page: PageRequest, *, is_active: bool | None
    ) -> tuple[Sequence[Location], int]:
        """Those in use first, then by name."""
        where = [] if is_active is None else [Location.is_active.is_(is_active)]
        return self.paginate(page, *where, order=(Location.is_active.desc(), Location.name_key))

    def lock(self) -> None:
        """Wait for whoever retires or deletes a location of the gym: two at once could leave
        none."""
        self.session.execute(
            select(Location.location_id)
            .where(self.is_own())
            .order_by(Location.location_id)
            .with_for_update(key_share=True)
        )

    def has_another(self, location_id: int) -> bool:
        """Whether members could train somewhere else."""
        return self.exists(Location.is_active.is_(True), Location.location_id != location_id)

    def read_hours(self, location_ids: Iterable[int]) -> Mapping[int, list[Hours]]:
        """Of each location; one that is always open has none."""
        ids = list(location_ids)
        found: dict[int, list[Hours]] = {location_id: [] for location_id in ids}
        rows = self.session.scalars(
            select(OpeningHours)
            .where(OpeningHours.in_gym(self.gym_id), OpeningHours.location_id.in_(ids))
            .execution_options(populate_existing=True)
        )
        for row in rows:
            found[row.location_id].append(Hours(row.weekday, row.opens, row.closes))
        return found

    def replace_hours(self, location_id: int, hours: Iterable[Hours]) -> None:
        own = OpeningHours.in_gym(self.gym_id), OpeningHours.location_id == location_id
        self.session.execute(delete(OpeningHours).where(*own))
        self.session.add_all(
            OpeningHours(
                gym_id=self.gym_id,
                location_id=location_id,
                weekday=one.weekday,
                opens=one.opens,
                closes=one.closes,
            )
            for one in hours
        )
        self.session.flush()


class ClosureRepository(Repository[Closure]):
    """The days on which one gym, or one of its locations, is closed."""

    model = Closure
    not_found = ClosureNotFound

    def list_page(
        self, page: PageRequest, *, location_id: int | None, ends_from: date | None
    ) -> tuple[Sequence[Closure], int]:
        """The latest first."""
        where: list[ColumnElement[bool]] = []
        if location_id is not None:
            where.append(Closure.location_id == location_id)
        if ends_from is not None:
            where.append(Closure.ends_on >= ends_from)
        return self.paginate(page, *where, order=(Closure.starts_on.desc(), Closure.closure_id))

    def list_closed(self, day: date) -> Sequence[Closure]:
        return self.session.scalars(
            select(Closure).where(self.is_own(), Closure.starts_on <= day, Closure.ends_on >= day)
        ).all()
