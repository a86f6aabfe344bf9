"""A campaign's mail to a member."""

from dataclasses import dataclass

from sqlalchemy import select

from api.campaigns.repository import CampaignRepository
from api.email_confirmations.service import choose_reply_to
from api.kit.translation import translate
from api.notifications.kind import Context, NotificationKind
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from api.providers.email.message import one_line
from core.text import has_visible
from core.translation import t
from db.as_of import read_as_of
from db.consent import consent_for_mail
from db.mail_eligibility import MailingStatus, SkipReason, find_block
from db.models import Member, MemberStats
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
        consent = at.session.scalars(
            select(consent_for_mail()).where(
                Member.in_gym(at.gym_id), Member.member_id == member.member_id
            )
        ).one()
        block = find_block(MailingStatus(status or member.status, member.email, consent))
        if block is not None:
            return block
        campaigns = CampaignRepository(at.session, at.gym_id)
        if member.email_key and campaigns.has_other_mail(
            at.notification, member.email_key, now=at.now
        ):
            return SkipReason.MAILED_THIS_WEEK
        return None

    def write_mail(self, at: Context, payload: CampaignText) -> OutgoingMail:
        gym, notification = at.gym, at.notification
        header_id = notification.provider_id
        assert header_id is not None
        token = make_link_token(LinkPurpose.UNSUBSCRIBE, header_id, at.settings.secret_key)
        # After a change of the secret the link must be known by its new token.
        notification.unsubscribe_hash = hash_link_token(token)
        url = f"{at.settings.public_api_url.rstrip('/')}/u/{token}"
        place = ", ".join(
            one_line(part, max_length=200) for part in (gym.name, gym.address) if part
        )
        return OutgoingMail(
            message_id=header_id,
            sender_name=gym.name if has_visible(gym.name) else PRODUCT,
            to_name=at.member.name,
            to=at.member.email or "",  # corrected since, perhaps
            reply_to=choose_reply_to(at.session, gym),
            subject=payload.subject,
            text=payload.body,
            footer=(
                place,
                translate(t("You get this mail because you are a member.")),
                translate(t("No more mails like this: {url}", url=url)),
            ),
            unsubscribe_url=url,
            reference=str(notification.notification_id),
            written_at=notification.created_at,
        )


CAMPAIGN = CampaignMail()
