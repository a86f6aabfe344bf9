"""Codes with which new memberships cost less, and whether one counts for a sale."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.repository import refusing
from api.membership_plans.errors import PlanNotFound
from api.membership_plans.promotions import errors
from api.membership_plans.promotions.errors import (
    CodeUnknown,
    PromotionContradictsItself,
    PromotionUsed,
)
from api.membership_plans.promotions.repository import PromotionRepository
from api.membership_plans.promotions.schemas import (
    PromotionCreate,
    PromotionItem,
    PromotionUpdate,
)
from core.money import can_be_paid, round_major, to_major, to_minor
from core.translation import t
from db.models import MembershipPlan, Promotion


def create(session: Session, caller: Principal, data: PromotionCreate) -> PromotionItem:
    values = _to_columns(data.model_dump(), caller.gym.currency)
    plan_ids = values.pop("plan_ids")
    promotions = PromotionRepository(session, caller.gym_id)
    _check_plans(promotions, plan_ids)
    _check(values)
    promotion = Promotion(gym_id=caller.gym_id, is_active=True, **values)
    promotions.add(promotion)
    promotions.replace_plans(promotion.promotion_id, plan_ids)
    return _to_item(promotion, sorted(set(plan_ids)), 0, caller.gym.currency)


def update(
    session: Session, caller: Principal, promotion_id: int, data: PromotionUpdate
) -> PromotionItem:
    promotions = PromotionRepository(session, caller.gym_id)
    promotion = promotions.get_or_refuse(promotion_id)
    values = _to_columns(data.changes(), caller.gym.currency)
    plan_ids = values.pop("plan_ids", None)
    if plan_ids is not None:
        _check_plans(promotions, plan_ids)
    _check({name: getattr(promotion, name) for name in _CHECKED} | values)
    promotions.update(promotion, values)
    if plan_ids is not None:
        promotions.replace_plans(promotion_id, plan_ids)
    return read(session, caller, promotion_id)


def delete(session: Session, caller: Principal, promotion_id: int) -> None:
    """For what was entered by mistake. Raises `PromotionUsed`."""
    promotions = PromotionRepository(session, caller.gym_id)
    promotion = promotions.get_or_refuse(promotion_id)
    used = PromotionUsed(promotion.code)
    with refusing({"fk_promotion_uses_gym_id_promotion_id_promotions": used}):
        promotions.delete(promotion)


def read(session: Session, caller: Principal, promotion_id: int) -> PromotionItem:
    promotions = PromotionRepository(session, caller.gym_id)
    promotion = promotions.get_or_refuse(promotion_id)
    plan_ids = promotions.list_plan_ids([promotion_id]).get(promotion_id, ())
    uses = promotions.count_uses(promotion_id)
    return _to_item(promotion, plan_ids, uses, caller.gym.currency)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, is_active: bool | None
) -> Page[PromotionItem]:
    promotions = PromotionRepository(session, caller.gym_id)
    rows, total = promotions.list_page(page, is_active=is_active)
    plans = promotions.list_plan_ids([row.Promotion.promotion_id for row in rows])
    items = [
        _to_item(
            row.Promotion,
            plans.get(row.Promotion.promotion_id, ()),
            row.uses,
            caller.gym.currency,
        )
        for row in rows
    ]
    return Page[PromotionItem].of(items, total, page)


def find_usable(
    session: Session,
    caller: Principal,
    code: str,
    *,
    plan: MembershipPlan,
    member_id: int,
    is_new: bool,
    today: date,
    lock: bool,
) -> Promotion:
    """The promotion of a code, if it counts for this member and plan today. Raises `CodeUnknown`
    and `CodeNotUsable`.

    Who sells by it takes its `lock`: the last use of a code is given to one of those who ask for
    it at once.
    """
    promotions = PromotionRepository(session, caller.gym_id)
    promotion = promotions.find_by_code(code, lock=lock)
    if promotion is None:
        raise CodeUnknown(code)
    code = promotion.code
    if not promotion.is_active:
        raise errors.retired(code)
    if promotion.valid_from is not None and today < promotion.valid_from:
        raise errors.not_yet(code, promotion.valid_from)
    if promotion.valid_until is not None and today > promotion.valid_until:
        raise errors.too_late(code, promotion.valid_until)
    plans = promotions.list_plans(promotion.promotion_id)
    if plans and plan.plan_id not in {one.plan_id for one in plans}:
        raise errors.of_other_plans(code, ", ".join(one.name for one in plans))
    if promotions.was_used_by(promotion.promotion_id, member_id):
        raise errors.used_by_member(code)
    if promotion.new_members_only and not is_new:
        raise errors.for_new_members(code)
    uses = promotions.count_uses(promotion.promotion_id)
    if promotion.max_uses is not None and uses >= promotion.max_uses:
        raise errors.used_up(code, promotion.max_uses)
    return promotion


_CHECKED = ("percent_off", "amount_off", "valid_from", "valid_until")


def _check(values: Mapping[str, Any]) -> None:
    percent, amount = values["percent_off"], values["amount_off"]
    if (percent is None) == (amount is None):
        raise PromotionContradictsItself(
            "percent_off", t("A promotion takes off either a percentage or an amount, not both.")
        )
    if amount == 0:
        raise PromotionContradictsItself("amount_off", t("A promotion takes something off."))
    first, last = values["valid_from"], values["valid_until"]
    if first is not None and last is not None and last < first:
        raise PromotionContradictsItself("valid_until", t("The last day is before the first."))


def _check_plans(promotions: PromotionRepository, plan_ids: Sequence[int]) -> None:
    unknown = promotions.find_unknown_plan(plan_ids)
    if unknown is not None:
        raise PlanNotFound(unknown)


def _to_columns(values: dict[str, Any], currency: str) -> dict[str, Any]:
    """Amounts are sent in major units, and stored in minor ones."""
    amount: Decimal | None = values.get("amount_off")
    if amount is None:
        return values
    if not can_be_paid(amount, currency):
        raise PromotionContradictsItself(
            "amount_off",
            t(
                "{price} cannot be paid; the nearest amount is {nearest}.",
                price=f"{amount} {currency}",
                nearest=round_major(amount, currency),
            ),
        )
    return values | {"amount_off": to_minor(amount, currency)}


def _to_item(
    promotion: Promotion, plan_ids: Sequence[int], uses: int, currency: str
) -> PromotionItem:
    return PromotionItem(
        promotion_id=promotion.promotion_id,
        code=promotion.code,
        name=promotion.name,
        percent_off=promotion.percent_off,
        amount_off=to_major(promotion.amount_off, currency),
        terms=promotion.terms,
        valid_from=promotion.valid_from,
        valid_until=promotion.valid_until,
        max_uses=promotion.max_uses,
        new_members_only=promotion.new_members_only,
        plan_ids=list(plan_ids),
        is_active=promotion.is_active,
        uses=uses,
    )
