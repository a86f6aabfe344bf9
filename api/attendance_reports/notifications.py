"""The daily report as a mail to the gym's owner."""

from dataclasses import dataclass

from sqlalchemy import select

from api.attendance_reports.mail import compose_report_mail
from api.attendance_reports.service import is_news, to_detail
from api.email_confirmations.service import is_confirmed
from api.notifications.kind import Context, NotificationKind
from api.organizations.branding.service import read_brand
from api.providers.email.base import OutgoingMail
from db.models import AttendanceReport, Role, User


@dataclass(frozen=True)
class ReportOfDay:
    report_id: int


class ReportMail(NotificationKind[ReportOfDay]):
    name = "attendance_report"
    payload_type = ReportOfDay

    def find_block(self, at: Context, payload: ReportOfDay) -> str | None:
        if not at.gym.mails_daily_report:
            return "switched_off"
        if not is_news(self._get(at, payload).day, at.gym, at.now):
            return "old_news"
        if not is_confirmed(at.session, at.gym, at.gym.email):
            return "address_not_confirmed"
        return None

    def write_mail(self, at: Context, payload: ReportOfDay) -> OutgoingMail:
        report = self._get(at, payload)
        owner = at.session.scalars(
            select(User.name).where(User.gym_id == at.gym_id, User.role == Role.OWNER)
        ).one()
        return compose_report_mail(
            to_detail(at.session, at.gym, report),
            read_brand(at.session, at.gym),
            message_id=at.notification.provider_id or "",
            owner=owner,
            address=at.gym.email,
            reference=str(at.notification.notification_id),
            written_at=report.computed_at,
            web_url=at.settings.web_url,
        )

    def _get(self, at: Context, payload: ReportOfDay) -> AttendanceReport:
        return at.session.scalars(
            select(AttendanceReport).where(
                AttendanceReport.in_gym(at.gym_id),
                AttendanceReport.report_id == payload.report_id,
            )
        ).one()


REPORT = ReportMail()
