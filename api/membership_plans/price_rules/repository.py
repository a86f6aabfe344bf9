from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.membership_plans.price_rules.errors import PriceRuleNotFound
from db.models import PriceRule


class PriceRuleRepository(Repository[PriceRule]):
    """Price rules of one plan."""

    model = PriceRule
    not_found = PriceRuleNotFound

    def __init__(self, session: Session, gym_id: int, *, plan_id: int) -> None:
        super().__init__(session, gym_id)
        self.plan_id = plan_id

    def is_own(self) -> ColumnElement[bool]:
        return super().is_own() & (PriceRule.plan_id == self.plan_id)

    def list_page(self, page: PageRequest) -> tuple[Sequence[PriceRule], int]:
        """The oldest first."""
        return self.paginate(page, order=[PriceRule.rule_id])

    def list_all(self) -> Sequence[PriceRule]:
        query = select(PriceRule).where(self.is_own()).order_by(PriceRule.rule_id)
        return self.session.scalars(query).all()
