"""A reminder of a payment, to the member who owes it."""

from dataclasses import dataclass
from datetime import date

from api.kit.translation import translate
from api.notifications.kind import Context, NotificationKind
from api.payments.repository import PaymentRepository
from api.providers.email.message import one_line
from api.providers.sms.base import OutgoingSms
from core.clock import to_local_day
from core.money import to_major
from core.translation import t
from db.consent import find_consent
from db.models import Channel, Consent, PaymentState, Purpose

MAX_GYM_NAME = 60


@dataclass(frozen=True)
class PaymentDue:
    """`due_on` as it was: a payment that was moved gets a reminder of its new day."""

    payment_id: int
    due_on: str


class PaymentReminder(NotificationKind[PaymentDue]):
    name = "payment_reminder"
    payload_type = PaymentDue

    def find_block(self, at: Context, payload: PaymentDue) -> str | None:
        payment = PaymentRepository(at.session, at.gym_id).get_one(payload.payment_id)
        if not at.gym.sends_payment_reminders:
            return "switched_off"
        if payment.state == PaymentState.PAID:
            return "paid"
        if payment.due_on != date.fromisoformat(payload.due_on):
            return "due_on_changed"
        consent = find_consent(at.session, at.member, Channel.SMS, Purpose.BILLING)
        if consent is None or consent.consent != Consent.GIVEN:
            return "no_consent"
        return None if (at.member.phone or "").strip() else "no_phone"

    def write_sms(self, at: Context, payload: PaymentDue) -> OutgoingSms:
        payment = PaymentRepository(at.session, at.gym_id).get_one(payload.payment_id)
        today = to_local_day(at.now, at.gym.timezone)
        gym = one_line(at.gym.name, max_length=MAX_GYM_NAME)
        amount = f"{to_major(payment.amount, payment.currency)} {payment.currency}"
        text = (
            t(
                "{gym}: your payment of {amount} was due on {day}.",
                gym=gym,
                amount=amount,
                day=payment.due_on,
            )
            if payment.due_on < today
            else t(
                "{gym}: your payment of {amount} is due on {day}.",
                gym=gym,
                amount=amount,
                day=payment.due_on,
            )
        )
        return OutgoingSms(
            to=at.member.phone or "",
            text=translate(text),
            reference=str(at.notification.notification_id),
        )


PAYMENT_REMINDER = PaymentReminder()
