"""SQL about the gym itself."""

from sqlalchemy import select

from db.models import Gym, Payment, Role, Transaction, User
from db.session import GymSession
from db.types import GymId


class OrganizationRepository:
    def __init__(self, session: GymSession, gym_id: GymId) -> None:
        self.session = session
        self.gym_id = gym_id

    def lock(self) -> Gym:
        """Read the gym and its owner anew and hold both against other edits.

        The gym's own row is taken last, as everywhere (`db.cache_version`).
        """
        self.session.execute(
            select(User.user_id)
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER.value)
            .with_for_update(key_share=True)
        )
        return self.session.scalars(
            select(Gym)
            .where(Gym.gym_id == self.gym_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one()

    def has_money(self) -> bool:
        """Whether anything is written down in the gym's currency, moved or only attempted."""
        return bool(
            self.session.scalar(
                select(
                    select(Transaction.transaction_id)
                    .where(Transaction.gym_id == self.gym_id)
                    .exists()
                    | select(Payment.payment_id).where(Payment.gym_id == self.gym_id).exists()
                )
            )
        )

    def get_owner(self) -> User:
        return self.session.scalars(
            select(User)
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER.value)
            .execution_options(populate_existing=True)
        ).one()
