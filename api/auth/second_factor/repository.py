from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update

from api.auth.repository import AccountQueries
from db.models import RecoveryCode, SecondFactor


class SecondFactorRepository(AccountQueries):
    """The apps and recovery codes of users. Whoever writes holds the user's row."""

    def find(self, user_id: int) -> SecondFactor | None:
        return self.session.scalars(
            select(SecondFactor)
            .where(SecondFactor.in_gym(self.gym_id), SecondFactor.user_id == user_id)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def find_confirmed(self, user_id: int) -> SecondFactor | None:
        factor = self.find(user_id)
        return factor if factor is not None and factor.confirmed_at is not None else None

    def list_users_with_one(self, user_ids: Iterable[int]) -> set[int]:
        return set(
            self.session.scalars(
                select(SecondFactor.user_id).where(
                    SecondFactor.in_gym(self.gym_id),
                    SecondFactor.user_id.in_(list(user_ids)),
                    SecondFactor.confirmed_at.is_not(None),
                )
            )
        )

    def delete(self, user_id: int) -> None:
        for model in (RecoveryCode, SecondFactor):
            self.session.execute(
                delete(model).where(model.in_gym(self.gym_id), model.user_id == user_id)
            )

    def add_recovery_codes(self, user_id: int, hashes: Iterable[str]) -> None:
        self.session.add_all(
            RecoveryCode(gym_id=self.gym_id, user_id=user_id, code_hash=one) for one in hashes
        )
        self.session.flush()

    def count_recovery_codes(self, user_id: int) -> int:
        """Of those that were not used."""
        found = self.session.scalar(
            select(func.count()).where(
                RecoveryCode.in_gym(self.gym_id),
                RecoveryCode.user_id == user_id,
                RecoveryCode.used_at.is_(None),
            )
        )
        return found or 0

    def use_recovery_code(self, user_id: int, code_hash: str, *, now: datetime) -> bool:
        """Use one up; whether there was one."""
        used = self.session.scalar(
            update(RecoveryCode)
            .where(
                RecoveryCode.in_gym(self.gym_id),
                RecoveryCode.user_id == user_id,
                RecoveryCode.code_hash == code_hash,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(RecoveryCode.recovery_code_id)
        )
        return used is not None
