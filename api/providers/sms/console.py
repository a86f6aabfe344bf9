"""SMS written to the log instead of sent: for trying, without a vendor and without cost."""

import logging
import re

from api.providers.failures import PermanentFailure
from api.providers.sms.base import OutgoingSms
from core.translation import t

MIN_DIGITS = 7
"""Fewer are an extension or a typing mistake."""

log = logging.getLogger("sms")


class ConsoleSmsProvider:
    """Its line shows that a text went out, and how long it is, but neither text nor number: logs
    are read by more people than a member's phone. Refused in production: see `Settings`."""

    def send(self, sms: OutgoingSms, /) -> None:
        digits = re.sub(r"\D", "", sms.to)
        if len(digits) < MIN_DIGITS:
            raise PermanentFailure(
                t("The member's phone number has too few digits."), kind="invalid_number"
            )
        masked = "*" * (len(digits) - 2) + digits[-2:]
        facts = {"to": masked, "characters": len(sms.text), "reference": sms.reference}
        log.info("sms_written", extra=facts)

    def close(self) -> None:
        """Nothing is held."""
