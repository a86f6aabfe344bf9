"""Members leave, and what was recorded by mistake is taken back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.attendance_reports import service as reports
from api.check_ins.errors import (
    AlreadyLeft,
    CheckInNotFound,
    EarlierVisit,
    TimeRefused,
)
from api.check_ins.repository import CheckInRepository
from api.check_ins.schemas import (
    CheckInItem,
    CheckOutRequest,
)
from api.check_ins.times import read_instant, read_time
from api.kit.pagination import Page, PageRequest
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from core.clock import to_local_day
from core.limits import MAX_VISIT
from core.translation import t
from db.models import CheckIn, Gym
from db.session import GymSession
from db.stats.member_changes import changing_members

log = logging.getLogger(__name__)


def leave(
    session: Session, caller: Principal, check_in_id: int, data: CheckOutRequest, *, now: datetime
) -> CheckInItem:
    """Record when a visit ended. Repeating the same time changes nothing."""
    gym = caller.gym
    check_ins = CheckInRepository(session, gym.gym_id)
    with _changing(check_ins, gym, check_in_id, now=now) as visit:
        moment = read_time(data.check_out, gym, now)
        if moment < visit.check_in:
            raise TimeRefused(t("The member cannot leave before they entered."))
        if moment > visit.check_in + MAX_VISIT:
            hours = MAX_VISIT // timedelta(hours=1)
            raise TimeRefused(
                t("A visit lasts {hours} hours at most; give the time when they left.", hours=hours)
            )
        following = check_ins.find_next(visit.member_id, visit.check_in)
        if following is not None and moment > following.check_in:
            raise TimeRefused(t("The member came again before that time; give an earlier one."))
        if visit.check_out is not None and visit.check_out != moment and data.check_out is None:
            raise AlreadyLeft(visit)
        visit.check_out = moment
    return CheckInItem.of(visit, check_ins.name_of(visit.member_id) or "")


def take_back(session: GymSession, caller: Principal, check_in_id: int, *, now: datetime) -> None:
    """Delete a visit that never was, and take it out of every figure that is stored.

    The report of its day is computed again, and that of the day on which the member came next: they
    may have been new, or back, on that day instead.
    """
    gym = caller.gym
    check_ins = CheckInRepository(session, gym.gym_id)
    with _changing(check_ins, gym, check_in_id, now=now) as visit:
        session.refresh(gym, ["timezone"])  # it may have changed while this waited
        day = to_local_day(visit.check_in, gym.timezone)
        takes_all = is_allowed(caller.role, Permission.TAKE_BACK_EARLIER_CHECK_INS)
        if day < to_local_day(now, gym.timezone) and not takes_all:
            raise EarlierVisit
        following = check_ins.find_next(visit.member_id, visit.check_in)
        check_ins.delete(visit)
        days = {day, to_local_day(following.check_in, gym.timezone)} if following else {day}
        reports.bring_up_to_date(session, gym, days, now=now)
    log.info(
        "visit_taken_back",
        extra={
            "gym_id": gym.gym_id,
            "user_id": caller.user_id,
            "member_id": visit.member_id,
            "check_in_id": check_in_id,
            "check_in": visit.check_in.isoformat(),
        },
    )


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    member_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    inside_at: datetime | None = None,
) -> Page[CheckInItem]:
    """Visits newest first. Times without offset are the gym's local time.

    With `inside_at`, those that had begun by that moment, and not ended as far as anybody knows: a
    visit without an exit is over after `MAX_STAY`.
    """
    gym = caller.gym
    rows, total = CheckInRepository(session, gym.gym_id).list_page(
        page,
        member_id=member_id,
        since=read_instant(since, gym) if since else None,
        until=read_instant(until, gym) if until else None,
        inside_at=inside_at,
    )
    items = [CheckInItem.of(row.CheckIn, row.member_name) for row in rows]
    return Page[CheckInItem].of(items, total, page)


@contextmanager
def _changing(
    check_ins: CheckInRepository, gym: Gym, check_in_id: int, *, now: datetime
) -> Iterator[CheckIn]:
    """Hold a visit and its member. It may be gone once this has waited for others."""
    member_id = check_ins.member_of(check_in_id)
    if member_id is None:
        raise CheckInNotFound(check_in_id)
    with changing_members(check_ins.session, gym, [member_id], now=now):
        visit = check_ins.get(check_in_id, fresh=True)
        if visit is None:
            raise CheckInNotFound(check_in_id)
        yield visit
