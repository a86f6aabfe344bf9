"""How any way of sending says that it could not."""

from core.translation import Sentence


class DeliveryError(Exception):
    """`reason` is for the owner, in plain words; `kind` is for logs and names nobody."""

    def __init__(self, reason: Sentence, *, kind: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class TemporaryFailure(DeliveryError):
    """Worth trying again later: the provider is away, busy, or does not let us in now."""


class PermanentFailure(DeliveryError):
    """Trying the same again cannot help."""
