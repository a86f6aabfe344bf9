"""What members paid, and what they owe."""

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.members.repository import MemberRepository
from api.payments.repository import PaymentRepository
from api.payments.schemas import PaymentItem
from core.money import to_major
from db.base import AnyRow
from db.models import Payment


def list_of_member(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[PaymentItem]:
    MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    rows, total = PaymentRepository(session, caller.gym_id).list_of_member(member_id, page)
    return Page[PaymentItem].of([_to_item(row) for row in rows], total, page)


def _to_item(row: AnyRow) -> PaymentItem:
    payment: Payment = row.Payment
    return PaymentItem(
        payment_id=payment.payment_id,
        amount=to_major(payment.amount, payment.currency),
        currency=payment.currency,
        state=payment.state,
        due_on=payment.due_on,
        attempted_at=payment.attempted_at,
        failure_reason=payment.failure_reason,
        for_member_id=row.for_member_id,
        for_name=row.for_name,
    )
