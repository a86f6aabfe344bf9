from datetime import datetime

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert

from api.kit.repository import GymQueries
from core.door_codes import DoorCode
from db.member_facts import writing_no_facts
from db.models import Member, MemberAccount, UsedDoorCode


class DoorCodeRepository(GymQueries):
    """Codes of one gym's members."""

    def find_version(self, member_id: int) -> int | None:
        """None if the gym has no such member."""
        return self.session.scalar(
            select(Member.door_code_version).where(
                Member.in_gym(self.gym_id), Member.member_id == member_id
            )
        )

    def is_own(self, member_id: int, user_id: int) -> bool:
        """Whether the user is the member."""
        account = select(MemberAccount.user_id).where(
            MemberAccount.in_gym(self.gym_id),
            MemberAccount.member_id == member_id,
            MemberAccount.user_id == user_id,
        )
        return self.session.scalar(account) is not None

    def use(self, code: DoorCode, *, now: datetime) -> bool:
        """Use it up, if it is of the member's version and was not used. Of many who do so at once
        the others wait, and are told once the first has committed."""
        theirs = select(
            Member.gym_id,
            Member.member_id,
            literal(code.step),
            literal(now),
        ).where(
            Member.in_gym(self.gym_id),
            Member.member_id == code.member_id,
            Member.door_code_version == code.version,
        )
        columns = ["gym_id", "customer_id", "step", "used_at"]
        used = (
            insert(UsedDoorCode)
            .from_select(columns, theirs)
            .on_conflict_do_nothing()
            .returning(UsedDoorCode.member_id)
        )
        return self.session.scalar(used) is not None

    def raise_version(self, member_id: int) -> bool:
        """Whether the gym has the member."""
        raised = (
            update(Member)
            .where(Member.in_gym(self.gym_id), Member.member_id == member_id)
            .values(door_code_version=Member.door_code_version + 1)
            .returning(Member.member_id)
            .execution_options(synchronize_session=False)
        )
        with writing_no_facts(self.session):
            return self.session.scalar(raised) is not None
