from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.analytics import service as analytics
from api.analytics.schemas import (
    AtRiskIds,
    AtRiskPage,
    AtRiskPreview,
    Overview,
    Retention,
    Segments,
    Visits,
)
from api.at_risk.repository import AtRiskFilter, AtRiskSort
from api.at_risk.schemas import TabChoice
from api.kit.cache import ResponseCacheDep
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import QueryKey, WholeNumber
from api.kit.search import SearchText
from core.risk.rule import FEWEST_DAYS, FEWEST_GAPS, MOST_DAYS, MOST_GAPS
from core.risk.scoring import ReasonCode
from db.as_of import read_as_of
from db.topics import Topic

router = APIRouter(responses=describe(Unauthorized, Forbidden))

EVERYTHING = frozenset(Topic)
"""The topics of what looks at members from all sides."""

Reader = Annotated[Principal, Depends(Require(Permission.READ_ANALYTICS))]


def read_filter(
    tab: TabChoice = TabChoice.ALL,
    search: SearchText = None,
    plan_id: QueryKey | None = None,
    reason: ReasonCode | None = None,
) -> AtRiskFilter:
    return AtRiskFilter(tab.tab, search or None, plan_id, reason)


FilterDep = Annotated[AtRiskFilter, Depends(read_filter)]


@router.get("/overview", summary="The gym at a glance", response_model=Overview)
def read_overview(
    session: SessionDep, caller: Reader, now: NowDep, responses: ResponseCacheDep
) -> Response:
    """`at_risk` equals the `total` of `/analytics/at-risk`: both use the same rule."""

    def compute() -> Overview:
        as_of = read_as_of(session, caller.gym, now)
        return analytics.read_overview(session, caller, as_of=as_of, now=now)

    return responses.get_or_compute("overview", (), EVERYTHING, compute)


@router.get("/visits", summary="Visits per day, and per weekday and hour", response_model=Visits)
def read_visits(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    responses: ResponseCacheDep,
    days: Annotated[int, WholeNumber(7, 730)] = 90,
) -> Response:
    def compute() -> Visits:
        as_of = read_as_of(session, caller.gym, now)
        return analytics.read_visits(session, caller, days=days, as_of=as_of, now=now)

    return responses.get_or_compute("visits", (days,), {Topic.VISITS}, compute)


@router.get("/segments", summary="Value segments", response_model=Segments)
def read_segments(session: SessionDep, caller: Reader, responses: ResponseCacheDep) -> Response:
    return responses.get_or_compute(
        "segments",
        (),
        {Topic.SCORES, Topic.MEMBERS},
        lambda: analytics.read_segments(session, caller),
    )


@router.get(
    "/retention", summary="Retention rate, monthly churn and cohorts", response_model=Retention
)
def read_retention(session: SessionDep, caller: Reader, responses: ResponseCacheDep) -> Response:
    return responses.get_or_compute(
        "retention", (), {Topic.SCORES}, lambda: analytics.read_retention(session, caller)
    )


@router.get("/at-risk", summary="Members at risk, and why", response_model=AtRiskPage)
def list_at_risk(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    responses: ResponseCacheDep,
    page: PageDep,
    chosen: FilterDep,
    sort: AtRiskSort = AtRiskSort.SAVEABLE,
) -> Response:
    """First where a mail can save the most value: risk times chance of return times
    yearly value."""

    def compute() -> AtRiskPage:
        as_of = read_as_of(session, caller.gym, now)
        return analytics.list_at_risk(session, caller, chosen, sort, page, as_of=as_of, now=now)

    until = partial(analytics.find_end_of_pause, pause=caller.gym.mail_pause)
    return responses.get_or_compute(
        "at-risk", (chosen, sort, page), EVERYTHING, compute, until=until
    )


@router.get("/at-risk/preview", summary="How many would be at risk by another rule")
def preview_rule(
    session: SessionDep,
    caller: Reader,
    as_of: AsOfDep,
    absence_days: Annotated[int, WholeNumber(FEWEST_DAYS, MOST_DAYS)],
    absence_gaps: Annotated[int, WholeNumber(FEWEST_GAPS, MOST_GAPS)],
) -> AtRiskPreview:
    """Before a gym chooses: a member is at risk who stayed away for longer than `absence_days` and
    `absence_gaps` times their usual gap. `PATCH /organizations/me` chooses."""
    return analytics.preview_rule(session, caller, absence_days, absence_gaps, as_of=as_of)


@router.get("/at-risk/ids", summary="All members at risk that match, as ids")
def list_at_risk_ids(
    session: SessionDep, caller: Reader, as_of: AsOfDep, chosen: FilterDep
) -> AtRiskIds:
    return analytics.list_at_risk_ids(session, caller, chosen, as_of=as_of)
