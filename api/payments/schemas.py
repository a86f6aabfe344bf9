from datetime import date, datetime

from pydantic import Field

from api.kit.schemas import Money, Schema
from db.models import PaymentState


class PaymentItem(Schema):
    """An attempt to collect money. Amounts in major units of `currency`."""

    payment_id: int
    amount: Money
    currency: str
    state: PaymentState
    due_on: date
    attempted_at: datetime | None
    failure_reason: str | None = Field(description="Why it failed")
    for_member_id: int | None = Field(
        description="Whose membership it pays for, where that is somebody else's"
    )
    for_name: str | None = Field(description="What they are called")
