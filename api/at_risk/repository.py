"""The members at risk: one filter for the count, the list and the recipients of a mail."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from api.at_risk.churn_repository import ChurnRiskRepository
from api.at_risk.member_at_risk import MemberAtRisk, select_figures
from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries
from core.risk.churn import member_features
from core.risk.churn_wording import format_group
from core.risk.rule import RiskRule
from core.risk.scoring import (
    CHANCE_NOT_STARTED,
    CHANCE_OF_RETURN,
    RECENT_FAILURE_DAYS,
    ReasonCode,
)
from core.translation import Sentence
from db.base import AnyRow, AnySelect, matches
from db.member_words import is_found
from db.models import Member, MemberStats, Payment, PaymentState
from db.planning import MANY_ROWS, plan_for_many
from db.stats import at_risk as rule
from db.stats.at_risk import Tab
from db.stats.risk_rule import read_risk_rule

DAYS_A_MONTH = 30
QUARTER = 91
"""Days before the last visit over which a member's habit is measured."""

GYM: BindParameter[int] = bindparam("gym_id")

# A statement of this size takes longer to build than to send: each is built once for its day.
_once_a_day = lru_cache(maxsize=64)


class AtRiskSort(StrEnum):
    """How the list is ordered. `-saveable`: first where a mail can save the most value."""

    SAVEABLE = "-saveable"
    NAME = "name"
    LONGEST_AWAY = "-inactive_days"
    SHORTEST_AWAY = "inactive_days"
    YEARLY_VALUE = "-yearly_value"


@dataclass(frozen=True)
class AtRiskFilter:
    """Which members at risk. Empty means all of them."""

    tab: Tab | None = None
    search: str | None = None
    plan_id: int | None = None
    reason: ReasonCode | None = None


@dataclass(frozen=True)
class AtRiskTotals:
    """Members and their yearly value per tab, in minor units, without those of unknown value."""

    members: dict[Tab, int]
    yearly_values: dict[Tab, int]

    def count(self, tab: Tab | None = None) -> int:
        return self.members[tab] if tab else sum(self.members.values())

    def sum_value(self, tab: Tab | None = None) -> int:
        return self.yearly_values[tab] if tab else sum(self.yearly_values.values())


def _openness(day: date, own: RiskRule) -> ColumnElement[int]:
    """Risk times chance of return, in whole millionths, which sort fast.

    A member who comes anyway needs no mail, and one who is gone for good does not react to it: a
    mail changes most in between. docs/models.md has the effect.
    """

    def openness(chance: float) -> str:
        return str(round(1_000_000 * chance * (1 - chance)))

    days = ",".join(str(days) for days, _ in CHANCE_OF_RETURN)
    table = ",".join(openness(chance) for _, chance in CHANCE_OF_RETURN)
    row = func.width_bucket(
        rule.days_away(day, own.closed), literal_column(f"array[{days}]"), type_=Integer
    )
    by_days: ColumnElement[Any] = literal_column(f"(array[{table}])", ARRAY(Integer))
    churn = MemberStats.churn_probability
    return case(
        (rule.is_score_current(day, own.closed), cast(1_000_000 * churn * (1 - churn), Integer)),
        else_=func.coalesce(by_days[row], literal_column(openness(CHANCE_NOT_STARTED))),
    )


def _has_reason(reason: ReasonCode, day: date, own: RiskRule) -> ColumnElement[bool]:
    match reason:
        case ReasonCode.NO_VISIT:
            return rule.is_absent(day, own)
        case ReasonCode.VISITS_DOWN:
            return rule.has_dropped(day, own.closed)
        case ReasonCode.NOT_STARTED:
            return rule.has_not_started(day, own)
        case ReasonCode.HIGH_CHURN:
            return rule.has_high_churn(day, own.closed)
        case ReasonCode.PAYMENT_FAILED:
            # Not correlated: failed payments are found once, and not looked up for each member.
            return MemberStats.member_id.in_(
                select(Payment.member_id).where(
                    Payment.gym_id == GYM,
                    Payment.state == PaymentState.FAILED,
                    Payment.due_on.between(day - timedelta(days=RECENT_FAILURE_DAYS), day),
                )
            )
        case ReasonCode.RENEWAL_SOON:
            ends = func.upper(MemberStats.covered)
            soon = ends.between(day + timedelta(days=1), day + timedelta(days=DAYS_A_MONTH + 1))
            return and_(soon, ~MemberStats.is_cancelled)
        case ReasonCode.NOTICE_GIVEN:
            return and_(MemberStats.is_cancelled, func.upper(MemberStats.covered) > day)


def _total_columns(day: date) -> list[ColumnElement[Any]]:
    """Count and value per tab, in the order that `_read_totals` reads."""
    return [
        column
        for tab in Tab
        for column in (
            func.count().filter(rule.is_in_tab(day, tab)),
            func.coalesce(func.sum(MemberStats.yearly_value).filter(rule.is_in_tab(day, tab)), 0),
        )
    ]


def _read_totals(row: Sequence[Any]) -> AtRiskTotals:
    return AtRiskTotals(
        members={tab: row[2 * index] for index, tab in enumerate(Tab)},
        yearly_values={tab: int(row[2 * index + 1]) for index, tab in enumerate(Tab)},
    )


def _select_matching(
    day: date, own: RiskRule, chosen: AtRiskFilter, *columns: Any, by_name: bool = False
) -> AnySelect:
    """Select `columns` of the members that match, whatever their tab."""
    query: AnySelect = (
        select(*columns)
        .select_from(MemberStats)
        .where(MemberStats.gym_id == GYM, rule.is_at_risk(day, own))
    )
    if chosen.reason is not None:
        query = query.where(_has_reason(chosen.reason, day, own))
    if by_name or chosen.plan_id is not None:
        query = query.join(Member, matches(Member.member_id, MemberStats.member_id))
    if chosen.search:
        query = query.where(is_found(MemberStats.member_id, GYM, chosen.search))
    if chosen.plan_id is not None:
        query = query.where(Member.plan_id == chosen.plan_id)
    return query


@_once_a_day
def select_ids(day: date, own: RiskRule, chosen: AtRiskFilter, sort: AtRiskSort) -> AnySelect:
    """Ids of the members of the gym `gym_id` that match, in order."""
    is_name = sort is AtRiskSort.NAME
    columns = [
        MemberStats.member_id,
        MemberStats.last_visit_on,
        func.coalesce(MemberStats.yearly_value, 0).label("value"),
        _openness(day, own).label("openness"),
        # Where money is unknown, the visits that a return would bring take its place.
        case(
            (
                MemberStats.yearly_value.is_(None),
                func.bit_count(func.substring(MemberStats.visited_days, 1, QUARTER)),
            ),
            else_=0,
        ).label("habit"),
        *([Member.name_key.label("name")] if is_name else []),
    ]
    query = _select_matching(day, own, chosen, *columns, by_name=is_name)
    if chosen.tab is not None:
        query = query.where(rule.is_in_tab(day, chosen.tab))
    # OFFSET makes PostgreSQL compute each column once, and not wherever the order names it.
    row = query.offset(0).subquery("listed").c
    match sort:
        case AtRiskSort.NAME:
            first = [row.name.asc()]
        case AtRiskSort.LONGEST_AWAY:
            first = [row.last_visit_on.asc().nulls_last()]
        case AtRiskSort.SHORTEST_AWAY:
            first = [row.last_visit_on.desc().nulls_last()]
        case AtRiskSort.YEARLY_VALUE:
            first = [row.value.desc()]
        case AtRiskSort.SAVEABLE:
            first = []
    saveable = [(row.openness * row.value).desc(), (row.openness * row.habit).desc()]
    return select(row.member_id).order_by(*first, *saveable, row.member_id)


@_once_a_day
def select_page(day: date, own: RiskRule, chosen: AtRiskFilter, sort: AtRiskSort) -> AnySelect:
    """`size` of those ids from `offset` on."""
    return select_ids(day, own, chosen, sort).limit(bindparam("size")).offset(bindparam("offset"))


@_once_a_day
def select_totals(day: date, own: RiskRule, chosen: AtRiskFilter) -> AnySelect:
    """One row of the gym `gym_id`: the totals of all tabs, whichever is chosen."""
    return _select_matching(day, own, chosen, *_total_columns(day))


@_once_a_day
def select_summary(day: date, own: RiskRule) -> AnySelect:
    """One row of the gym `gym_id`: the totals, then how many members each reason holds for."""
    counts = [func.count().filter(_has_reason(reason, day, own)) for reason in ReasonCode]
    return _select_matching(day, own, AtRiskFilter(), *_total_columns(day), *counts)


class AtRiskRepository(GymQueries):
    """Reads the gym's members at risk on `day`, its local day of `as_of`."""

    def __init__(self, session: Session, gym_id: int, day: date) -> None:
        super().__init__(session, gym_id)
        self.day = day

    def count_by(self, rule: RiskRule) -> int:
        """How many would be at risk by another rule."""
        query = select_totals(self.day, rule, AtRiskFilter())
        return _read_totals(self.session.execute(query, {"gym_id": self.gym_id}).one()).count()

    @cached_property
    def rule(self) -> RiskRule:
        return read_risk_rule(self.session, self.gym_id, self.day)

    def _plan(
        self, chosen: AtRiskFilter, sort: AtRiskSort | None = None
    ) -> AbstractContextManager[None]:
        """Where members are joined, PostgreSQL's statistics of the gym must not be used.

        For some seconds after an import they still show an empty gym, and each member at risk would
        be compared with each member.
        """
        joins = chosen.plan_id is not None or sort is AtRiskSort.NAME
        return plan_for_many(self.session, MANY_ROWS if joins else 0)

    def totals(self, chosen: AtRiskFilter) -> AtRiskTotals:
        """Of all tabs, whichever is chosen."""
        # The same for every tab, so it is built once for all of them.
        query = select_totals(self.day, self.rule, replace(chosen, tab=None))
        with self._plan(chosen):
            return _read_totals(self.session.execute(query, {"gym_id": self.gym_id}).one())

    def summarise(self) -> tuple[AtRiskTotals, dict[ReasonCode, int]]:
        """All members at risk: the totals, and how many each reason holds for."""
        row = self.session.execute(
            select_summary(self.day, self.rule), {"gym_id": self.gym_id}
        ).one()
        totals, counts = row[: 2 * len(Tab)], row[2 * len(Tab) :]
        return _read_totals(totals), dict(zip(ReasonCode, counts, strict=True))

    def member_ids(self, chosen: AtRiskFilter) -> Sequence[int]:
        """All members that match, in the order of what can still be saved."""
        query = select_ids(self.day, self.rule, chosen, AtRiskSort.SAVEABLE)
        with self._plan(chosen):
            return self.session.scalars(query, {"gym_id": self.gym_id}).all()

    def list_page(
        self, chosen: AtRiskFilter, sort: AtRiskSort, page: PageRequest
    ) -> list[MemberAtRisk]:
        """One page of members, with everything a list shows about them."""
        query = select_page(self.day, self.rule, chosen, sort)
        asked = {"gym_id": self.gym_id, "size": page.size, "offset": page.offset}
        with self._plan(chosen, sort):
            ids: Sequence[int] = self.session.scalars(query, asked).all()
        members = {row.member.member_id: row for row in self.read(ids)}
        return [members[member_id] for member_id in ids]

    def read(self, member_ids: Iterable[int]) -> list[MemberAtRisk]:
        """The figures behind the risk of these members, whether they are at risk or not."""
        rows = self.session.execute(
            select_figures(self.day, self.rule),
            {"gym_id": self.gym_id, "member_ids": list(member_ids)},
        )
        found = rows.all()
        causes = self._explain_scores([row for row in found if row.has_high_churn])
        return [MemberAtRisk.from_row(row, self.day, causes) for row in found]

    def _explain_scores(self, rows: Sequence[AnyRow]) -> dict[int, tuple[Sentence, ...]]:
        """What raised each member's score, with the numbers of the day: largest first."""
        if not rows:
            return {}
        ids = [row.MemberStats.member_id for row in rows]
        facts = ChurnRiskRepository(self.session, self.gym_id).read_facts(ids, self.day)
        explanations = {}
        for row in rows:
            features = member_features(facts[row.MemberStats.member_id], self.day)
            explanations[row.MemberStats.member_id] = tuple(
                format_group(reason["group"], features)
                for reason in row.churn_reasons or []
                if reason["contribution"] > 0
            )
        return explanations
