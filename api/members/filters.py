"""Which members: what lists narrow by, what an audience keeps, and whom a campaign writes to."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, Strict
from sqlalchemy import ColumnElement, extract, select

from api.at_risk.schemas import TabChoice
from api.kit.schemas import Body, Key, SensibleDate, Text
from api.kit.search import HOW_TO_SEARCH
from api.tags.schemas import TagName
from core.risk.rule import RiskRule
from core.text import fold
from db.base import matches
from db.member_words import is_found
from db.models import (
    HouseholdMember,
    Member,
    Membership,
    MemberStats,
    MemberStatus,
    MemberTag,
    RfmScore,
    Segment,
    Standing,
    Tag,
)
from db.stats import at_risk as rule


class ListedStanding(StrEnum):
    """Who is listed. Nobody is listed whose records were merged into another's."""

    MEMBER = Standing.MEMBER
    STAFF = Standing.STAFF
    GUEST = Standing.GUEST
    ARCHIVED = Standing.ARCHIVED
    ERASED = Standing.ERASED
    ANYONE = "anyone"

    def to_condition(self) -> ColumnElement[bool]:
        if self is ListedStanding.ANYONE:
            return Member.standing != Standing.MERGED
        return Member.standing == Standing(self)


class MemberFilter(Body):
    """Members who fit everything that is given. Without anything it is all of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tag": "Morning crew", "at_risk": "drifting"}]}
    )

    search: Annotated[str, Text(100)] | None = Field(default=None, description=HOW_TO_SEARCH)
    standing: Annotated[ListedStanding, Strict(False)] | None = Field(
        default=None, description="Members only, unless somebody else is asked for"
    )
    status: Annotated[MemberStatus, Strict(False)] | None = None
    plan_id: Key | None = None
    segment: Annotated[Segment, Strict(False)] | None = None
    tag: TagName | None = Field(default=None, description="Name of a tag, however it is typed")
    at_risk: Annotated[TabChoice, Strict(False)] | None = Field(
        default=None, description="In this tab of the members at risk, or in any of them (`all`)"
    )
    trainer_id: Key | None = None
    last_visit_from: SensibleDate | None = Field(
        default=None, description="The last visit was on this day or later"
    )
    last_visit_until: SensibleDate | None = Field(
        default=None, description="The last visit was on this day or earlier"
    )
    never_came: bool | None = Field(
        default=None, description="true: without any visit; false: with one"
    )
    joined_from: SensibleDate | None = None
    joined_until: SensibleDate | None = None
    birth_month: Annotated[int, Field(ge=1, le=12)] | None = Field(
        default=None, description="1 is January"
    )
    pays_for_household: bool | None = Field(
        default=None, description="true: who pays for a household; false: who does not"
    )
    owes: bool | None = Field(
        default=None, description="true: who has a membership that is not paid for; false: who not"
    )

    @property
    def reads_stats(self) -> bool:
        """Whether a condition is about `MemberStats`."""
        asked = (self.status, self.at_risk, self.last_visit_from, self.last_visit_until)
        return self.never_came is not None or any(value is not None for value in asked)

    @property
    def reads_scores(self) -> bool:
        """Whether a condition is about `RfmScore`."""
        return self.segment is not None

    def to_conditions(self, gym_id: int, day: date, own: RiskRule) -> list[ColumnElement[bool]]:
        """In SQL, for a query of `Member` that is joined with what it reads."""
        last = MemberStats.last_visit_on
        found = [(self.standing or ListedStanding.MEMBER).to_condition()]

        def narrow(value: Any, condition: Any) -> None:
            if value is not None:
                found.append(condition(value))

        narrow(self.search or None, lambda typed: is_found(Member.member_id, gym_id, typed))
        narrow(self.status, lambda status: rule.member_status(day) == status)
        narrow(self.plan_id, lambda plan_id: Member.plan_id == plan_id)
        narrow(self.segment, lambda segment: RfmScore.customer_segment == segment)
        narrow(self.tag, lambda tag: Member.member_id.in_(_select_tagged(gym_id, tag)))
        narrow(self.at_risk, lambda _: rule.is_at_risk(day, own))
        narrow(self.at_risk and self.at_risk.tab, lambda tab: rule.is_in_tab(day, tab))
        narrow(self.trainer_id, lambda trainer_id: Member.trainer_id == trainer_id)
        narrow(self.last_visit_from, lambda first: last >= first)
        narrow(self.last_visit_until, lambda final: last <= final)
        narrow(self.never_came, lambda never: last.is_(None) if never else last.is_not(None))
        narrow(self.joined_from, lambda first: Member.join_date >= first)
        narrow(self.joined_until, lambda final: Member.join_date <= final)
        narrow(self.birth_month, lambda month: extract("month", Member.birth_date) == month)
        narrow(self.pays_for_household, lambda pays: _pays_for_household(gym_id) == pays)
        narrow(self.owes, lambda owes: _owes(gym_id) == owes)
        return found


def _pays_for_household(gym_id: int) -> ColumnElement[bool]:
    payers = select(HouseholdMember.member_id).where(
        HouseholdMember.in_gym(gym_id), HouseholdMember.is_payer
    )
    return Member.member_id.in_(payers)


def _owes(gym_id: int) -> ColumnElement[bool]:
    unpaid = select(Membership.member_id).where(
        Membership.in_gym(gym_id), Membership.unpaid_since.is_not(None)
    )
    return Member.member_id.in_(unpaid)


def _select_tagged(gym_id: int, name: str) -> Any:
    return (
        select(MemberTag.member_id)
        .join(Tag, matches(Tag.tag_id, MemberTag.tag_id))
        .where(MemberTag.in_gym(gym_id), Tag.name_key == fold(name))
    )
