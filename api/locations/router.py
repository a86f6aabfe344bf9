from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Day, Id, QueryFlag, QueryKey
from api.locations import service as locations
from api.locations.errors import (
    ClosureNotFound,
    LastLocation,
    LocationNameTaken,
    LocationNotFound,
    LocationUsed,
)
from api.locations.schemas import (
    ClosureCreate,
    ClosureItem,
    LocationCreate,
    LocationItem,
    LocationUpdate,
    OpeningHoursRequest,
)

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_LOCATIONS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_LOCATIONS))]


@router.get("", summary="List locations")
def list_locations(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    now: NowDep,
    is_active: QueryFlag | None = None,
) -> Page[LocationItem]:
    """Those in use first."""
    return locations.list_page(session, caller, page, is_active=is_active, now=now)


@router.post("", status_code=201, summary="Add a location", responses=describe(LocationNameTaken))
def create_location(
    session: SessionDep, caller: Editor, data: LocationCreate, now: NowDep
) -> LocationItem:
    return locations.create(session, caller, data, now=now)


@router.get("/closures", summary="List the days on which it is closed")
def list_closures(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    location_id: Annotated[
        QueryKey | None, Query(description="Those of one location; the whole gym's have none")
    ] = None,
    ends_from: Annotated[
        Day | None, Query(description="Those that end on this day or later")
    ] = None,
) -> Page[ClosureItem]:
    """The latest first."""
    return locations.list_closures(
        session, caller, page, location_id=location_id, ends_from=ends_from
    )


@router.post(
    "/closures",
    status_code=201,
    summary="Close a location or the whole gym for some days",
    responses=describe(LocationNotFound),
)
def create_closure(session: SessionDep, caller: Editor, data: ClosureCreate) -> ClosureItem:
    return locations.close(session, caller, data)


@router.delete(
    "/closures/{closure_id}",
    status_code=204,
    summary="Take a closure back",
    responses=describe(ClosureNotFound),
)
def delete_closure(session: SessionDep, caller: Editor, closure_id: Id) -> Response:
    locations.delete_closure(session, caller, closure_id)
    return Response(status_code=204)


@router.get("/{location_id}", summary="One location", responses=describe(LocationNotFound))
def read_location(
    session: SessionDep, caller: Reader, location_id: Id, now: NowDep
) -> LocationItem:
    return locations.read(session, caller, location_id, now=now)


@router.patch(
    "/{location_id}",
    summary="Edit a location, or retire it",
    responses=describe(LocationNotFound, LocationNameTaken, LastLocation),
)
def update_location(
    session: SessionDep, caller: Editor, location_id: Id, data: LocationUpdate, now: NowDep
) -> LocationItem:
    return locations.update(session, caller, location_id, data, now=now)


@router.delete(
    "/{location_id}",
    status_code=204,
    summary="Delete what was entered by mistake",
    responses=describe(LocationNotFound, LastLocation, LocationUsed),
)
def delete_location(session: SessionDep, caller: Editor, location_id: Id) -> Response:
    """Where something has happened is retired instead: its record stays."""
    locations.delete(session, caller, location_id)
    return Response(status_code=204)


@router.put(
    "/{location_id}/opening-hours",
    summary="Set the hours of the week",
    responses=describe(LocationNotFound),
)
def replace_opening_hours(
    session: SessionDep, caller: Editor, location_id: Id, data: OpeningHoursRequest, now: NowDep
) -> LocationItem:
    """All of them at once, in the gym's local time. Without any the location is always open."""
    return locations.replace_hours(session, caller, location_id, data, now=now)
