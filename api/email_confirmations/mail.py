"""The mail with the link that confirms an address."""

from api.email_confirmations.service import LINK_LIFETIME
from api.providers.email.base import PRODUCT, OutgoingMail
from db.models import AddressConfirmation


def compose_confirmation_mail(link: AddressConfirmation, url: str) -> OutgoingMail:
    """No text of the gym's choice: the address may belong to somebody who never heard of it."""
    return OutgoingMail(
        message_id=link.header_id or "",
        sender_name=PRODUCT,
        to_name="",
        to=link.address,
        reply_to=None,
        subject="Confirm your email address",
        text=(
            f"This address was given to {PRODUCT} as that of a gym. Before anything can be sent in "
            "its name, please confirm that the address is yours: open the link, then press "
            f"Confirm. It works for {LINK_LIFETIME.days} days."
        ),
        link=url,
        footer=("If that was not you, do nothing. No other mail will follow from it.",),
        unsubscribe_url=None,
        reference=f"confirmation-{link.confirmation_id}",
        written_at=link.created_at,
    )
