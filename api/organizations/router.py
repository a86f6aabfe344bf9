"""The gym that is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.email_confirmations.errors import EmailNotConfigured, NothingToConfirm, TooManyLinks
from api.email_confirmations.service import mail_link_again
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.organizations import service as organizations
from api.organizations.errors import CurrencyFixed, NameTaken, TimeZoneChanging, TimeZoneRefused
from api.organizations.schemas import LinkMailed, OrganizationDetail, OrganizationUpdate

router = APIRouter(responses=describe(Unauthorized, Forbidden))


@router.get("/me", summary="Your gym's profile")
def read_organization(
    caller: Annotated[Principal, Depends(Require(Permission.READ_GYM))],
    session: SessionDep,
    settings: SettingsDep,
) -> OrganizationDetail:
    return organizations.read(session, caller, settings)


@router.patch(
    "/me",
    summary="Change your gym's profile",
    responses=describe(NameTaken, CurrencyFixed, TimeZoneChanging, TimeZoneRefused),
)
def update_organization(
    data: OrganizationUpdate,
    caller: Annotated[Principal, Depends(Require(Permission.EDIT_GYM))],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> OrganizationDetail:
    """Days, hours and local times follow the time zone. What is stored by day is recounted with it:
    at once, or in a gym of very many visits by a job, until which `timezone` stays as it is. A link
    to confirm it goes to an address that is new."""
    organizations.update(session, caller, data, settings, now=now)
    return organizations.read(session, caller, settings)


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
    """To the owner's address, and once that is confirmed to the one for members' replies.

    The link works for three days and confirms nothing before its button is pressed. Earlier links
    stay good. At most five a day.
    """
    link = mail_link_again(session, caller.gym, settings, now=now)
    return LinkMailed.model_validate(link)
