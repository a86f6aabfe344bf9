"""The gym that is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.permissions import Permission
from api.auth.principal import Principal
from api.deps import Require, SessionDep, SettingsDep
from api.errors import Conflict, Forbidden, Unauthorized, describe
from api.organizations import service
from api.organizations.schemas import Organization, OrganizationPatch

router = APIRouter(responses=describe(Unauthorized, Forbidden))


@router.get("/me", summary="Your gym's profile")
def read_gym(
    caller: Annotated[Principal, Depends(Require(Permission.READ_GYM))],
    session: SessionDep,
    settings: SettingsDep,
) -> Organization:
    return service.describe_gym(session, caller.gym, settings)


@router.patch("/me", summary="Change your gym's profile", responses=describe(Conflict))
def change_gym(
    data: OrganizationPatch,
    caller: Annotated[Principal, Depends(Require(Permission.EDIT_GYM))],
    session: SessionDep,
    settings: SettingsDep,
) -> Organization:
    """Days, hours and local times follow the time zone. What is stored by day is counted anew with
    it: at once, or in a gym of very many visits by a job, until which `timezone` stays as it is."""
    return service.describe_gym(session, service.change_gym(session, caller, data), settings)
