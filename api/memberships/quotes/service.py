"""What a member would pay for a plan, step by step. Selling asks the same function."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.kit.principal import Principal
from api.kit.translation import translate
from api.membership_plans.price_rules.repository import PriceRuleRepository
from api.membership_plans.prices.service import find_price_on
from api.membership_plans.promotions.errors import takes_nothing_off
from api.membership_plans.promotions.service import find_usable
from api.membership_plans.repository import MembershipPlanRepository
from api.memberships.errors import MemberNotFound, PlanRetired
from api.memberships.quotes.schemas import QuoteItem, QuoteStep
from api.memberships.repository import MembershipRepository
from core import pricing
from core.clock import to_local_day
from core.money import to_major, to_minor
from core.pricing import Discount, Joining, Quote, Rule, Step, StepKind, age_on
from core.translation import Sentence, t
from db.models import (
    AgreedPrice,
    AgreedPriceReason,
    Membership,
    MembershipPlan,
    Promotion,
    PromotionUse,
)


@dataclass(frozen=True)
class Offer:
    quote: Quote
    promotion: Promotion | None = None


def check_sold(plan: MembershipPlan) -> None:
    if not plan.is_active:
        raise PlanRetired(
            t("The plan '{name}' is not sold any more; choose another one.", name=plan.name)
        )


def make_offer(
    session: Session,
    caller: Principal,
    plan: MembershipPlan,
    *,
    member_id: int,
    starts_on: date,
    code: str | None,
    today: date,
    replaces_id: int | None = None,
    lock: bool = False,
) -> Offer:
    """Whoever sells takes the `lock` of the promotion and of the household. Raises what
    `find_usable` raises."""
    currency = caller.gym.currency
    price = to_minor(find_price_on(session, plan, starts_on), currency)
    memberships = MembershipRepository(session, caller.gym_id)
    birth_date = memberships.find_birth_date(member_id)
    rules = _list_rules(session, plan)
    joining = Joining(
        starts_on,
        None if birth_date is None else age_on(birth_date, starts_on),
        is_further=any(rule.further_only for rule in rules)
        and memberships.is_further_in_household(
            member_id, starts_on, replaces_id=replaces_id, lock=lock
        ),
    )
    if code is None:
        return Offer(pricing.quote(plan.name, price, joining=joining, rules=rules))
    promotion = find_usable(
        session,
        caller,
        code,
        plan=plan,
        member_id=member_id,
        is_new=not memberships.exists(Membership.member_id == member_id),
        today=today,
        lock=lock,
    )
    discount = Discount(promotion.percent_off, promotion.amount_off)
    counted = pricing.Promotion(promotion.code, discount, promotion.terms)
    quote = pricing.quote(plan.name, price, joining=joining, rules=rules, promotion=counted)
    if not quote.first_terms:
        raise takes_nothing_off(promotion.code)
    return Offer(quote, promotion)


def _list_rules(session: Session, plan: MembershipPlan) -> Sequence[Rule]:
    rows = PriceRuleRepository(session, plan.gym_id, plan_id=plan.plan_id).list_all()
    return [
        Rule(
            row.name,
            Discount(row.percent_off, price=row.price),
            joins_from=row.joins_from,
            joins_until=row.joins_until,
            min_age=row.min_age,
            max_age=row.max_age,
            further_only=row.further_only,
            combines=row.combines,
        )
        for row in rows
    ]


def write_offer(session: Session, row: Membership, offer: Offer, *, today: date) -> None:
    """With which promotion the membership was sold, and what it costs once that is over."""
    quote, promotion = offer.quote, offer.promotion
    if promotion is None:
        return
    session.add_all(
        (
            PromotionUse(
                gym_id=row.gym_id,
                promotion_id=promotion.promotion_id,
                member_id=row.member_id,
                membership_id=row.membership_id,
                used_on=today,
                taken_off=quote.later_price - quote.price,
            ),
            AgreedPrice(
                gym_id=row.gym_id,
                membership_id=row.membership_id,
                term=quote.first_terms + 1,
                reason=AgreedPriceReason.PROMOTION_OVER,
                price=quote.later_price,
                yearly_price=row.yearly_price,
            ),
        )
    )
    session.flush()


def to_details(offer: Offer) -> Mapping[str, Any]:
    """Of the event, so that the history says what was taken off and why."""
    if len(offer.quote.steps) == 1:
        return {}
    steps = [asdict(step) for step in offer.quote.steps]
    return {"price": offer.quote.price, "steps": steps, "first_terms": offer.quote.first_terms}


def read(
    session: Session,
    caller: Principal,
    plan_id: int,
    *,
    member_id: int,
    code: str | None,
    starts_on: date | None,
    now: datetime,
) -> QuoteItem:
    gym = caller.gym
    today = to_local_day(now, gym.timezone)
    plan = MembershipPlanRepository(session, gym.gym_id).get_or_refuse(plan_id)
    check_sold(plan)
    if not MembershipRepository(session, gym.gym_id).has_member(member_id):
        raise MemberNotFound(member_id)
    starts_on = starts_on or today
    made = make_offer(
        session,
        caller,
        plan,
        member_id=member_id,
        starts_on=starts_on,
        code=code,
        today=today,
    )
    quote = made.quote
    return QuoteItem(
        plan_id=plan_id,
        starts_on=starts_on,
        steps=[
            QuoteStep(
                kind=step.kind,
                text=translate(_say(step, made)),
                amount=to_major(step.amount, gym.currency),
            )
            for step in quote.steps
        ],
        price=to_major(quote.price, gym.currency),
        first_terms=quote.first_terms or None,
        later_price=to_major(quote.later_price, gym.currency),
    )


def _say(step: Step, made: Offer) -> Sentence:
    if step.kind is StepKind.PROMOTION and made.promotion is not None:
        return t("{name} ({code})", name=made.promotion.name, code=step.name)
    if step.kind is StepKind.RULE:
        return t("Price for: {name}", name=step.name)
    return t("Price of {plan}", plan=step.name)
