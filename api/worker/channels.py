"""The channels by which a worker can send, as the settings have them: one line each."""

from typing import Any, Protocol

from api.kit.settings import Settings
from api.providers.email.factory import make_email_provider
from api.providers.sms.factory import make_sms_provider
from db.models import Channel


class Provider(Protocol):
    """Any channel's. `send` takes what its channel's kinds write, and raises `DeliveryError`."""

    def send(self, content: Any, /) -> None: ...

    def close(self) -> None: ...


def make_providers(settings: Settings) -> dict[Channel, Provider]:
    """A channel that is not set up is missing: its notifications wait."""
    found: dict[Channel, Provider | None] = {
        Channel.EMAIL: make_email_provider(settings),
        Channel.SMS: make_sms_provider(settings),
    }
    return {channel: provider for channel, provider in found.items() if provider is not None}
