"""A campaign's mail to a member."""

from dataclasses import dataclass

from sqlalchemy import select

from api.campaigns.repository import CampaignRepository
from api.members.mail import write_member_mail
from api.notifications.kind import Context, NotificationKind
from api.providers.email.base import OutgoingMail
from db.as_of import read_as_of
from db.consent import read_consent_for_mail
from db.mail_eligibility import MailingStatus, SkipReason, find_block
from db.models import MemberStats
from db.stats.at_risk import member_status


@dataclass(frozen=True)
class CampaignText:
    """The text as it was filled in when somebody pressed Send."""

    subject: str
    body: str


class CampaignMail(NotificationKind[CampaignText]):
    name = "campaign"
    payload_type = CampaignText

    def find_block(self, at: Context, _: CampaignText) -> str | None:
        """Consent, status, address and other mails as they are now: hours may have passed."""
        member = at.member
        day = read_as_of(at.session, at.gym, at.now).day
        status = at.session.scalar(
            select(member_status(day)).where(
                MemberStats.in_gym(at.gym_id), MemberStats.member_id == member.member_id
            )
        )
        consent = read_consent_for_mail(at.session, member)
        block = find_block(
            MailingStatus(status or member.status, member.email, consent, member.standing)
        )
        if block is not None:
            return block
        campaigns = CampaignRepository(at.session, at.gym_id)
        if member.email_key and campaigns.has_other_mail(
            at.notification, member.email_key, since=at.now - at.gym.mail_pause
        ):
            return SkipReason.MAILED_THIS_WEEK
        return None

    def write_mail(self, at: Context, payload: CampaignText) -> OutgoingMail:
        return write_member_mail(at, subject=payload.subject, text=payload.body)


CAMPAIGN = CampaignMail()
