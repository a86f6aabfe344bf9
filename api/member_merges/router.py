from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.member_merges import service as merges
from api.member_merges.errors import (
    BothInHouseholds,
    CannotUndo,
    MembershipsOverlap,
    MergeNotFound,
    PairNotFound,
    SameMember,
)
from api.member_merges.schemas import (
    DistinctItem,
    DistinctRequest,
    DuplicateItem,
    MergeItem,
    MergePreview,
    MergeRequest,
)
from api.members.errors import NoLongerKept
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Merger = Annotated[Principal, Depends(Require(Permission.MERGE_MEMBERS))]
_REFUSALS = (MemberNotFound, SameMember, MembershipsOverlap, BothInHouseholds, NoLongerKept)


@router.get("", summary="Merges of members, newest first")
def list_merges(session: SessionDep, caller: Merger, now: NowDep, page: PageDep) -> Page[MergeItem]:
    return merges.list_page(session, caller, page, now=now)


@router.get("/duplicates", summary="Members who may be one person")
def list_duplicates(session: SessionDep, caller: Merger, page: PageDep) -> Page[DuplicateItem]:
    """By the same e-mail, phone or birth date, and names that are alike. Nothing is merged unless
    somebody decides it."""
    return merges.list_duplicates(session, caller, page)


@router.get("/distinct", summary="Records that are two people")
def list_distinct(session: SessionDep, caller: Merger, page: PageDep) -> Page[DistinctItem]:
    """As somebody said of them; the newest first."""
    return merges.list_distinct(session, caller, page)


@router.post(
    "/distinct",
    status_code=204,
    summary="Say that two records are two people",
    responses=describe(MemberNotFound, SameMember),
)
def keep_apart(session: SessionDep, caller: Merger, now: NowDep, data: DistinctRequest) -> Response:
    """They are listed as duplicates no more, whatever else they come to share."""
    merges.keep_apart(session, caller, data, now=now)
    return Response(status_code=204)


@router.delete(
    "/distinct/{member_id}/{other_id}",
    status_code=204,
    summary="Take back that two records are two people",
    responses=describe(PairNotFound),
)
def take_back(session: SessionDep, caller: Merger, member_id: Id, other_id: Id) -> Response:
    """They may be listed as duplicates again."""
    merges.take_back(session, caller, member_id, other_id)
    return Response(status_code=204)


@router.post("/preview", summary="What a merge would do", responses=describe(*_REFUSALS))
def preview(session: SessionDep, caller: Merger, data: MergeRequest) -> MergePreview:
    return merges.preview(session, caller, data)


@router.post(
    "", status_code=201, summary="Merge two records of one person", responses=describe(*_REFUSALS)
)
def merge(session: SessionDep, caller: Merger, now: NowDep, data: MergeRequest) -> MergeItem:
    """Visits, memberships, payments and all else of the first are the second's then; the first
    leads on to it. For 30 days it can be undone."""
    return merges.merge(session, caller, data, now=now)


@router.post(
    "/{merge_id}/undo",
    summary="Undo a merge",
    responses=describe(MergeNotFound, MemberNotFound, CannotUndo),
)
def undo(session: SessionDep, caller: Merger, now: NowDep, merge_id: Id) -> MergeItem:
    """Each record has again what it had; what came since stays where it is."""
    return merges.undo(session, caller, merge_id, now=now)
