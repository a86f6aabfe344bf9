"""One claimed mail: read it, check that it may still go, and word it as it goes over the wire."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from api.attendance_reports.mail import word_report
from api.attendance_reports.repository import ReportRepository
from api.attendance_reports.service import describe, is_news
from api.campaigns.eligibility import Standing, find_block
from api.campaigns.tokens import hash_unsubscribe_token, make_unsubscribe_token
from api.providers.email.base import OutgoingMail
from api.providers.email.message import one_line
from api.settings import Settings
from db import outbox
from db.at_risk import member_status
from db.base import matches
from db.clock import read_as_of
from db.models import (
    AttendanceReport,
    Gym,
    Member,
    MemberStats,
    Message,
    MessageState,
    OutboxItem,
    Role,
    User,
)
from db.outbox import Claim
from db.session import GymSession
from db.tenancy import GymId


@dataclass(frozen=True)
class Delivery:
    """A mail to send now; `attempts` counts this one."""

    mail: OutgoingMail
    attempts: int


def prepare(
    session: GymSession, claim: Claim, settings: Settings, *, now: datetime
) -> Delivery | None:
    """What to send for a claim; None when the lease is lost or the mail must not go any more.

    The caller commits, before anything is sent.
    """
    item = outbox.read_claimed(session, claim)
    if item is None:
        return None
    if item.report_id is not None:
        mail = _word_report(session, claim.gym_id, item.report_id, settings, now=now)
        if mail is None:
            outbox.drop(session, claim)
            return None
        return Delivery(mail, item.attempts)
    return _prepare_message(session, claim, item, settings, now=now)


def _prepare_message(
    session: GymSession, claim: Claim, item: OutboxItem, settings: Settings, *, now: datetime
) -> Delivery | None:
    """A mail to a member. Consent, status and address are read anew: hours may have passed since
    it was queued."""
    row = session.execute(
        select(Message, Member, Gym)
        .join(Member, matches(Member.member_id, Message.member_id))
        .join(Gym, Gym.gym_id == Message.gym_id)
        .where(Message.in_gym(claim.gym_id), Message.message_id == item.message_id)
    ).one()
    message, member, gym = row.Message, row.Member, row.Gym
    if message.state != MessageState.QUEUED:
        outbox.drop(session, claim)
        return None
    day = read_as_of(session, gym, now).day
    status = session.scalar(
        select(member_status(day)).where(
            MemberStats.in_gym(claim.gym_id), MemberStats.member_id == member.member_id
        )
    )
    block = find_block(Standing(status or member.status, member.email, member.email_consent))
    if block is not None:
        outbox.finish(session, claim, MessageState.SKIPPED, error=block.value)
        return None
    message.address = member.email  # corrected since, perhaps
    token = make_unsubscribe_token(message.header_id, settings.secret_key)
    # After a change of the secret the link must be known by its new token.
    message.unsubscribe_hash = hash_unsubscribe_token(token)
    url = f"{settings.public_api_url.rstrip('/')}/u/{token}"
    return Delivery(_word(message, member, gym, url), item.attempts)


def _word(message: Message, member: Member, gym: Gym, url: str) -> OutgoingMail:
    place = ", ".join(one_line(part, longest=200) for part in (gym.name, gym.address) if part)
    return OutgoingMail(
        message_id=message.header_id,
        sender_name=gym.name,
        to_name=member.name,
        to=message.address,
        reply_to=gym.reply_to or gym.email,
        subject=message.subject,
        text=message.body,
        footer=(
            place,
            "You get this mail because you are a member.",
            f"No more mails like this: {url}",
        ),
        unsubscribe_url=url,
        reference=str(message.message_id),
        written_at=message.created_at,
    )


def _word_report(
    session: GymSession, gym_id: GymId, report_id: int, settings: Settings, *, now: datetime
) -> OutgoingMail | None:
    """The daily report to the owner; None when it was switched off meanwhile, or is old news."""
    row = session.execute(
        select(AttendanceReport, Gym, User.name)
        .join(Gym, Gym.gym_id == AttendanceReport.gym_id)
        .join(User, (User.gym_id == Gym.gym_id) & (User.role == Role.OWNER.value))
        .where(AttendanceReport.in_gym(gym_id), AttendanceReport.report_id == report_id)
    ).one()
    report, gym = row.AttendanceReport, row.Gym
    if not gym.mails_daily_report or not is_news(report.day, gym, now):
        return None
    return word_report(
        describe(ReportRepository(session, gym), report),
        message_id=report.header_id,
        owner=row.name,
        address=gym.email,
        reference=f"report-{report_id}",
        written_at=report.computed_at,
        web_url=settings.web_url,
    )
