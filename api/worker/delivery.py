"""One claimed mail: read it, check that it may still go, and compose it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from api.attendance_reports.mail import compose_report_mail
from api.attendance_reports.service import is_news, to_detail
from api.campaigns.repository import CampaignRepository
from api.email_confirmations.mail import compose_confirmation_mail
from api.email_confirmations.repository import ConfirmationRepository
from api.email_confirmations.service import choose_reply_to, is_confirmed
from api.kit.settings import Settings
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from api.providers.email.message import one_line
from core.text import has_visible
from db.as_of import read_as_of
from db.base import matches
from db.consent import consent_for_mail
from db.mail_eligibility import MailingStatus, SkipReason, find_block
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
from db.queue import outbox
from db.queue.outbox import Claim
from db.session import GymSession
from db.stats.at_risk import member_status
from db.types import GymId


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
    if item.message_id is not None:
        return _prepare_message(session, claim, item, settings, now=now)
    if item.report_id is not None:
        mail = _compose_report(session, claim.gym_id, item.report_id, settings, now=now)
    else:
        assert item.confirmation_id is not None
        mail = _compose_confirmation(session, claim.gym_id, item.confirmation_id, settings, now=now)
    if mail is None:
        outbox.drop(session, claim)
        return None
    return Delivery(mail, item.attempts)


def _prepare_message(
    session: GymSession, claim: Claim, item: OutboxItem, settings: Settings, *, now: datetime
) -> Delivery | None:
    """A mail to a member. Consent, status and address are read again: hours may have passed since
    it was queued."""
    row = session.execute(
        select(Message, Member, Gym, consent_for_mail().label("consent"))
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
    block = find_block(MailingStatus(status or member.status, member.email, row.consent))
    if (
        block is None
        and member.email_key
        and CampaignRepository(session, claim.gym_id).has_other_mail(
            message, member.email_key, now=now
        )
    ):
        block = SkipReason.MAILED_THIS_WEEK
    if block is not None:
        outbox.finish(session, claim, MessageState.SKIPPED, error=block)
        return None
    message.address = member.email or ""  # corrected since, perhaps
    token = make_link_token(LinkPurpose.UNSUBSCRIBE, message.header_id, settings.secret_key)
    # After a change of the secret the link must be known by its new token.
    message.unsubscribe_hash = hash_link_token(token)
    url = f"{settings.public_api_url.rstrip('/')}/u/{token}"
    reply_to = choose_reply_to(session, gym)
    return Delivery(_compose_message(message, member, gym, url, reply_to), item.attempts)


def _compose_message(
    message: Message, member: Member, gym: Gym, url: str, reply_to: str | None
) -> OutgoingMail:
    place = ", ".join(one_line(part, max_length=200) for part in (gym.name, gym.address) if part)
    return OutgoingMail(
        message_id=message.header_id,
        sender_name=gym.name if has_visible(gym.name) else PRODUCT,
        to_name=member.name,
        to=message.address,
        reply_to=reply_to,
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


def _compose_report(
    session: GymSession, gym_id: GymId, report_id: int, settings: Settings, *, now: datetime
) -> OutgoingMail | None:
    """The daily report to the owner; None when it was switched off meanwhile, is too old, or the
    owner's address has changed and is not confirmed."""
    row = session.execute(
        select(AttendanceReport, Gym, User.name)
        .join(Gym, Gym.gym_id == AttendanceReport.gym_id)
        .join(User, (User.gym_id == Gym.gym_id) & (User.role == Role.OWNER))
        .where(AttendanceReport.in_gym(gym_id), AttendanceReport.report_id == report_id)
    ).one()
    report, gym = row.AttendanceReport, row.Gym
    if not gym.mails_daily_report or not is_news(report.day, gym, now):
        return None
    if not is_confirmed(session, gym, gym.email):
        return None
    return compose_report_mail(
        to_detail(session, gym, report),
        message_id=report.header_id,
        owner=row.name,
        address=gym.email,
        reference=f"report-{report_id}",
        written_at=report.computed_at,
        web_url=settings.web_url,
    )


def _compose_confirmation(
    session: GymSession, gym_id: GymId, confirmation_id: int, settings: Settings, *, now: datetime
) -> OutgoingMail | None:
    """The link to an address of the gym's; None when it needs none any more."""
    link = ConfirmationRepository(session, gym_id).get_one(confirmation_id)
    gym = session.get_one(Gym, gym_id)
    if link.expires_at <= now or link.address not in {gym.email, gym.reply_to}:
        return None
    if is_confirmed(session, gym, link.address):
        return None
    assert link.header_id is not None
    token = make_link_token(LinkPurpose.CONFIRM_ADDRESS, link.header_id, settings.secret_key)
    link.token_hash = hash_link_token(token)  # after a change of the secret
    return compose_confirmation_mail(link, f"{settings.public_api_url.rstrip('/')}/confirm/{token}")
