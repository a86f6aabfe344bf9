"""Where members train, when it is open, and when it is closed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.weekly_hours import write_hours
from api.locations.errors import LastLocation, LocationUsed
from api.locations.repository import ClosureRepository, LocationRepository
from api.locations.schemas import (
    ClosureCreate,
    ClosureItem,
    LocationCreate,
    LocationItem,
    LocationUpdate,
    OpeningHoursRequest,
)
from core.clock import to_local_day
from core.weekly_hours import is_open
from db.models import Closure, Gym, Location

_IS_REFERRED_TO = "23503"  # foreign_key_violation


def create(
    session: Session, caller: Principal, data: LocationCreate, *, now: datetime
) -> LocationItem:
    location = Location(gym_id=caller.gym_id, is_active=True, **data.model_dump())
    LocationRepository(session, caller.gym_id).add(location)
    return _to_item(session, caller.gym, location, now=now)


def update(
    session: Session, caller: Principal, location_id: int, data: LocationUpdate, *, now: datetime
) -> LocationItem:
    """Raises `LastLocation` rather than leave the gym without a location that is in use."""
    locations = LocationRepository(session, caller.gym_id)
    if data.is_active is False:
        locations.lock()
    location = locations.get_or_refuse(location_id, fresh=True)
    if data.is_active is False and not locations.has_another(location_id):
        raise LastLocation
    locations.update(location, data.changes())
    return _to_item(session, caller.gym, location, now=now)


def delete(session: Session, caller: Principal, location_id: int) -> None:
    """For what was entered by mistake. Raises `LastLocation` and `LocationUsed`."""
    locations = LocationRepository(session, caller.gym_id)
    locations.lock()
    location = locations.get_or_refuse(location_id, fresh=True)
    if not locations.has_another(location_id):
        raise LastLocation
    used = LocationUsed(location.name)
    try:
        locations.delete(location)
    except IntegrityError as error:
        if getattr(error.orig, "pgcode", None) != _IS_REFERRED_TO:
            raise
        raise used from error


def read(session: Session, caller: Principal, location_id: int, *, now: datetime) -> LocationItem:
    location = LocationRepository(session, caller.gym_id).get_or_refuse(location_id)
    return _to_item(session, caller.gym, location, now=now)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, is_active: bool | None, now: datetime
) -> Page[LocationItem]:
    locations = LocationRepository(session, caller.gym_id)
    rows, total = locations.list_page(page, is_active=is_active)
    return Page[LocationItem].of(_to_items(session, caller.gym, rows, now=now), total, page)


def replace_hours(
    session: Session,
    caller: Principal,
    location_id: int,
    data: OpeningHoursRequest,
    *,
    now: datetime,
) -> LocationItem:
    locations = LocationRepository(session, caller.gym_id)
    locations.lock()  # two who replace them at once would keep both
    location = locations.get_or_refuse(location_id)
    locations.replace_hours(location_id, (one.to_hours() for one in data.opening_hours))
    return _to_item(session, caller.gym, location, now=now)


def close(session: Session, caller: Principal, data: ClosureCreate) -> ClosureItem:
    """Raises `LocationNotFound`."""
    if data.location_id is not None:
        LocationRepository(session, caller.gym_id).get_or_refuse(data.location_id)
    closure = Closure(gym_id=caller.gym_id, **data.model_dump())
    ClosureRepository(session, caller.gym_id).add(closure)
    return ClosureItem.model_validate(closure)


def delete_closure(session: Session, caller: Principal, closure_id: int) -> None:
    closures = ClosureRepository(session, caller.gym_id)
    closures.delete(closures.get_or_refuse(closure_id))


def list_closures(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    location_id: int | None,
    ends_from: date | None,
) -> Page[ClosureItem]:
    rows, total = ClosureRepository(session, caller.gym_id).list_page(
        page, location_id=location_id, ends_from=ends_from
    )
    return Page[ClosureItem].of([ClosureItem.model_validate(row) for row in rows], total, page)


def _to_item(session: Session, gym: Gym, location: Location, *, now: datetime) -> LocationItem:
    return _to_items(session, gym, [location], now=now)[0]


def _to_items(
    session: Session, gym: Gym, locations: Sequence[Location], *, now: datetime
) -> list[LocationItem]:
    hours = LocationRepository(session, gym.gym_id).read_hours(one.location_id for one in locations)
    closures = ClosureRepository(session, gym.gym_id).list_closed(to_local_day(now, gym.timezone))
    closed = {closure.location_id for closure in closures}
    return [
        LocationItem(
            location_id=one.location_id,
            name=one.name,
            address=one.address,
            phone=one.phone,
            capacity=one.capacity,
            is_active=one.is_active,
            is_open=one.is_active
            and not closed & {None, one.location_id}
            and is_open(hours[one.location_id], now, gym.timezone),
            opening_hours=write_hours(hours[one.location_id]),
        )
        for one in locations
    ]
