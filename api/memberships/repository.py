from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.memberships.errors import MembershipNotFound
from core.memberships import facts
from core.memberships.facts import Span
from core.memberships.prices import continue_prices, price_a_term
from db.base import AnyRow, AnySelect, matches
from db.membership_facts import load_agreed_prices, load_facts
from db.models import (
    Household,
    HouseholdMember,
    Member,
    Membership,
    MembershipEvent,
    MembershipFreeze,
    MembershipPlan,
    MembershipTerm,
    User,
)

SHOWN = 100
"""Terms and events of one membership."""


class MembershipRepository(Repository[Membership]):
    """Memberships of one gym."""

    model = Membership
    not_found = MembershipNotFound

    def find_overlap(
        self,
        member_id: int,
        starts_on: date,
        ends_on: date | None,
        *,
        besides: int | None = None,
    ) -> Membership | None:
        """A membership of the member, other than `besides`, that shares a day with the period."""
        query = select(Membership).where(
            self.is_own(),
            Membership.member_id == member_id,
            Membership.membership_id.is_distinct_from(besides),
            ~Membership.may_overlap,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= starts_on),
        )
        if ends_on is not None:
            query = query.where(Membership.starts_on <= ends_on)
        return self.session.scalar(query.order_by(Membership.starts_on).limit(1))

    def list_page(
        self, page: PageRequest, *, member_id: int | None
    ) -> tuple[Sequence[AnyRow], int]:
        where = [self.is_own()]
        if member_id is not None:
            where.append(Membership.member_id == member_id)
        return self.paginate_rows(_newest_first(), page, *where, counted=Membership)

    def list_of_member(self, member_id: int) -> Sequence[AnyRow]:
        """All of a member."""
        own = _newest_first().where(self.is_own(), Membership.member_id == member_id)
        return self.session.execute(own).all()

    def list_on_plan(
        self, plan_id: int, day: date, *, ids: Collection[int] | None = None
    ) -> Sequence[AnyRow]:
        """Those that are not over on a day, each with the name of its member and by it; `ids` are
        the only ones to look at."""
        query = (
            select(Membership, Member.name.label("member_name"))
            .join(Member, matches(Member.member_id, Membership.member_id))
            .where(
                self.is_own(),
                Membership.plan_id == plan_id,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
            )
        )
        if ids is not None:
            query = query.where(Membership.membership_id.in_(ids))
        return self.session.execute(
            query.order_by(Member.name_key, Membership.membership_id).execution_options(
                populate_existing=True
            )
        ).all()

    def load_facts(self, rows: Sequence[Membership]) -> Mapping[int, facts.Membership]:
        return load_facts(self.session, self.gym_id, rows)

    def list_owing_alike(self, row: Membership) -> Sequence[Membership]:
        """Those that it replaces, or that replace it, to which the same debt went along."""
        is_next_to_it = or_(
            Membership.replaces_id == row.membership_id,
            Membership.membership_id == row.replaces_id,
        )
        owing = Membership.unpaid_since == row.unpaid_since
        return self.session.scalars(
            select(Membership).where(self.is_own(), is_next_to_it, owing)
        ).all()

    def list_freezes(self, membership_id: int) -> Sequence[MembershipFreeze]:
        return self.session.scalars(
            select(MembershipFreeze)
            .where(
                MembershipFreeze.in_gym(self.gym_id),
                MembershipFreeze.membership_id == membership_id,
            )
            .order_by(MembershipFreeze.starts_on)
            .execution_options(populate_existing=True)
        ).all()

    def write_freezes(
        self, membership: Membership, spans: Sequence[Span], reason: str | None
    ) -> None:
        """Let the membership have these freezes; `reason` is of what is new."""
        ends = {span.start: span.last for span in spans}
        for freeze in self.list_freezes(membership.membership_id):
            last = ends.pop(freeze.starts_on, None)
            if last is None:
                self.session.delete(freeze)
            else:
                freeze.ends_on = last
        self.session.add_all(
            MembershipFreeze(
                gym_id=self.gym_id,
                membership_id=membership.membership_id,
                member_id=membership.member_id,
                starts_on=start,
                ends_on=last,
                reason=reason,
            )
            for start, last in ends.items()
        )
        self.session.flush()

    def list_terms(self, membership_id: int) -> Sequence[MembershipTerm]:
        """Newest first."""
        return self.session.scalars(
            select(MembershipTerm)
            .where(
                MembershipTerm.in_gym(self.gym_id), MembershipTerm.membership_id == membership_id
            )
            .order_by(MembershipTerm.term.desc())
        ).all()

    def list_prices(
        self, row: Membership, membership: facts.Membership, *, terms: int
    ) -> Sequence[int]:
        """What terms 1 to `terms` cost, or will."""
        known = [term.price for term in reversed(self.list_terms(row.membership_id))]
        agreed = load_agreed_prices(self.session, [self.gym_id], [row.membership_id])
        return continue_prices(
            known,
            {change.term: change.price for change in agreed.get(row.membership_id, ())},
            terms,
            first=price_a_term(membership, row.yearly_price),
        )

    def find_birth_date(self, member_id: int) -> date | None:
        own = Member.in_gym(self.gym_id), Member.member_id == member_id
        return self.session.scalar(select(Member.birth_date).where(*own))

    def is_further_in_household(
        self, member_id: int, day: date, *, replaces_id: int | None, lock: bool
    ) -> bool:
        """Whether somebody else of the member's household has a membership of the day, of a plan
        that costs something, and had it before the one that is replaced. With `lock` nobody else
        of it is sold one meanwhile."""
        household_id = self.session.scalar(
            select(HouseholdMember.household_id).where(
                HouseholdMember.in_gym(self.gym_id), HouseholdMember.member_id == member_id
            )
        )
        if household_id is None:
            return False
        if lock:
            of_it = Household.in_gym(self.gym_id), Household.household_id == household_id
            self.session.execute(select(Household.household_id).where(*of_it).with_for_update())
        others = (
            select(Membership.membership_id)
            .join(HouseholdMember, matches(HouseholdMember.member_id, Membership.member_id))
            .join(MembershipPlan, matches(MembershipPlan.plan_id, Membership.plan_id))
            .where(
                self.is_own(),
                HouseholdMember.household_id == household_id,
                HouseholdMember.member_id != member_id,
                MembershipPlan.price > 0,
                Membership.starts_on <= day,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
            )
        )
        found = self.session.scalars(others).all()
        if replaces_id is None:
            return bool(found)
        first = self._find_first(replaces_id)
        return any(self._find_first(other) < first for other in found)

    def _find_first(self, membership_id: int) -> int:
        """The membership that was sold, of which changes of plan made this one."""
        while (replaced := self.get_or_refuse(membership_id).replaces_id) is not None:
            membership_id = replaced
        return membership_id

    def has_member(self, member_id: int) -> bool:
        own = Member.in_gym(self.gym_id), Member.member_id == member_id
        return self.count(Member, *own) > 0

    def list_events(self, membership_id: int) -> Sequence[AnyRow]:
        """Newest first, each with the name of who did it."""
        return self.session.execute(
            select(MembershipEvent, User.name.label("by"))
            .outerjoin(User, matches(User.user_id, MembershipEvent.user_id))
            .where(
                MembershipEvent.in_gym(self.gym_id),
                MembershipEvent.membership_id == membership_id,
            )
            .order_by(MembershipEvent.event_id.desc())
            .limit(SHOWN)
        ).all()


def _newest_first() -> AnySelect:
    """Each with its plan's name."""
    return (
        select(Membership, MembershipPlan.name.label("plan_name"))
        .join(MembershipPlan, matches(MembershipPlan.plan_id, Membership.plan_id))
        .order_by(Membership.starts_on.desc(), Membership.membership_id.desc())
    )
