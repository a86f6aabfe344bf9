from datetime import datetime

from sqlalchemy import func, insert, select, update

from api.kit.repository import Repository
from db.base import matches
from db.models import AddressConfirmation, OutboxItem, OutboxState, Role, User
from db.session import GymSession
from db.types import GymId


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
                select(AddressConfirmation.created_at)
                .where(
                    self.is_own(),
                    AddressConfirmation.header_id.is_not(None),
                    AddressConfirmation.created_at > moment,
                )
                .order_by(AddressConfirmation.created_at)
            )
        )

    def store(self, link: AddressConfirmation) -> None:
        """Store a link, and queue its mail once the caller's transaction commits."""
        self.add(link)
        self.session.execute(
            insert(OutboxItem),
            {"gym_id": self.gym_id, "confirmation_id": link.confirmation_id},
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

    def find_failure(self, address: str) -> str | None:
        """The mail server's refusal of the newest link to the address, if it refused."""
        row = self.session.execute(
            select(OutboxItem.state, OutboxItem.last_error)
            .join(
                AddressConfirmation,
                matches(AddressConfirmation.confirmation_id, OutboxItem.confirmation_id),
            )
            .where(self.is_own(), AddressConfirmation.address == address)
            .order_by(AddressConfirmation.confirmation_id.desc())
            .limit(1)
        ).one_or_none()
        if row is None or row.state != OutboxState.FAILED:
            return None
        return str(row.last_error)
