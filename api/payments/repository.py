from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries
from db.base import AnyRow, matches
from db.consent import consent_for_mail
from db.models import (
    Channel,
    Member,
    MemberConsent,
    Membership,
    Payment,
    PaymentState,
    Purpose,
    Standing,
)


class PaymentRepository(GymQueries):
    def get_one(self, payment_id: int) -> Payment:
        return self.session.scalars(
            select(Payment).where(Payment.in_gym(self.gym_id), Payment.payment_id == payment_id)
        ).one()

    def list_of_member(self, member_id: int, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Newest first: `Payment`, and the key and name of who it is for, if somebody else."""
        newest = (
            select(Payment, Member.member_id.label("for_member_id"), Member.name.label("for_name"))
            .outerjoin(Membership, matches(Membership.membership_id, Payment.membership_id))
            .outerjoin(
                Member,
                matches(Member.member_id, Membership.member_id)
                & (Member.member_id != Payment.member_id),
            )
            .order_by(Payment.due_on.desc(), Payment.payment_id.desc())
        )
        own = (Payment.in_gym(self.gym_id), Payment.member_id == member_id)
        return self.paginate_rows(newest, page, *own, counted=Payment)

    def list_to_remind(self, first: date, last: date) -> Sequence[AnyRow]:
        """Payments due in these days and not paid, with what decides how the member is reached:
        the consent to SMS (None where nobody wrote it down) and to mail, number and address."""
        said = (
            matches(MemberConsent.member_id, Payment.member_id)
            & (MemberConsent.channel == Channel.SMS)
            & (MemberConsent.purpose == Purpose.BILLING)
        )
        return self.session.execute(
            select(
                Payment.payment_id,
                Payment.member_id,
                Payment.due_on,
                Member.phone,
                Member.email,
                MemberConsent.consent.label("sms_consent"),
                consent_for_mail().label("email_consent"),
            )
            .join(Member, matches(Member.member_id, Payment.member_id))
            .outerjoin(MemberConsent, said)
            .where(
                Payment.in_gym(self.gym_id),
                Member.standing == Standing.MEMBER,
                Payment.state != PaymentState.PAID,
                Payment.due_on.between(first, last),
            )
            .order_by(Payment.payment_id)
        ).all()
