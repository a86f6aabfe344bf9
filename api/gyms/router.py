"""The gyms of the platform, for super admins. A gym's own profile is `api.organizations`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.email_confirmations.errors import EmailNotConfigured
from api.gyms import service as gyms
from api.gyms.errors import GymNotFound
from api.gyms.schemas import GymCreate, GymItem, SuspendRequest
from api.kit.deps import NowDep, RequireOfAnyone, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Caller
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag, Text
from api.organizations.errors import NameTaken, TimeZoneRefused

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Caller, Depends(RequireOfAnyone(Permission.READ_GYMS))]
Editor = Annotated[Caller, Depends(RequireOfAnyone(Permission.EDIT_GYMS))]


@router.get("", summary="List the platform's gyms")
def list_gyms(
    _caller: Reader,
    session: SessionDep,
    page: PageDep,
    search: Annotated[
        Annotated[str, Text(100)] | None,
        Query(description="Part of the gym's name, or of the owner's address or username"),
    ] = None,
    is_suspended: QueryFlag | None = None,
) -> Page[GymItem]:
    """The newest first."""
    return gyms.list_page(session, page, search=search, is_suspended=is_suspended)


@router.post(
    "",
    status_code=201,
    summary="Set up a gym and invite its owner",
    responses=describe(NameTaken, TimeZoneRefused, EmailNotConfigured),
)
def create_gym(
    data: GymCreate, _caller: Editor, session: SessionDep, settings: SettingsDep, now: NowDep
) -> GymItem:
    """A link goes to the owner's address, by which they choose a password: it works once, for
    three days. There is no other password."""
    return gyms.create(session, data, settings, now=now)


@router.get("/{gym_id}", summary="One gym", responses=describe(GymNotFound))
def read_gym(_caller: Reader, session: SessionDep, gym_id: Id) -> GymItem:
    return gyms.read(session, gym_id)


@router.post("/{gym_id}/suspend", summary="Suspend a gym", responses=describe(GymNotFound))
def suspend_gym(
    data: SuspendRequest, _caller: Editor, session: SessionDep, gym_id: Id, now: NowDep
) -> GymItem:
    """Its people still read and export everything, and change nothing; its jobs and mails wait.
    Once more with another reason changes the reason. It stands in the gym's audit log."""
    return gyms.suspend(session, gym_id, data, now=now)


@router.post("/{gym_id}/resume", summary="Let a gym go on", responses=describe(GymNotFound))
def resume_gym(_caller: Editor, session: SessionDep, gym_id: Id) -> GymItem:
    """Whatever waited goes on. It stands in the gym's audit log."""
    return gyms.resume(session, gym_id)
