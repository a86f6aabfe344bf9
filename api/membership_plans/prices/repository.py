from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.membership_plans.prices.errors import PriceDayTaken, PriceNotFound
from core.pricing import PriceChange
from db.models import PlanPrice


class PlanPriceRepository(Repository[PlanPrice]):
    """Prices of one plan."""

    model = PlanPrice
    not_found = PriceNotFound
    taken: ClassVar = {"uq_plan_prices_gym_id_package_id_starts_on": PriceDayTaken}

    def __init__(self, session: Session, gym_id: int, *, plan_id: int) -> None:
        super().__init__(session, gym_id)
        self.plan_id = plan_id

    def is_own(self) -> ColumnElement[bool]:
        return super().is_own() & (PlanPrice.plan_id == self.plan_id)

    def list_page(self, page: PageRequest) -> tuple[Sequence[PlanPrice], int]:
        """The newest first."""
        return self.paginate(page, order=[PlanPrice.starts_on.desc()])

    def list_changes(self) -> Sequence[PriceChange]:
        return list_changes(self.session, self.gym_id, [self.plan_id]).get(self.plan_id, [])

    def find_of_day(self, day: date) -> PlanPrice | None:
        return self.session.scalar(
            select(PlanPrice).where(self.is_own(), PlanPrice.starts_on == day)
        )

    def add_price(self, starts_on: date, price: Decimal) -> PlanPrice:
        row = PlanPrice(gym_id=self.gym_id, plan_id=self.plan_id, starts_on=starts_on, price=price)
        self.add(row)
        return row


def list_changes(
    session: Session, gym_id: int, plan_ids: Iterable[int]
) -> Mapping[int, Sequence[PriceChange]]:
    """Of several plans, by plan; those whose price never changed are not in it."""
    rows = session.scalars(
        select(PlanPrice)
        .where(PlanPrice.in_gym(gym_id), PlanPrice.plan_id.in_(list(plan_ids)))
        .order_by(PlanPrice.starts_on)
    )
    changes: dict[int, list[PriceChange]] = defaultdict(list)
    for row in rows:
        changes[row.plan_id].append(PriceChange(row.starts_on, row.price))
    return changes
