"""The job `daily_report`: a local day computed, stored, and mailed once to who wants it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from api.attendance_reports.errors import DayInFuture
from api.attendance_reports.repository import ReportRepository
from api.attendance_reports.service import (
    compute,
    find_outdated,
    is_complete,
    is_news,
)
from api.email_confirmations.service import is_confirmed
from api.kit.pagination import LARGEST_SIZE, PageRequest
from api.kit.settings import Settings
from api.providers.email.links import new_header_id
from db.models import AttendanceReport, Gym, OutboxItem
from db.queue.jobs import AGAIN, JobRefused, Work
from db.session import GymSession

LOOKED_AT_AGAIN = timedelta(days=31)
"""Reports this old are computed anew when visits were added to their days."""


def report_day(work: Work, *, settings: Settings) -> Mapping[str, Any]:
    """Do the job of `arguments["day"]`, then bring the reports of the weeks before up to date.

    Raises `JobRefused` for a day that is none or has not begun.
    """
    try:
        day = date.fromisoformat(str(work.arguments.get("day")))
    except ValueError as error:
        raise JobRefused("The job names no day.") from error
    if "visits" not in work.progress:
        _compute(work, day, settings)
    while (outdated := _find_outdated(work, day)) is not None:
        if work.is_out_of_time():
            return AGAIN
        with work.session() as session:
            compute(session, _get_gym(session, work), outdated, now=work.now)
            done = work.progress.get("brought_up_to_date", 0) + 1
            step = {"brought_up_to_date": done, "looked_at": outdated.isoformat()}
            work.save_progress(session, {**work.progress, **step})
    figures = {key: value for key, value in work.progress.items() if key != "looked_at"}
    return {"day": day.isoformat(), **figures}


def _compute(work: Work, day: date, settings: Settings) -> None:
    """The report and its mail at once, or neither."""
    with work.session() as session:
        gym = _get_gym(session, work)
        try:
            report, _ = compute(session, gym, day, now=work.now)
        except DayInFuture as refusal:
            raise JobRefused(refusal.detail) from refusal
        is_due = is_complete(report, gym) and is_news(day, gym, work.now)
        is_mailed = is_due and _queue_mail(session, gym, report, settings)
        work.save_progress(session, {"visits": report.visits, "mailed": is_mailed})


def _queue_mail(
    session: GymSession, gym: Gym, report: AttendanceReport, settings: Settings
) -> bool:
    """At most once: `compute` holds the row, and it has a Message-ID once a mail was queued."""
    if not gym.mails_daily_report or settings.sender is None:
        return False
    if not is_confirmed(session, gym, gym.email):
        return False
    if report.header_id is None:
        report.header_id = new_header_id(settings.sender)
        session.flush()
        session.execute(insert(OutboxItem), {"gym_id": gym.gym_id, "report_id": report.report_id})
    return True


def _find_outdated(work: Work, before: date) -> date | None:
    """The earliest outdated day that this job has not looked at: each is computed once."""
    since = before - LOOKED_AT_AGAIN
    if looked_at := work.progress.get("looked_at"):
        since = max(since, date.fromisoformat(looked_at) + timedelta(days=1))
    with work.session() as session:
        repository = ReportRepository(session, work.gym_id)
        reports, _ = repository.list_page(
            PageRequest(1, LARGEST_SIZE), since=since, until=before - timedelta(days=1)
        )
        return min(find_outdated(repository, reports), default=None)


def _get_gym(session: GymSession, work: Work) -> Gym:
    return session.get_one(Gym, work.gym_id)
