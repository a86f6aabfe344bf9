from datetime import datetime

from sqlalchemy import func, select, update

from api.kit.repository import Repository
from core.translation import Sentence, t
from db.models import AddressConfirmation, Notification, NotificationState, Role, User
from db.session import GymSession
from db.types import GymId

CONFIRMATION_KIND = "address_confirmation"


def enter_gym_of(session: GymSession, token_hash: str) -> GymId | None:
    """Find the gym of a link, and enter it. None for a token that no mail carries."""
    gym_id = session.scalar(select(func.gym_of_confirmation_token(token_hash)))
    if gym_id is None:
        return None
    session.enter_gym(GymId(gym_id))
    return GymId(gym_id)


class ConfirmationRepository(Repository[AddressConfirmation]):
    model = AddressConfirmation

    def lock_owner(self) -> None:
        """Requests for a link wait for each other, so that their number is right."""
        self.session.execute(
            select(User.user_id)
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER)
            .with_for_update(key_share=True)
        )

    def is_confirmed(self, address: str) -> bool:
        return self.exists(
            AddressConfirmation.address == address, AddressConfirmation.confirmed_at.is_not(None)
        )

    def mailed_since(self, moment: datetime) -> list[datetime]:
        """When links were requested, oldest first."""
        return list(
            self.session.scalars(
                select(Notification.created_at)
                .where(
                    Notification.in_gym(self.gym_id),
                    Notification.kind == CONFIRMATION_KIND,
                    Notification.created_at > moment,
                )
                .order_by(Notification.created_at)
            )
        )

    def get_one(self, confirmation_id: int) -> AddressConfirmation:
        return self.session.scalars(
            select(AddressConfirmation).where(
                self.is_own(), AddressConfirmation.confirmation_id == confirmation_id
            )
        ).one()

    def find(self, token_hash: str) -> AddressConfirmation | None:
        return self.session.scalars(
            select(AddressConfirmation)
            .where(
                self.is_own(),
                AddressConfirmation.token_hash == token_hash,
            )
            .execution_options(populate_existing=True)
        ).one_or_none()

    def use(self, token_hash: str, *, now: datetime) -> None:
        self.session.execute(
            update(AddressConfirmation)
            .where(
                self.is_own(),
                AddressConfirmation.token_hash == token_hash,
                AddressConfirmation.confirmed_at.is_(None),
                AddressConfirmation.expires_at > now,
            )
            .values(confirmed_at=now)
        )

    def find_failure(self, address: str) -> Sentence | None:
        """The mail server's refusal of the newest link to the address, if it refused."""
        newest = self.session.scalar(
            select(Notification)
            .where(
                Notification.in_gym(self.gym_id),
                Notification.kind == CONFIRMATION_KIND,
                Notification.recipient == address,
            )
            .order_by(Notification.notification_id.desc())
            .limit(1)
        )
        if newest is None or newest.state != NotificationState.FAILED:
            return None
        return newest.said or (t(newest.error) if newest.error else None)
