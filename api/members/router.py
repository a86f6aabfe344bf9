from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.at_risk.schemas import TabChoice
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag, QueryKey, SensibleDate, WholeNumber
from api.kit.search import SearchText
from api.members import service as members
from api.members.errors import (
    BirthDateInFuture,
    HasUnsubscribed,
    JoinDateInFuture,
    NoLongerKept,
    NumberTaken,
    PaysForHousehold,
    StillHasMembership,
    TrainerNotFound,
)
from api.members.filters import ListedStanding, MemberFilter
from api.members.repository import MemberSort
from api.members.schemas import (
    MemberCreate,
    MemberDetail,
    MemberItem,
    MemberMessageItem,
    MemberTags,
    MemberUpdate,
)
from api.membership_plans.errors import PlanFull, PlanNotFound
from api.memberships.errors import MemberNotFound, PlanRetired
from api.tags.schemas import TagName
from db.models import MemberStatus, Segment

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]


@router.get("", summary="Search and list members")
def list_members(
    session: SessionDep,
    caller: Reader,
    as_of: AsOfDep,
    page: PageDep,
    sort: MemberSort = MemberSort.NAME,
    search: SearchText = None,
    standing: Annotated[
        ListedStanding | None, Query(description="Members only, unless somebody else is asked for")
    ] = None,
    status: MemberStatus | None = None,
    plan_id: QueryKey | None = None,
    segment: Segment | None = None,
    tag: Annotated[TagName | None, Query(description="Name of a tag")] = None,
    at_risk: TabChoice | None = None,
    trainer_id: QueryKey | None = None,
    last_visit_from: SensibleDate | None = None,
    last_visit_until: SensibleDate | None = None,
    never_came: QueryFlag | None = None,
    joined_from: SensibleDate | None = None,
    joined_until: SensibleDate | None = None,
    birth_month: Annotated[int, WholeNumber(1, 12)] | None = None,
    pays_for_household: QueryFlag | None = None,
    owes: QueryFlag | None = None,
) -> Page[MemberItem]:
    """Status, risk, inactivity and figures are as of the gym's `as_of`, not of the caches. What is
    asked narrows together; saved under a name it is an audience (`/audiences`)."""
    chosen = MemberFilter(
        search=search,
        standing=standing,
        status=status,
        plan_id=plan_id,
        segment=segment,
        tag=tag,
        at_risk=at_risk,
        trainer_id=trainer_id,
        last_visit_from=last_visit_from,
        last_visit_until=last_visit_until,
        never_came=never_came,
        joined_from=joined_from,
        joined_until=joined_until,
        birth_month=birth_month,
        pays_for_household=pays_for_household,
        owes=owes,
    )
    return members.list_page(session, caller, page, as_of=as_of, sort=sort, chosen=chosen)


@router.post(
    "",
    status_code=201,
    summary="Add a member",
    responses=describe(
        PlanNotFound,
        PlanRetired,
        PlanFull,
        TrainerNotFound,
        NumberTaken,
        JoinDateInFuture,
        BirthDateInFuture,
    ),
)
def create_member(
    session: SessionDep, caller: Editor, as_of: AsOfDep, now: NowDep, data: MemberCreate
) -> MemberDetail:
    member = members.create(session, caller, data, now=now)
    return members.read(session, caller, member.member_id, as_of=as_of)


@router.get("/{member_id}", summary="One member in full", responses=describe(MemberNotFound))
def read_member(session: SessionDep, caller: Reader, as_of: AsOfDep, member_id: Id) -> MemberDetail:
    return members.read(session, caller, member_id, as_of=as_of)


@router.patch(
    "/{member_id}",
    summary="Edit a member",
    responses=describe(
        MemberNotFound,
        TrainerNotFound,
        NumberTaken,
        HasUnsubscribed,
        JoinDateInFuture,
        BirthDateInFuture,
        NoLongerKept,
        StillHasMembership,
        PaysForHousehold,
    ),
)
def update_member(
    session: SessionDep,
    caller: Editor,
    as_of: AsOfDep,
    now: NowDep,
    member_id: Id,
    data: MemberUpdate,
) -> MemberDetail:
    members.update(session, caller, member_id, data, now=now)
    return members.read(session, caller, member_id, as_of=as_of)


@router.delete(
    "/{member_id}",
    status_code=204,
    summary="Archive a member",
    responses=describe(MemberNotFound, NoLongerKept, StillHasMembership, PaysForHousehold),
)
def archive_member(session: SessionDep, caller: Editor, now: NowDep, member_id: Id) -> Response:
    """Nothing is lost: visits, payments and all else stay, and `standing` brings them back. Whose
    data must go is erased (`POST /members/{member_id}/erase`)."""
    members.archive(session, caller, member_id, now=now)
    return Response(status_code=204)


@router.put(
    "/{member_id}/tags",
    summary="Say which tags a member has",
    responses=describe(MemberNotFound),
)
def set_tags(session: SessionDep, caller: Editor, member_id: Id, data: MemberTags) -> MemberTags:
    """All of them: a tag that is left out is taken away."""
    return members.set_tags(session, caller, member_id, data)


@router.get(
    "/{member_id}/messages",
    summary="Mails to one member, newest first",
    responses=describe(MemberNotFound),
)
def list_messages(
    session: SessionDep, caller: Reader, page: PageDep, member_id: Id
) -> Page[MemberMessageItem]:
    return members.list_messages(session, caller, member_id, page)
