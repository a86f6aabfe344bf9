"""The daily report as a mail to the gym's owner."""

from datetime import datetime

from api.attendance_reports.pdf import draw_report, format_day, format_hour
from api.attendance_reports.schemas import ReportDetail, ReportMember, ReturnedMember
from api.attendance_reports.spreadsheet import write_report
from api.kit.translation import translate
from api.providers.email.base import PRODUCT, Attachment, OutgoingMail
from api.providers.email.message import one_line
from core.branding import Brand
from core.translation import Quantity, Sentence, count, join, t

MAX_NAMES = 10
"""Names in the text of a mail, of each kind; the files have all."""


def compose_report_mail(
    report: ReportDetail,
    brand: Brand | None,
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
        subject=translate(
            t(
                "{gym}: {visits} on {day}",
                gym=report.gym_name,
                visits=count(report.visits, "{n} visit", "{n} visits"),
                day=format_day(report.day),
            )
        ),
        text=_write_text(report),
        footer=(
            translate(
                t(
                    "{product} mails this report because {gym} asked for it.",
                    product=PRODUCT,
                    gym=report.gym_name,
                )
            ),
            translate(
                t(
                    "To switch it off, open Daily report: {url}",
                    url=f"{web_url.rstrip('/')}/daily-report",
                )
            ),
        ),
        unsubscribe_url=None,
        reference=reference,
        written_at=written_at,
        attachments=(
            Attachment(f"{name}.pdf", "application/pdf", draw_report(report, brand)),
            Attachment(f"{name}.csv", "text/csv", write_report(report)),
        ),
    )


def _write_text(report: ReportDetail) -> str:
    day = format_day(report.day)
    if report.peak_hour is None:
        return translate(t("Nobody came to {gym} on {day}.", gym=report.gym_name, day=day))
    parts = [
        t(
            "{gym} had {visits} by {members} on {day}.",
            gym=report.gym_name,
            visits=count(report.visits, "{n} visit", "{n} visits"),
            members=count(report.unique_members, "{n} member", "{n} members"),
            day=day,
        ),
        t(
            "Busiest hour: {hour}, {entries}.",
            hour=format_hour(report.peak_hour),
            entries=count(report.peak_visits, "{n} entry", "{n} entries"),
        ),
    ]
    if report.first_timer_members:
        parts.append(
            t(
                "First visit ({n}): {names}.",
                n=Quantity(report.first_timers),
                names=_name(report.first_timer_members),
            )
        )
    if report.returned_members:
        parts.append(
            t(
                "Back after an absence ({n}): {names}.",
                n=Quantity(report.returned),
                names=_name(report.returned_members),
            )
        )
    return translate(join("\n\n", *parts))


def _name(members: list[ReportMember] | list[ReturnedMember]) -> Sentence:
    named = join(", ", *(_format_member(member) for member in members[:MAX_NAMES]))
    rest = len(members) - MAX_NAMES
    return t("{names} and {n} more", names=named, n=Quantity(rest)) if rest > 0 else named


def _format_member(member: ReportMember) -> Sentence:
    name = one_line(member.name)
    if isinstance(member, ReturnedMember):
        days = count(member.days_away, "{n} day away", "{n} days away").as_part()
        return join("", name, " (", days, ")")
    return join("", name)
