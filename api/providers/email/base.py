"""The protocol of a mail provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.branding import Brand

PRODUCT = "Comeback"
"""The sender's name of mail that no gym writes."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; text in UTF-8. `name` is made by us, never a user's text."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """One mail to one person. `message_id` is the same on every repeat of the mail.

    `brand` is of the gym that writes; mail of the platform's own has none.
    `to` is a bare address; `link` is put below the text, and `footer` below that, after a line,
    with its links. Mail that the gym asked for itself has no `reply_to` and no `unsubscribe_url`.
    """

    message_id: str
    sender_name: str
    to_name: str
    to: str
    reply_to: str | None
    subject: str
    text: str
    footer: Sequence[str]
    unsubscribe_url: str | None
    reference: str
    written_at: datetime
    link: str | None = None
    attachments: Sequence[Attachment] = ()
    brand: Brand | None = None


class EmailProvider(Protocol):
    def send(self, mail: OutgoingMail) -> None:
        """Return once the mail was accepted; raise a `DeliveryError` when it was not.

        After a `TemporaryFailure` (`api.providers.failures`) the mail may have been accepted all
        the same, if only the reply was lost. That is why a repeat carries the same Message-ID.
        """

    def close(self) -> None:
        """Close connections. `send` opens new ones."""
