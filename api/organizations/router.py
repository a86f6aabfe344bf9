"""The gym that is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.email_confirmations.service import (
    EmailNotConfigured,
    NothingToConfirm,
    TooManyLinks,
    mail_link_again,
)
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Conflict, Forbidden, Unauthorized, describe
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.organizations import service
from api.organizations.schemas import LinkMailed, Organization, OrganizationPatch

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
    now: NowDep,
) -> Organization:
    """Days, hours and local times follow the time zone. What is stored by day is counted anew with
    it: at once, or in a gym of very many visits by a job, until which `timezone` stays as it is.
    A link to confirm it goes to an address that is new."""
    gym = service.change_gym(session, caller, data, settings, now=now)
    return service.describe_gym(session, gym, settings)


@router.post(
    "/me/email-confirmation",
    status_code=202,
    summary="Mail the link that confirms an address again",
    responses=describe(EmailNotConfigured, NothingToConfirm, TooManyLinks),
)
def mail_confirmation(
    caller: Annotated[Principal, Depends(Require(Permission.EDIT_GYM))],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> LinkMailed:
    """To the owner's address, and once that is confirmed to the one that members' answers go to.

    The link works for three days and confirms nothing before its button is pressed. Earlier links
    stay good. Five a day are the most.
    """
    link = mail_link_again(session, caller.gym, settings, now=now)
    return LinkMailed.model_validate(link)
