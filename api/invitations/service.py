"""People are invited by a mailed link, and choose their own password: nobody is given one."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.auth.attempts import Attempts
from api.auth.passwords import hash_password
from api.email_confirmations.service import require_sender
from api.invitations.errors import (
    AddressTaken,
    InvitationNotFound,
    InvitationNotOpen,
    MemberHasAccount,
    TooManyInvitations,
)
from api.invitations.notifications import INVITATION, InvitationToMail
from api.invitations.repository import InvitationRepository, enter_gym_of
from api.invitations.schemas import (
    InvitationAccepted,
    InvitationAcceptRequest,
    InvitationCreate,
    InvitationItem,
    InvitationPreview,
)
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.repository import refusing
from api.kit.settings import Settings
from api.members.repository import MemberRepository
from api.notifications.kind import NewNotification
from api.providers.email.links import (
    LinkPurpose,
    hash_link_token,
    make_link_token,
    new_header_id,
)
from api.team.service import check_may_give
from core.translation import t
from db.addresses import key_of_address
from db.base import AnyRow
from db.models import Channel, Gym, Invitation, MemberAccount, User
from db.session import GymSession

LINK_LIFETIME = timedelta(hours=72)
INVITATIONS_A_DAY = 50
"""Of one gym: they are mails to people who asked for none."""
_DAY = timedelta(hours=24)


def invite(
    session: Session,
    caller: Principal,
    data: InvitationCreate,
    settings: Settings,
    *,
    now: datetime,
) -> InvitationItem:
    """Mail a link to an address. An earlier one that is open there is revoked.

    Raises `HigherRole`, `EmailNotConfigured`, `AddressNotConfirmed`, `MemberNotFound`,
    `MemberHasAccount`, `AddressTaken` and `TooManyInvitations`.
    """
    check_may_give(caller, data.role)
    repository = InvitationRepository(session, caller.gym_id)
    if data.member_id is not None:
        MemberRepository(session, caller.gym_id).get_or_refuse(data.member_id)
        if repository.has_account(data.member_id):
            raise MemberHasAccount
    sender = require_sender(session, caller.gym, settings)
    if repository.is_address_used(data.email):
        raise AddressTaken
    repository.lock_owner()
    _check_number(repository, now=now)
    repository.revoke(Invitation.email_key == key_of_address(data.email), now=now)
    header_id = new_header_id(sender)
    token = make_link_token(LinkPurpose.INVITATION, header_id, settings.secret_key)
    invitation = Invitation(
        gym_id=caller.gym_id,
        email=data.email,
        role=data.role,
        member_id=data.member_id,
        token_hash=hash_link_token(token),
        invited_by=caller.user_id,
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    repository.add(invitation)
    mail = NewNotification(
        recipient=data.email,
        payload=InvitationToMail(invitation.invitation_id),
        dedupe_key=str(invitation.invitation_id),
        provider_id=header_id,
    )
    INVITATION.queue(session, caller.gym_id, Channel.EMAIL, [mail], now=now)
    return _to_item(repository.get_row(invitation.invitation_id), now=now)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, now: datetime
) -> Page[InvitationItem]:
    rows, total = InvitationRepository(session, caller.gym_id).list_page(page)
    return Page[InvitationItem].of([_to_item(row, now=now) for row in rows], total, page)


def revoke(session: Session, caller: Principal, invitation_id: int, *, now: datetime) -> None:
    """Its link opens nothing any more. Raises `InvitationNotFound`."""
    repository = InvitationRepository(session, caller.gym_id)
    if not repository.revoke(Invitation.invitation_id == invitation_id, now=now):
        raise InvitationNotFound(invitation_id)


def preview(
    session: GymSession, attempts: Attempts, token: str, *, address: str | None, now: datetime
) -> InvitationPreview:
    """What a link is for. Raises `InvitationNotOpen`; changes nothing."""
    with attempts.attempt(attempts.of_address("invitation", address)):
        _, row = _find_open(session, token, now=now)
    return InvitationPreview(
        gym_name=row.gym_name,
        email=row.Invitation.email,
        role=row.Invitation.role,
        invited_by=row.invited_by,
        expires_at=row.Invitation.expires_at,
    )


def accept(
    session: GymSession,
    attempts: Attempts,
    data: InvitationAcceptRequest,
    *,
    address: str | None,
    now: datetime,
) -> InvitationAccepted:
    """Make the account that a link is for, once. Enters the gym.

    Raises `InvitationNotOpen`, `AddressTaken` and `MemberHasAccount`.
    """
    with attempts.attempt(attempts.of_address("invitation", address)):
        repository, row = _find_open(session, data.token, now=now)
        hashed = hash_password(data.password)
        invitation = repository.accept(row.Invitation.token_hash, now=now)
        if invitation is None:  # while the password was hashed, another request came first
            raise InvitationNotOpen
    user = User(
        gym_id=invitation.gym_id,
        role=invitation.role,
        name=data.name,
        email=invitation.email,
        hashed_password=hashed,
    )
    taken = {
        "uq_users_email_key": AddressTaken(),
        "uq_member_accounts_gym_id_customer_id": MemberHasAccount(),
    }
    with refusing(taken):
        session.add(user)
        session.flush()
        if invitation.member_id is not None:
            session.add(
                MemberAccount(
                    gym_id=invitation.gym_id,
                    user_id=user.user_id,
                    member_id=invitation.member_id,
                )
            )
            session.flush()
    gym = session.get_one(Gym, invitation.gym_id)
    return InvitationAccepted(
        user_id=user.user_id, gym_name=gym.name, email=user.email, role=user.role
    )


def _find_open(
    session: GymSession, token: str, *, now: datetime
) -> tuple[InvitationRepository, AnyRow]:
    hashed = hash_link_token(token)
    gym_id = enter_gym_of(session, hashed)
    if gym_id is None:
        raise InvitationNotOpen
    repository = InvitationRepository(session, gym_id)
    row = repository.find_open(hashed, now=now)
    if row is None:
        raise InvitationNotOpen
    return repository, row


def _check_number(repository: InvitationRepository, *, now: datetime) -> None:
    earlier = repository.made_since(now - _DAY)
    if len(earlier) >= INVITATIONS_A_DAY:
        wait = earlier[-INVITATIONS_A_DAY] + _DAY - now
        raise TooManyInvitations(
            t(
                "{most} people were invited within a day, which is the most. Invite others later.",
                most=INVITATIONS_A_DAY,
            ),
            retry_after=int(wait.total_seconds()) + 1,
        )


def _to_item(row: AnyRow, *, now: datetime) -> InvitationItem:
    invitation = row.Invitation
    return InvitationItem(
        invitation_id=invitation.invitation_id,
        email=invitation.email,
        role=invitation.role,
        member_id=invitation.member_id,
        invited_by=row.invited_by,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        is_expired=invitation.expires_at <= now,
    )
