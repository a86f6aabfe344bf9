from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, delete, func, select, update

from api.households.errors import HouseholdNotFound, InHousehold
from api.kit.pagination import PageRequest
from api.kit.repository import Repository, refusing
from db.base import AnyRow, matches
from db.models import (
    Household,
    HouseholdMember,
    Member,
    Membership,
    MembershipPlan,
    Payment,
    Transaction,
)


class HouseholdRepository(Repository[Household]):
    """Households of one gym, and who is in them."""

    model = Household
    not_found = HouseholdNotFound
    taken: ClassVar = {}

    def lock_or_refuse(self, household_id: int) -> Household:
        """Others who change it wait. Raises `HouseholdNotFound`."""
        query = select(Household).where(self.is_own(), Household.household_id == household_id)
        found = self.session.scalar(query.with_for_update())
        if found is None:
            raise HouseholdNotFound(household_id)
        return found

    def list_page(
        self, page: PageRequest, *, member_id: int | None
    ) -> tuple[Sequence[AnyRow], int]:
        """Rows of `Household`, by the name of who pays."""
        query = (
            select(Household)
            .join(HouseholdMember, matches(HouseholdMember.household_id, Household.household_id))
            .join(Member, matches(Member.member_id, HouseholdMember.member_id))
            .where(HouseholdMember.is_payer)
            .order_by(Member.name_key, Household.household_id)
        )
        conditions = [self.is_own()]
        if member_id is not None:
            conditions.append(Household.household_id.in_(self._select_of(member_id)))
        return self.paginate_rows(query, page, *conditions, counted=Household)

    def list_people(self, household_ids: Iterable[int]) -> Sequence[AnyRow]:
        """`HouseholdMember`, `Member` and `plan_name`: who pays first, then by name."""
        return self.session.execute(
            select(HouseholdMember, Member, MembershipPlan.name.label("plan_name"))
            .join(Member, matches(Member.member_id, HouseholdMember.member_id))
            .outerjoin(MembershipPlan, matches(MembershipPlan.plan_id, Member.plan_id))
            .where(
                HouseholdMember.in_gym(self.gym_id),
                HouseholdMember.household_id.in_(list(household_ids)),
            )
            .order_by(HouseholdMember.is_payer.desc(), Member.name_key, Member.member_id)
        ).all()

    def sum_paid(self, payer_ids: Iterable[int]) -> dict[tuple[int, int], int]:
        """By payer and whose memberships they were: what the ledger says, minor units."""
        rows = self.session.execute(
            select(
                Transaction.member_id.label("payer_id"),
                Membership.member_id,
                func.sum(Transaction.amount).label("amount"),
            )
            .join(Payment, matches(Payment.payment_id, Transaction.payment_id))
            .join(Membership, matches(Membership.membership_id, Payment.membership_id))
            .where(Transaction.in_gym(self.gym_id), Transaction.member_id.in_(list(payer_ids)))
            .group_by(Transaction.member_id, Membership.member_id)
        )
        return {(row.payer_id, row.member_id): int(row.amount) for row in rows}

    def find_person(self, household_id: int, member_id: int) -> HouseholdMember | None:
        return self.session.scalar(
            select(HouseholdMember).where(*self._is_in(household_id, member_id))
        )

    def count_people(self, household_id: int) -> int:
        return self.count(HouseholdMember, *self._is_in(household_id))

    def add_person(self, household_id: int, member_id: int, *, is_payer: bool = False) -> None:
        """Raises `InHousehold`."""
        person = HouseholdMember(
            gym_id=self.gym_id, household_id=household_id, member_id=member_id, is_payer=is_payer
        )
        self.session.add(person)
        taken = InHousehold(member_id)
        with refusing(
            {"uq_household_members_gym_id_customer_id": taken, "pk_household_members": taken}
        ):
            self.session.flush()

    def set_payer(self, household_id: int, member_id: int) -> None:
        """Two statements: there is never more than one who pays."""
        of_household = update(HouseholdMember).where(*self._is_in(household_id))
        self.session.execute(of_household.where(HouseholdMember.is_payer).values(is_payer=False))
        self.session.execute(
            of_household.where(HouseholdMember.member_id == member_id).values(is_payer=True)
        )

    def remove_person(self, household_id: int, member_id: int) -> None:
        self.session.execute(delete(HouseholdMember).where(*self._is_in(household_id, member_id)))

    def _select_of(self, member_id: int) -> Any:
        return select(HouseholdMember.household_id).where(
            HouseholdMember.in_gym(self.gym_id), HouseholdMember.member_id == member_id
        )

    def _is_in(
        self, household_id: int, member_id: int | None = None
    ) -> Sequence[ColumnElement[bool]]:
        found = [HouseholdMember.in_gym(self.gym_id), HouseholdMember.household_id == household_id]
        return found if member_id is None else [*found, HouseholdMember.member_id == member_id]
