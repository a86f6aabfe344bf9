"""The mail with the link that confirms an address of the gym's own."""

from dataclasses import dataclass

from api.email_confirmations.repository import CONFIRMATION_KIND, ConfirmationRepository
from api.kit.translation import translate
from api.notifications.kind import Context, NotificationKind
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from core.translation import t


@dataclass(frozen=True)
class LinkToConfirm:
    confirmation_id: int


class ConfirmationMail(NotificationKind[LinkToConfirm]):
    name = CONFIRMATION_KIND
    payload_type = LinkToConfirm

    def find_block(self, at: Context, payload: LinkToConfirm) -> str | None:
        confirmations = ConfirmationRepository(at.session, at.gym_id)
        link = confirmations.get_one(payload.confirmation_id)
        if link.expires_at <= at.now:
            return "expired"
        if link.address not in {at.gym.email, at.gym.reply_to}:
            return "address_changed"
        if confirmations.is_confirmed(link.address):
            return "confirmed_already"
        return None

    def write_mail(self, at: Context, payload: LinkToConfirm) -> OutgoingMail:
        """Without a word of the gym's choice: the address may be of somebody who never heard of
        it."""
        link = ConfirmationRepository(at.session, at.gym_id).get_one(payload.confirmation_id)
        header_id = at.notification.provider_id
        assert header_id is not None
        token = make_link_token(LinkPurpose.CONFIRM_ADDRESS, header_id, at.settings.secret_key)
        link.token_hash = hash_link_token(token)  # after a change of the secret
        days = (link.expires_at - link.created_at).days
        return OutgoingMail(
            message_id=header_id,
            sender_name=PRODUCT,
            to_name="",
            to=link.address,
            reply_to=None,
            subject=translate(t("Confirm your email address")),
            text=translate(
                t(
                    "This address was given to {product} as that of a gym. Before anything can be"
                    " sent in its name, please confirm that the address is yours: open the link,"
                    " then press Confirm. It works for {days} days.",
                    product=PRODUCT,
                    days=days,
                )
            ),
            link=f"{at.settings.public_api_url.rstrip('/')}/confirm/{token}",
            footer=(
                translate(t("If that was not you, do nothing. No other mail will follow from it.")),
            ),
            unsubscribe_url=None,
            reference=str(at.notification.notification_id),
            written_at=link.created_at,
        )


CONFIRMATION = ConfirmationMail()
