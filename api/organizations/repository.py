"""SQL about the gym itself."""

from sqlalchemy import select

from api.kit.repository import GymQueries
from db.models import Gym, Payment, Role, Transaction, User

SIGN_IN_NAMES = (
    "uq_gyms_username",
    "uq_gyms_email",
    "uq_users_username_key",
    "uq_users_email_key",
)
"""The constraints that keep what people sign in with apart, of the whole platform."""


class OrganizationRepository(GymQueries):
    def lock(self) -> Gym:
        """Read the gym and its owner again and lock both.

        Whoever locks members as well locks these first.
        """
        self.session.execute(
            select(User.user_id)
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER)
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
            .where(User.gym_id == self.gym_id, User.role == Role.OWNER)
            .execution_options(populate_existing=True)
        ).one()
