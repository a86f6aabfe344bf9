from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import APIKeyHeader

from api.auth.router import AttemptsDep
from api.check_ins.door_codes.errors import DoorCodeRefused
from api.check_ins.errors import AlreadyCheckedIn, EntryRefused
from api.kiosks import service as kiosks
from api.kiosks.errors import KioskKeyRefused, KioskNotFound
from api.kiosks.schemas import (
    KioskCreate,
    KioskCreated,
    KioskEntry,
    KioskItem,
    KioskScanRequest,
)
from api.kit.deps import AddressDep, NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, GymSuspended, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey
from api.locations.errors import LocationNotFound
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))
door = APIRouter()

Reader = Annotated[Principal, Depends(Require(Permission.READ_LOCATIONS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_LOCATIONS))]


@router.get("", summary="List kiosks")
def list_kiosks(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    location_id: Annotated[QueryKey | None, Query(description="Those of one location")] = None,
) -> Page[KioskItem]:
    """By name."""
    return kiosks.list_page(session, caller, page, location_id=location_id)


@router.post("", status_code=201, summary="Add a kiosk", responses=describe(LocationNotFound))
def create_kiosk(session: SessionDep, caller: Editor, data: KioskCreate) -> KioskCreated:
    """The answer has its key, which is shown this one time."""
    return kiosks.create(session, caller, data)


@router.delete(
    "/{kiosk_id}",
    status_code=204,
    summary="Remove a kiosk",
    responses=describe(KioskNotFound),
)
def delete_kiosk(session: SessionDep, caller: Editor, kiosk_id: Id) -> Response:
    """Its key opens nothing from now on; visits that it recorded stay."""
    kiosks.delete(session, caller, kiosk_id)
    return Response(status_code=204)


def get_kiosk(
    request: Request,
    session: SessionDep,
    attempts: AttemptsDep,
    address: AddressDep,
    key: Annotated[
        str | None, Depends(APIKeyHeader(name="Kiosk-Key", scheme_name="Kiosk", auto_error=False))
    ],
) -> kiosks.KioskCaller:
    caller = kiosks.sign_in(session, attempts, key, address=address)
    request.state.gym_id = caller.gym.gym_id  # for the log line
    return caller


@door.post(
    "/check-ins",
    status_code=201,
    summary="A kiosk lets a member in",
    responses=describe(
        KioskKeyRefused,
        GymSuspended,
        DoorCodeRefused,
        MemberNotFound,
        AlreadyCheckedIn,
        EntryRefused,
    ),
)
def enter_at_kiosk(
    session: SessionDep,
    attempts: AttemptsDep,
    settings: SettingsDep,
    caller: Annotated[kiosks.KioskCaller, Depends(get_kiosk)],
    now: NowDep,
    data: KioskScanRequest,
) -> KioskEntry:
    """Takes a code and nothing else, from whoever has a kiosk's key and no sign-in. A code works
    once, however many kiosks scan it; the time is the platform's, and the rules of the door hold
    whatever the desk is told."""
    return kiosks.enter(session, attempts, caller, data, settings, now=now)
