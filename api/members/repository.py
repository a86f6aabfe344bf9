from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Text, any_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import join

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.members.errors import NumberTaken
from api.members.filters import MemberFilter
from api.memberships.errors import MemberNotFound
from core.risk.rule import RiskRule
from db.base import AnyRow, AnySelect, matches
from db.consent import has_unsubscribed
from db.models import (
    ClvEstimate,
    File,
    FileKind,
    HouseholdMember,
    Member,
    Membership,
    MembershipPlan,
    MemberStats,
    MemberTag,
    Notification,
    RfmScore,
    Tag,
    Trainer,
    User,
)
from db.stats import at_risk as rule
from db.stats.risk_rule import read_risk_rule


class MemberSort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    JOINED = "join_date"
    JOINED_DOWN = "-join_date"
    LAST_VISIT = "last_visit"
    LAST_VISIT_DOWN = "-last_visit"
    VISITS = "visits"
    VISITS_DOWN = "-visits"
    VALUE = "yearly_value"
    VALUE_DOWN = "-yearly_value"


_COLUMNS: dict[str, Any] = {
    "name": Member.__table__.c.name_key,
    "join_date": Member.__table__.c.join_date,
    "last_visit": MemberStats.__table__.c.last_visit_on,
    "visits": MemberStats.__table__.c.visits,
    "yearly_value": MemberStats.__table__.c.yearly_value,
}


_STATS_OF_MEMBER = matches(MemberStats.member_id, Member.member_id)
_SCORE_OF_MEMBER = matches(RfmScore.member_id, Member.member_id)


_TAGS = func.array(
    select(Tag.name)
    .join(MemberTag, matches(MemberTag.tag_id, Tag.tag_id))
    .where(matches(MemberTag.member_id, Member.member_id))
    .order_by(Tag.name_key)
    .correlate(Member)
    .scalar_subquery(),
    type_=ARRAY(Text),
)


class MemberRepository(Repository[Member]):
    """Members of one gym."""

    model = Member
    not_found = MemberNotFound
    taken: ClassVar = {"uq_customers_gym_id_number": NumberTaken}

    def has_trainer(self, trainer_id: int) -> bool:
        query = select(Trainer.trainer_id).where(
            Trainer.in_gym(self.gym_id), Trainer.trainer_id == trainer_id
        )
        return self.session.scalar(query) is not None

    def has_unsubscribed(self, email_key: str) -> bool:
        return bool(self.session.scalar(select(has_unsubscribed(self.gym_id, email_key))))

    def list_merged(self, member_id: int) -> Sequence[Member]:
        """Other records of the same person, which lead to this one."""
        query = select(Member).where(self.is_own(), Member.merged_into == member_id)
        return self.session.scalars(query.order_by(Member.member_id)).all()

    def has_photo(self, member_id: int) -> bool:
        query = select(File.file_id).where(
            File.in_gym(self.gym_id),
            File.kind == FileKind.MEMBER_PHOTO,
            File.member_id == member_id,
        )
        return self.session.scalar(query) is not None

    def has_membership(self, member_id: int, *, day: date) -> bool:
        """One that runs on the day, or begins later."""
        query = select(Membership.membership_id).where(
            Membership.in_gym(self.gym_id),
            Membership.member_id == member_id,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
        )
        return self.session.scalar(query.limit(1)) is not None

    def pays_for_household(self, member_id: int) -> bool:
        query = select(HouseholdMember.member_id).where(
            HouseholdMember.in_gym(self.gym_id),
            HouseholdMember.member_id == member_id,
            HouseholdMember.is_payer,
        )
        return self.session.scalar(query) is not None

    def list_page(
        self,
        page: PageRequest,
        *,
        day: date,
        sort: MemberSort,
        chosen: MemberFilter,
    ) -> tuple[Sequence[AnyRow], int]:
        """One page of rows (`Member`, `MemberStats`, plan, segment, figures) and the total."""
        own = self._read_rule(day)
        conditions = [self.is_own(), *chosen.to_conditions(self.gym_id, day, own)]
        column = _COLUMNS[sort.removeprefix("-")]
        order = column.desc() if sort.startswith("-") else column.asc()
        query = self._rows(day, own).order_by(order.nulls_last(), Member.member_id)
        if not chosen.search:
            return self.paginate_rows(query, page, *conditions, counted=_members_for(chosen))
        # Few of many members: looked for once, counted on the way, and read whole where shown.
        found = (
            select(Member.member_id, func.count().over())
            .select_from(_members_for(chosen, sort))
            .where(*conditions)
            .order_by(order.nulls_last(), Member.member_id)
        )
        shown = self.session.execute(found.limit(page.size).offset(page.offset)).all()
        if not shown:
            return [], self.count(_members_for(chosen), *conditions) if page.offset else 0
        keys = cast([member_id for member_id, _ in shown], ARRAY(BigInteger))
        rows = self.session.execute(query.where(self.is_own(), Member.member_id == any_(keys)))
        return rows.all(), shown[0][1]

    def list_ids(self, chosen: MemberFilter, *, day: date) -> Sequence[int]:
        """Of all members who fit, by name."""
        query = (
            select(Member.member_id)
            .select_from(_members_for(chosen))
            .where(self.is_own(), *chosen.to_conditions(self.gym_id, day, self._read_rule(day)))
            .order_by(Member.name_key, Member.member_id)
        )
        return self.session.scalars(query).all()

    def get_row(self, member_id: int, *, day: date) -> AnyRow | None:
        """One member's row, as `list_page` gives them, with the value estimate beside it."""
        query = self._rows(day, self._read_rule(day)).where(
            self.is_own(), Member.member_id == member_id
        )
        return self.session.execute(query).one_or_none()

    def get_user_name(self, user_id: int) -> str | None:
        return self.session.scalar(
            select(User.name).where(User.gym_id == self.gym_id, User.user_id == user_id)
        )

    def list_messages(self, member_id: int, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Newest first."""
        newest = select(Notification).order_by(
            Notification.created_at.desc(), Notification.notification_id.desc()
        )
        own = (Notification.of_campaigns(self.gym_id), Notification.member_id == member_id)
        return self.paginate_rows(newest, page, *own, counted=Notification)

    def _read_rule(self, day: date) -> RiskRule:
        return read_risk_rule(self.session, self.gym_id, day)

    def _rows(self, day: date, own: RiskRule) -> AnySelect:
        return _with_figures(
            select(
                Member,
                MemberStats,
                MembershipPlan.name.label("plan_name"),
                RfmScore.customer_segment.label("segment"),
                ClvEstimate.clv_value,
                ClvEstimate.average_order_value,
                ClvEstimate.forecast_value,
                ClvEstimate.forecast_low,
                ClvEstimate.forecast_high,
                ClvEstimate.forecast_basis,
                ClvEstimate.forecast_stay,
                ClvEstimate.forecast_units,
                ClvEstimate.forecast_unit_value,
                rule.member_status(day).label("status"),
                case((rule.is_at_risk(day, own), rule.tab_of(day))).label("tab"),
                rule.days_since_visit(day).label("inactive_days"),
                _TAGS.label("tags"),
            )
        )


def _members_for(chosen: MemberFilter, sort: MemberSort = MemberSort.NAME) -> Any:
    """Members, joined with what the filter and the order read."""
    members: Any = Member
    if chosen.reads_stats or _COLUMNS[sort.removeprefix("-")].table is MemberStats.__table__:
        members = join(members, MemberStats, _STATS_OF_MEMBER)
    if chosen.reads_scores:
        members = join(members, RfmScore, _SCORE_OF_MEMBER)
    return members


def _with_figures(query: AnySelect) -> AnySelect:
    return (
        query.select_from(Member)
        .join(MemberStats, _STATS_OF_MEMBER)
        .outerjoin(MembershipPlan, matches(MembershipPlan.plan_id, Member.plan_id))
        .outerjoin(RfmScore, _SCORE_OF_MEMBER)
        .outerjoin(ClvEstimate, matches(ClvEstimate.member_id, Member.member_id))
    )
