"""Every kind of notification that a worker can send, by its name."""

from collections.abc import Mapping
from typing import Any, Final

from api.attendance_reports.notifications import REPORT
from api.auth.notifications import OWNER_INVITATION, PASSWORD_CHANGED, PASSWORD_RESET
from api.campaigns.notifications import CAMPAIGN
from api.email_confirmations.notifications import CONFIRMATION
from api.invitations.notifications import INVITATION
from api.notifications.kind import NotificationKind
from api.payments.notifications import PAYMENT_REMINDER

KINDS: Final[Mapping[str, NotificationKind[Any]]] = {
    kind.name: kind
    for kind in (
        CAMPAIGN,
        CONFIRMATION,
        INVITATION,
        OWNER_INVITATION,
        PASSWORD_CHANGED,
        PASSWORD_RESET,
        PAYMENT_REMINDER,
        REPORT,
    )
}
