from datetime import date

from pydantic import Field

from api.kit.schemas import Money, Schema
from core.pricing import StepKind


class QuoteStep(Schema):
    kind: StepKind
    text: str = Field(description="The step in plain words")
    amount: Money = Field(description="Negative where something is taken off")


class QuoteItem(Schema):
    """What a member would pay for a plan; selling charges the same."""

    plan_id: int
    starts_on: date
    steps: list[QuoteStep] = Field(description="They add up to the price")
    price: Money = Field(description="Of the first term")
    first_terms: int | None = Field(
        description="How many terms cost this much; null: every one, until the gym agrees another"
    )
    later_price: Money = Field(description="Of each term after those")
