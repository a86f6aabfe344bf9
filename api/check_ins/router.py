from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth.permissions import Permission
from api.auth.principal import Principal
from api.check_ins import service as check_ins
from api.check_ins.schemas import CheckInCreate, CheckInItem, Leave
from api.check_ins.service import (
    AlreadyCheckedIn,
    CheckInNotFound,
    TimeRefused,
)
from api.deps import NowDep, Require, SessionDep
from api.errors import Forbidden, Unauthorized, describe
from api.idempotency import KeyReused, OnceDep, StillRunning
from api.members.errors import MemberNotFound
from api.pagination import Page, PageDep
from api.schemas import LARGEST_ID, Id

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_CHECK_INS))]
Recorder = Annotated[Principal, Depends(Require(Permission.RECORD_CHECK_INS))]


@router.post(
    "",
    status_code=201,
    summary="A member enters",
    responses=describe(MemberNotFound, AlreadyCheckedIn, TimeRefused, StillRunning, KeyReused),
)
def enter(
    session: SessionDep, caller: Recorder, now: NowDep, once: OnceDep, data: CheckInCreate
) -> CheckInItem:
    """One visit per member within ten minutes or while still inside, however often it is sent.

    With an Idempotency-Key a repeat answers the visit that the first one made.
    """
    return once.run(
        data,
        CheckInItem,
        lambda: check_ins.enter(session, caller.gym, data, now=now),
        status=201,
    )


@router.post(
    "/{check_in_id}/leave",
    summary="A member leaves",
    responses=describe(CheckInNotFound, TimeRefused),
)
def leave(
    session: SessionDep, caller: Recorder, now: NowDep, check_in_id: Id, data: Leave
) -> CheckInItem:
    return check_ins.leave(session, caller.gym, check_in_id, data, now=now)


@router.get("", summary="Visits, newest first")
def list_check_ins(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    member_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to", description="Not included")] = None,
) -> Page[CheckInItem]:
    return check_ins.page(session, caller.gym, page, member_id=member_id, since=since, until=until)
