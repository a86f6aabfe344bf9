"""The job `payment_reminders`: once a day, who owes or will soon owe is reminded, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from api.email_confirmations.service import find_problem
from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.payments.notifications import PAYMENT_REMINDER, PaymentDue, find_sms_block
from api.payments.repository import PaymentRepository
from api.providers.email.links import new_header_id
from core.clock import to_local_day
from db.base import AnyRow
from db.mail_eligibility import find_address_block
from db.models import Channel, Gym
from db.queue.jobs import ClaimedJob

BEFORE = timedelta(days=3)
"""A payment is reminded of once, from so long before it is due ..."""
AFTER = timedelta(days=14)
"""... to so long after: older debts are for people to talk about."""


def remind_of_payments(job: ClaimedJob, *, settings: Settings) -> Mapping[str, Any]:
    """Queue a reminder of each payment and due day that has none yet: by SMS where the member
    agreed to it and SMS are set up, else by mail to whom the gym may mail."""
    with job.session() as session:
        gym = session.get_one(Gym, job.gym_id)
        if not gym.sends_payment_reminders:
            return {"queued": 0, "problem": "Payment reminders are switched off."}
        sends_sms = settings.sms_problem is None
        mail_problem = find_problem(session, gym, settings)
        if mail_problem is not None and not sends_sms:
            return {"queued": 0, "problem": f"{settings.sms_problem} {mail_problem}"}
        sender = None if mail_problem else settings.sender
        today = to_local_day(job.now, gym.timezone)
        due = PaymentRepository(session, job.gym_id).list_to_remind(today - AFTER, today + BEFORE)
        new: dict[Channel, list[NewNotification[PaymentDue]]] = {channel: [] for channel in Channel}
        for row in due:
            if sends_sms and find_sms_block(row.sms_consent, row.phone) is None:
                new[Channel.SMS].append(_remind(row, row.phone))
            elif sender and find_address_block(row.email, row.email_consent) is None:
                mail = _remind(row, row.email, provider_id=new_header_id(sender))
                new[Channel.EMAIL].append(mail)
        made = [
            PAYMENT_REMINDER.queue(session, job.gym_id, channel, reminders, now=job.now)
            for channel, reminders in new.items()
        ]
    return {"queued": sum(map(len, made))}


def _remind(
    row: AnyRow, recipient: str, *, provider_id: str | None = None
) -> NewNotification[PaymentDue]:
    return NewNotification(
        recipient=recipient,
        payload=PaymentDue(row.payment_id, row.due_on.isoformat()),
        dedupe_key=f"{row.payment_id} {row.due_on}",
        member_id=row.member_id,
        provider_id=provider_id,
    )
