"""The daily report as a mail to the gym's owner."""

from datetime import datetime

from api.attendance_reports.pdf import draw_report, format_count, format_day, format_hour
from api.attendance_reports.schemas import ReportDetail, ReportMember, ReturnedMember
from api.attendance_reports.spreadsheet import write_report
from api.providers.email.base import PRODUCT, Attachment, OutgoingMail
from api.providers.email.message import one_line

MAX_NAMES = 10
"""Names in the text of a mail, of each kind; the files have all."""


def compose_report_mail(
    report: ReportDetail,
    *,
    message_id: str,
    owner: str,
    address: str,
    reference: str,
    written_at: datetime,
    web_url: str,
) -> OutgoingMail:
    """The mail, with the report as PDF and as CSV."""
    name = f"attendance-{report.day}"
    return OutgoingMail(
        message_id=message_id,
        sender_name=PRODUCT,
        to_name=owner,
        to=address,
        reply_to=None,
        subject=f"{report.gym_name}: {format_count(report.visits, 'visit')}"
        f" on {format_day(report.day)}",
        text=_write_text(report),
        footer=(
            f"{PRODUCT} mails this report because {report.gym_name} asked for it.",
            f"To switch it off, open Daily report: {web_url.rstrip('/')}/daily-report",
        ),
        unsubscribe_url=None,
        reference=reference,
        written_at=written_at,
        attachments=(
            Attachment(f"{name}.pdf", "application/pdf", draw_report(report)),
            Attachment(f"{name}.csv", "text/csv", write_report(report)),
        ),
    )


def _write_text(report: ReportDetail) -> str:
    day = format_day(report.day)
    if report.peak_hour is None:
        return f"Nobody came to {report.gym_name} on {day}."
    visits = format_count(report.visits, "visit")
    members = format_count(report.unique_members, "member")
    entries = format_count(report.peak_visits, "entry", "entries")
    parts = [
        f"{report.gym_name} had {visits} by {members} on {day}.",
        f"Busiest hour: {format_hour(report.peak_hour)}, {entries}.",
    ]
    if report.first_timer_members:
        names = _name(report.first_timer_members)
        parts.append(f"First visit ({report.first_timers:,}): {names}.")
    if report.returned_members:
        names = _name(report.returned_members)
        parts.append(f"Back after an absence ({report.returned:,}): {names}.")
    return "\n\n".join(parts)


def _name(members: list[ReportMember] | list[ReturnedMember]) -> str:
    named = [_format_member(member) for member in members[:MAX_NAMES]]
    rest = len(members) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest else "")


def _format_member(member: ReportMember) -> str:
    name = one_line(member.name)
    if isinstance(member, ReturnedMember):
        return f"{name} ({format_count(member.days_away, 'day')} away)"
    return name
