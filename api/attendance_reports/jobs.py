"""The job `daily_report`: a local day computed, stored, and mailed once to owners who want it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from api.attendance_reports.errors import DayInFuture
from api.attendance_reports.notifications import REPORT, ReportOfDay
from api.attendance_reports.repository import ReportRepository
from api.attendance_reports.service import (
    compute,
    find_outdated,
    is_complete,
    is_news,
)
from api.email_confirmations.service import is_confirmed
from api.kit.pagination import MAX_PAGE_SIZE, PageRequest
from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.providers.email.links import new_header_id
from core.translation import t
from db.models import AttendanceReport, Channel, Gym
from db.queue.jobs import AGAIN, ClaimedJob, JobRefused
from db.session import GymSession

RECHECKED_DAYS = timedelta(days=31)
"""Reports up to this old are computed again when visits were added to their days."""


def report_day(job: ClaimedJob, *, settings: Settings) -> Mapping[str, Any]:
    """Do the job of `arguments["day"]`, then bring the reports of the weeks before up to date.

    Raises `JobRefused` for a day that is none or has not begun.
    """
    try:
        day = date.fromisoformat(str(job.arguments.get("day")))
    except ValueError as error:
        raise JobRefused(t("The job names no day.")) from error
    if "visits" not in job.progress:
        _compute(job, day, settings)
    while (outdated := _find_outdated(job, day)) is not None:
        if job.is_out_of_time():
            return AGAIN
        with job.session() as session:
            compute(session, _get_gym(session, job), outdated, now=job.now)
            done = job.progress.get("brought_up_to_date", 0) + 1
            step = {"brought_up_to_date": done, "looked_at": outdated.isoformat()}
            job.save_progress(session, {**job.progress, **step})
    figures = {key: value for key, value in job.progress.items() if key != "looked_at"}
    return {"day": day.isoformat(), **figures}


def _compute(job: ClaimedJob, day: date, settings: Settings) -> None:
    """The report and its mail at once, or neither."""
    with job.session() as session:
        gym = _get_gym(session, job)
        try:
            report, _ = compute(session, gym, day, now=job.now)
        except DayInFuture as refusal:
            raise JobRefused(refusal.detail) from refusal
        is_due = is_complete(report, gym) and is_news(day, gym, job.now)
        is_mailed = is_due and _queue_mail(session, gym, report, settings, now=job.now)
        job.save_progress(session, {"visits": report.visits, "mailed": is_mailed})


def _queue_mail(
    session: GymSession, gym: Gym, report: AttendanceReport, settings: Settings, *, now: datetime
) -> bool:
    """At most once: a report computed again is not mailed again."""
    if not gym.mails_daily_report or settings.sender is None:
        return False
    if not is_confirmed(session, gym, gym.email):
        return False
    mail = NewNotification(
        recipient=gym.email,
        payload=ReportOfDay(report.report_id),
        dedupe_key=str(report.report_id),
        provider_id=new_header_id(settings.sender),
    )
    REPORT.queue(session, gym.gym_id, Channel.EMAIL, [mail], now=now)
    return True


def _find_outdated(job: ClaimedJob, before: date) -> date | None:
    """The earliest outdated day that this job has not looked at: each is computed once."""
    since = before - RECHECKED_DAYS
    if looked_at := job.progress.get("looked_at"):
        since = max(since, date.fromisoformat(looked_at) + timedelta(days=1))
    with job.session() as session:
        repository = ReportRepository(session, job.gym_id)
        reports, _ = repository.list_page(
            PageRequest(1, MAX_PAGE_SIZE), since=since, until=before - timedelta(days=1)
        )
        return min(find_outdated(repository, reports), default=None)


def _get_gym(session: GymSession, job: ClaimedJob) -> Gym:
    return session.get_one(Gym, job.gym_id)
