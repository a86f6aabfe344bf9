"""Computing, storing and reading the daily reports."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from api.attendance_reports.errors import DayInFuture
from api.attendance_reports.repository import HOURS, ReportRepository
from api.attendance_reports.schemas import (
    ReportDetail,
    ReportItem,
    ReportMember,
    ReturnedMember,
)
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from core.clock import find_day_end, to_local_day
from db.models import AttendanceReport, Gym
from db.session import GymSession

MAILED_FOR = timedelta(days=7)
"""Days longer ago are reported without a mail, and their queued mails are dropped."""


def compute(
    session: GymSession, gym: Gym, day: date, *, now: datetime
) -> tuple[AttendanceReport, bool]:
    """Compute and store a local day, in the caller's transaction. Also returns whether it is new.

    Raises `DayInFuture`.
    """
    _check_begun(gym, day, now)
    repository = ReportRepository(session, gym.gym_id)
    report, is_new = repository.take(day)
    found = repository.measure(day, gym.timezone)
    report.visits = sum(found.hours)
    report.unique_members = found.unique_members
    report.peak_visits = max(found.hours)
    report.peak_hour = found.hours.index(report.peak_visits) if report.visits else None
    report.first_timers = len(found.first_timer_ids)
    report.returned = len(found.returned)
    report.details = {
        "hours": found.hours,
        "first_timer_ids": found.first_timer_ids,
        "returned": [
            {"member_id": member_id, "days_away": days_away}
            for member_id, days_away in sorted(found.returned.items())
        ],
    }
    report.computed_at = now
    session.flush()
    return report, is_new


def bring_up_to_date(session: GymSession, gym: Gym, days: Iterable[date], *, now: datetime) -> None:
    """Recompute those of the days that have a report, in the caller's transaction."""
    repository = ReportRepository(session, gym.gym_id)
    for day in sorted(set(days)):  # in one order, or two callers could wait for each other
        if repository.exists(AttendanceReport.day == day):
            compute(session, gym, day, now=now)


def create(
    session: GymSession, caller: Principal, day: date, *, now: datetime
) -> tuple[ReportDetail, bool]:
    """Compute a day; return its report and whether it is new. Raises `DayInFuture`."""
    report, is_new = compute(session, caller.gym, day, now=now)
    return to_detail(session, caller.gym, report), is_new


def read(session: GymSession, caller: Principal, day: date, *, now: datetime) -> ReportDetail:
    """Raises `DayInFuture` and `ReportNotFound`."""
    _check_begun(caller.gym, day, now)
    report = ReportRepository(session, caller.gym_id).get_or_refuse(day)
    return to_detail(session, caller.gym, report)


def list_page(
    session: GymSession,
    caller: Principal,
    page: PageRequest,
    *,
    since: date | None,
    until: date | None,
) -> Page[ReportItem]:
    """Newest first; `since` and `until` are included."""
    gym = caller.gym
    repository = ReportRepository(session, gym.gym_id)
    reports, total = repository.list_page(page, since=since, until=until)
    outdated = find_outdated(repository, reports)
    items = [
        ReportItem(**_figures(report, gym, is_outdated=report.day in outdated))
        for report in reports
    ]
    return Page[ReportItem].of(items, total, page)


def to_detail(session: GymSession, gym: Gym, report: AttendanceReport) -> ReportDetail:
    """A stored report with the members by name, as they are called now."""
    repository = ReportRepository(session, gym.gym_id)
    days_away = {one["member_id"]: one["days_away"] for one in report.details.get("returned", [])}
    new = set(report.details.get("first_timer_ids", []))
    named = repository.list_names([*new, *days_away])
    returned = [
        ReturnedMember(member_id=row.member_id, name=row.name, days_away=days_away[row.member_id])
        for row in named
        if row.member_id in days_away
    ]
    return ReportDetail(
        **_figures(report, gym, is_outdated=bool(find_outdated(repository, [report]))),
        gym_name=gym.name,
        timezone=gym.timezone,
        hours=_hours(report),
        first_timer_members=[
            ReportMember(member_id=row.member_id, name=row.name)
            for row in named
            if row.member_id in new
        ],
        returned_members=sorted(returned, key=lambda one: -one.days_away),
    )


def find_outdated(repository: ReportRepository, reports: Sequence[AttendanceReport]) -> set[date]:
    """The days whose visits have changed since they were reported."""
    now = repository.hours_now(report.day for report in reports)
    return {report.day for report in reports if _hours(report) != now[report.day]}


def is_complete(report: AttendanceReport, gym: Gym) -> bool:
    """Whether the day was over when it was computed."""
    return report.computed_at >= find_day_end(report.day, gym.timezone)


def is_news(day: date, gym: Gym, now: datetime) -> bool:
    """Whether a mail about the day still makes sense."""
    return day >= to_local_day(now, gym.timezone) - MAILED_FOR


def _figures(report: AttendanceReport, gym: Gym, *, is_outdated: bool) -> dict[str, Any]:
    return {
        "day": report.day,
        "visits": report.visits,
        "unique_members": report.unique_members,
        "peak_hour": report.peak_hour,
        "peak_visits": report.peak_visits,
        "first_timers": report.first_timers,
        "returned": report.returned,
        "is_complete": is_complete(report, gym),
        "is_outdated": is_outdated,
        "computed_at": report.computed_at,
    }


def _hours(report: AttendanceReport) -> list[int]:
    hours: list[int] = report.details.get("hours") or [0] * HOURS
    return hours


def _check_begun(gym: Gym, day: date, now: datetime) -> None:
    if day > to_local_day(now, gym.timezone):
        raise DayInFuture(day)
