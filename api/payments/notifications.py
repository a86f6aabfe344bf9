"""A reminder of a payment, to the member who owes it."""

from dataclasses import dataclass
from datetime import date

from api.email_confirmations.service import is_confirmed
from api.kit.translation import translate
from api.members.mail import write_member_mail
from api.notifications.kind import Context, NotificationKind
from api.payments.repository import PaymentRepository
from api.providers.email.base import OutgoingMail
from api.providers.email.message import one_line
from api.providers.sms.base import OutgoingSms
from core.clock import to_local_day
from core.money import to_major
from core.translation import Sentence, join, t
from db.consent import find_consent, read_consent_for_mail
from db.mail_eligibility import find_address_block
from db.models import Channel, Consent, Payment, PaymentState, Purpose

MAX_GYM_NAME = 60


@dataclass(frozen=True)
class PaymentDue:
    """`due_on` as it was: a payment that was moved gets a reminder of its new day."""

    payment_id: int
    due_on: str


def find_sms_block(consent: Consent | None, phone: str | None) -> str | None:
    """Why the member gets no reminder by SMS; None if they do."""
    if consent != Consent.GIVEN:
        return "no_consent"
    return None if (phone or "").strip() else "no_phone"


class PaymentReminder(NotificationKind[PaymentDue]):
    name = "payment_reminder"
    payload_type = PaymentDue

    def find_block(self, at: Context, payload: PaymentDue) -> str | None:
        payment = self._get(at, payload)
        if not at.gym.sends_payment_reminders:
            return "switched_off"
        if payment.state == PaymentState.PAID:
            return "paid"
        if payment.due_on != date.fromisoformat(payload.due_on):
            return "due_on_changed"
        match at.notification.channel:
            case Channel.SMS:
                said = find_consent(at.session, at.member, Channel.SMS, Purpose.BILLING)
                return find_sms_block(None if said is None else said.consent, at.member.phone)
            case Channel.EMAIL:
                if not is_confirmed(at.session, at.gym, at.gym.email):
                    return "address_not_confirmed"
                consent = read_consent_for_mail(at.session, at.member)
                return find_address_block(at.member.email, consent)

    def write_sms(self, at: Context, payload: PaymentDue) -> OutgoingSms:
        gym = one_line(at.gym.name, max_length=MAX_GYM_NAME)
        return OutgoingSms(
            to=at.member.phone or "",
            text=translate(join(": ", gym, self._say(at, payload).as_part())),
            reference=str(at.notification.notification_id),
        )

    def write_mail(self, at: Context, payload: PaymentDue) -> OutgoingMail:
        payment = self._get(at, payload)
        subject = t("Your payment of {amount}", amount=_format_amount(payment))
        return write_member_mail(
            at, subject=translate(subject), text=translate(self._say(at, payload))
        )

    def _say(self, at: Context, payload: PaymentDue) -> Sentence:
        payment = self._get(at, payload)
        amount, day = _format_amount(payment), payment.due_on
        if day < to_local_day(at.now, at.gym.timezone):
            return t("Your payment of {amount} was due on {day}.", amount=amount, day=day)
        return t("Your payment of {amount} is due on {day}.", amount=amount, day=day)

    def _get(self, at: Context, payload: PaymentDue) -> Payment:
        return PaymentRepository(at.session, at.gym_id).get_one(payload.payment_id)


def _format_amount(payment: Payment) -> str:
    return f"{to_major(payment.amount, payment.currency)} {payment.currency}"


PAYMENT_REMINDER = PaymentReminder()
