from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from api.invitations.errors import InvitationNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.addresses import key_of_address
from db.base import AnyRow, AnySelect, matches
from db.models import Gym, Invitation, MemberAccount, Role, User
from db.session import GymSession
from db.types import GymId


def enter_gym_of(session: GymSession, token_hash: str) -> GymId | None:
    """Find the gym of a link, and enter it. None for a token that no mail carries."""
    gym_id = session.scalar(select(func.gym_of_invitation_token(token_hash)))
    if gym_id is None:
        return None
    session.enter_gym(GymId(gym_id))
    return GymId(gym_id)


class InvitationRepository(Repository[Invitation]):
    model = Invitation
    not_found = InvitationNotFound

    def lock_owner(self) -> None:
        """Who invites waits for whoever else does, so that one invitation to an address is open,
        and their number in a day is right."""
        self.session.execute(
            select(User.user_id)
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER)
            .with_for_update(key_share=True)
        )

    def made_since(self, moment: datetime) -> list[datetime]:
        """When people were invited, oldest first."""
        made = select(Invitation.created_at).where(self.is_own(), Invitation.created_at > moment)
        return list(self.session.scalars(made.order_by(Invitation.created_at)))

    def is_address_used(self, email: str) -> bool:
        """Whether anybody of any gym signs in with it."""
        return self.session.scalar(select(func.gym_of_login(key_of_address(email)))) is not None

    def has_account(self, member_id: int) -> bool:
        account = select(MemberAccount.user_id).where(
            MemberAccount.in_gym(self.gym_id), MemberAccount.member_id == member_id
        )
        return self.session.scalar(account) is not None

    def revoke(self, *conditions: ColumnElement[bool], now: datetime) -> Sequence[int]:
        """Take back open invitations; returns which."""
        return self.session.scalars(
            update(Invitation)
            .where(self.is_own(), _IS_PENDING, *conditions)
            .values(revoked_at=now)
            .returning(Invitation.invitation_id)
        ).all()

    def accept(self, token_hash: str, *, now: datetime) -> Invitation | None:
        """Mark the open invitation of a link as accepted: of many at once, one does."""
        return self.session.scalars(
            update(Invitation)
            .where(self.is_own(), *_is_open(token_hash, now))
            .values(accepted_at=now)
            .returning(Invitation)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def find_open(self, token_hash: str, *, now: datetime) -> AnyRow | None:
        return self.session.execute(self._rows().where(*_is_open(token_hash, now))).one_or_none()

    def get_row(self, invitation_id: int) -> AnyRow:
        return self.session.execute(
            self._rows().where(Invitation.invitation_id == invitation_id)
        ).one()

    def list_page(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Those neither accepted nor revoked, newest first."""
        newest = (Invitation.created_at.desc(), Invitation.invitation_id.desc())
        return self.paginate_rows(
            self._rows().order_by(*newest), page, self.is_own(), _IS_PENDING, counted=Invitation
        )

    def _rows(self) -> AnySelect:
        """With the names of the gym and of who invited."""
        return (
            select(Invitation, Gym.name.label("gym_name"), User.name.label("invited_by"))
            .join(Gym, Gym.gym_id == Invitation.gym_id)
            .join(User, matches(User.user_id, Invitation.invited_by))
            .where(self.is_own())
        )


_IS_PENDING = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)


def _is_open(token_hash: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Invitation.token_hash == token_hash, _IS_PENDING, Invitation.expires_at > now)
