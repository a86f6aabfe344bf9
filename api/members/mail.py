"""A mail from the gym to one of its members, whatever it says."""

from api.email_confirmations.service import choose_reply_to
from api.kit.translation import translate
from api.notifications.kind import Context
from api.organizations.branding.service import read_brand
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from api.providers.email.message import one_line
from core.text import has_visible
from core.translation import t


def write_member_mail(at: Context, *, subject: str, text: str) -> OutgoingMail:
    """In the gym's name, to the member's address of now, with a link to get no more of them.

    The notification was queued with its Message-ID as `provider_id`; the hash of the link's token
    is written to it here.
    """
    gym, notification = at.gym, at.notification
    header_id = notification.provider_id
    assert header_id is not None
    token = make_link_token(LinkPurpose.UNSUBSCRIBE, header_id, at.settings.secret_key)
    # After a change of the secret the link must be known by its new token.
    notification.unsubscribe_hash = hash_link_token(token)
    url = f"{at.settings.public_api_url.rstrip('/')}/u/{token}"
    place = ", ".join(one_line(part, max_length=200) for part in (gym.name, gym.address) if part)
    return OutgoingMail(
        message_id=header_id,
        sender_name=gym.name if has_visible(gym.name) else PRODUCT,
        to_name=at.member.name,
        to=at.member.email or "",  # corrected since, perhaps
        reply_to=choose_reply_to(at.session, gym),
        subject=subject,
        text=text,
        footer=(
            place,
            translate(t("You get this mail because you are a member.")),
            translate(t("No more mails like this: {url}", url=url)),
        ),
        unsubscribe_url=url,
        reference=str(notification.notification_id),
        written_at=notification.created_at,
        brand=read_brand(at.session, gym),
    )
