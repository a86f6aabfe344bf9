from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.auth.router import AttemptsDep
from api.email_confirmations.errors import AddressNotConfirmed, EmailNotConfigured
from api.invitations import service as invitations
from api.invitations.errors import (
    AddressTaken,
    InvitationNotFound,
    InvitationNotOpen,
    MemberHasAccount,
    TooManyInvitations,
)
from api.invitations.schemas import (
    InvitationAccepted,
    InvitationAcceptRequest,
    InvitationCreate,
    InvitationItem,
    InvitationPreview,
    InvitationPreviewRequest,
)
from api.kit.deps import AddressDep, NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.memberships.errors import MemberNotFound

router = APIRouter()

Reader = Annotated[Principal, Depends(Require(Permission.READ_TEAM))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_TEAM))]
_SIGNED_IN = describe(Unauthorized, Forbidden)


@router.get("", summary="Invitations that are open", responses=_SIGNED_IN)
def list_invitations(
    session: SessionDep, caller: Reader, page: PageDep, now: NowDep
) -> Page[InvitationItem]:
    """Newest first; also those whose link has expired, until they are revoked or sent again."""
    return invitations.list_page(session, caller, page, now=now)


@router.post(
    "",
    status_code=201,
    summary="Invite somebody by mail",
    responses=_SIGNED_IN
    | describe(
        MemberNotFound,
        EmailNotConfigured,
        AddressNotConfirmed,
        AddressTaken,
        MemberHasAccount,
        TooManyInvitations,
    ),
)
def invite(
    session: SessionDep,
    caller: Editor,
    settings: SettingsDep,
    now: NowDep,
    data: InvitationCreate,
) -> InvitationItem:
    """A link goes to the address; it works once, for 72 hours. Inviting an address again revokes
    what was mailed there before. Nobody invites to a role above their own."""
    return invitations.invite(session, caller, data, settings, now=now)


@router.delete(
    "/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    responses=_SIGNED_IN | describe(InvitationNotFound),
)
def revoke_invitation(
    session: SessionDep, caller: Editor, invitation_id: Id, now: NowDep
) -> Response:
    """Its link opens nothing any more. One that was accepted is not open: disable the account."""
    invitations.revoke(session, caller, invitation_id, now=now)
    return Response(status_code=204)


@router.post(
    "/preview",
    summary="What a mailed link is for",
    responses=describe(InvitationNotOpen),
)
def preview_invitation(
    session: SessionDep,
    attempts: AttemptsDep,
    address: AddressDep,
    now: NowDep,
    data: InvitationPreviewRequest,
) -> InvitationPreview:
    """Needs no sign-in, and changes nothing. Unknown, used, revoked and expired links get the same
    answer."""
    return invitations.preview(session, attempts, data.token, address=address, now=now)


@router.post(
    "/accept",
    status_code=201,
    summary="Accept an invitation",
    responses=describe(InvitationNotOpen, AddressTaken, MemberHasAccount),
)
def accept_invitation(
    session: SessionDep,
    attempts: AttemptsDep,
    address: AddressDep,
    now: NowDep,
    data: InvitationAcceptRequest,
) -> InvitationAccepted:
    """Makes the account, with the password chosen here. Needs no sign-in, and works once."""
    return invitations.accept(session, attempts, data, address=address, now=now)
