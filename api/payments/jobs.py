"""The job `payment_reminders`: once a day, who owes or will soon owe is reminded, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.payments.notifications import PAYMENT_REMINDER, PaymentDue
from api.payments.repository import PaymentRepository
from core.clock import to_local_day
from db.models import Channel, Gym
from db.queue.jobs import ClaimedJob

BEFORE = timedelta(days=3)
"""A payment is reminded of once, from so long before it is due ..."""
AFTER = timedelta(days=14)
"""... to so long after: older debts are for people to talk about."""


def remind_of_payments(job: ClaimedJob, *, settings: Settings) -> Mapping[str, Any]:
    """Queue a reminder of each payment and due day that has none yet."""
    if settings.sms_problem is not None:
        return {"queued": 0, "problem": str(settings.sms_problem)}
    with job.session() as session:
        gym = session.get_one(Gym, job.gym_id)
        if not gym.sends_payment_reminders:
            return {"queued": 0, "problem": "Payment reminders are switched off."}
        today = to_local_day(job.now, gym.timezone)
        due = PaymentRepository(session, job.gym_id).list_to_remind(today - AFTER, today + BEFORE)
        new = [
            NewNotification(
                recipient=row.phone,
                payload=PaymentDue(row.payment_id, row.due_on.isoformat()),
                dedupe_key=f"{row.payment_id} {row.due_on}",
                member_id=row.member_id,
            )
            for row in due
        ]
        made = PAYMENT_REMINDER.queue(session, job.gym_id, Channel.SMS, new, now=job.now)
    return {"queued": len(made)}
