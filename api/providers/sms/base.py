"""The protocol of an SMS provider."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class OutgoingSms:
    """One text to one number. `reference` is the same on every repeat, for a provider that can
    recognise one."""

    to: str
    text: str
    reference: str


class SmsProvider(Protocol):
    def send(self, sms: OutgoingSms, /) -> None:
        """Return once the text was accepted; raise a `DeliveryError` (`api.providers.failures`)
        when it was not. After a `TemporaryFailure` it may have been accepted all the same."""

    def close(self) -> None:
        """Let go of connections. `send` opens new ones."""
