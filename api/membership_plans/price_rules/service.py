"""For whom a plan costs less than its price. A rule counts when a membership is sold; what was
agreed then stays, so a rule can be deleted at any time."""

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.price_rules.errors import PriceRuleContradictsItself
from api.membership_plans.price_rules.repository import PriceRuleRepository
from api.membership_plans.price_rules.schemas import PriceRuleCreate, PriceRuleItem
from api.membership_plans.prices.service import check_price
from api.membership_plans.repository import MembershipPlanRepository
from core.money import to_major, to_minor
from core.translation import t
from db.models import PriceRule

MOST = 50
"""Rules of one plan."""


def create(
    session: Session, caller: Principal, plan_id: int, data: PriceRuleCreate
) -> PriceRuleItem:
    currency = caller.gym.currency
    MembershipPlanRepository(session, caller.gym_id).lock_or_refuse(plan_id)
    check_price(data.price, currency)
    _check(data)
    rules = PriceRuleRepository(session, caller.gym_id, plan_id=plan_id)
    if len(rules.list_all()) >= MOST:
        raise PriceRuleContradictsItself(
            "name", t("A plan has {n} price rules at most; delete one first.", n=MOST)
        )
    values = data.model_dump()
    if data.price is not None:
        values["price"] = to_minor(data.price, currency)
    rule = PriceRule(gym_id=caller.gym_id, plan_id=plan_id, **values)
    rules.add(rule)
    return _to_item(rule, currency)


def delete(session: Session, caller: Principal, plan_id: int, rule_id: int) -> None:
    rules = PriceRuleRepository(session, caller.gym_id, plan_id=plan_id)
    rules.delete(rules.get_or_refuse(rule_id))


def list_page(
    session: Session, caller: Principal, page: PageRequest, plan_id: int
) -> Page[PriceRuleItem]:
    MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    rows, total = PriceRuleRepository(session, caller.gym_id, plan_id=plan_id).list_page(page)
    items = [_to_item(row, caller.gym.currency) for row in rows]
    return Page[PriceRuleItem].of(items, total, page)


def _check(data: PriceRuleCreate) -> None:
    if (data.percent_off is None) == (data.price is None):
        raise PriceRuleContradictsItself(
            "percent_off", t("A rule has either a percentage or a price of its own, not both.")
        )
    if data.joins_from and data.joins_until and data.joins_until < data.joins_from:
        raise PriceRuleContradictsItself("joins_until", t("It ends before it begins."))
    if data.min_age is not None and data.max_age is not None and data.max_age < data.min_age:
        raise PriceRuleContradictsItself("max_age", t("It ends before it begins."))
    conditions = (data.joins_from, data.joins_until, data.min_age, data.max_age)
    if not data.further_only and all(condition is None for condition in conditions):
        raise PriceRuleContradictsItself(
            "joins_from",
            t(
                "Say for whom: a first or last day of joining, an age, or who is not the first of"
                " a household. For all, change the price."
            ),
        )


def _to_item(rule: PriceRule, currency: str) -> PriceRuleItem:
    return PriceRuleItem(
        rule_id=rule.rule_id,
        name=rule.name,
        percent_off=rule.percent_off,
        price=to_major(rule.price, currency),
        joins_from=rule.joins_from,
        joins_until=rule.joins_until,
        min_age=rule.min_age,
        max_age=rule.max_age,
        further_only=rule.further_only,
        combines=rule.combines,
    )
