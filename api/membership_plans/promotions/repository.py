from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar

from sqlalchemy import delete, func, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.membership_plans.promotions.errors import CodeTaken, PromotionNotFound
from core.text import fold
from db.base import AnyRow, matches
from db.models import MembershipPlan, Promotion, PromotionPlan, PromotionUse


class PromotionRepository(Repository[Promotion]):
    """Promotions of one gym."""

    model = Promotion
    not_found = PromotionNotFound
    taken: ClassVar = {"uq_promotions_gym_id_code_key": CodeTaken}

    def list_page(
        self, page: PageRequest, *, is_active: bool | None
    ) -> tuple[Sequence[AnyRow], int]:
        """Promotions with how many used them: those in use first, then by code."""
        uses = (
            select(func.count())
            .where(matches(PromotionUse.promotion_id, Promotion.promotion_id))
            .correlate(Promotion)
            .scalar_subquery()
        )
        query = select(Promotion, uses.label("uses")).order_by(
            Promotion.is_active.desc(), Promotion.code_key
        )
        where = [self.is_own()]
        if is_active is not None:
            where.append(Promotion.is_active == is_active)
        return self.paginate_rows(query, page, *where, counted=Promotion)

    def find_by_code(self, code: str, *, lock: bool) -> Promotion | None:
        """`lock`: nobody else uses the code until the transaction ends."""
        query = select(Promotion).where(self.is_own(), Promotion.code_key == fold(code))
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self.session.scalar(query)

    def list_plan_ids(self, promotion_ids: Iterable[int]) -> Mapping[int, Sequence[int]]:
        """By promotion; one that is for all plans is not in it."""
        rows = self.session.scalars(
            select(PromotionPlan)
            .where(
                PromotionPlan.in_gym(self.gym_id),
                PromotionPlan.promotion_id.in_(list(promotion_ids)),
            )
            .order_by(PromotionPlan.plan_id)
        )
        found: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            found[row.promotion_id].append(row.plan_id)
        return found

    def list_plans(self, promotion_id: int) -> Sequence[MembershipPlan]:
        """Those that it is for."""
        return self.session.scalars(
            select(MembershipPlan)
            .join(PromotionPlan, matches(PromotionPlan.plan_id, MembershipPlan.plan_id))
            .where(MembershipPlan.in_gym(self.gym_id), PromotionPlan.promotion_id == promotion_id)
            .order_by(MembershipPlan.name_key)
        ).all()

    def find_unknown_plan(self, plan_ids: Collection[int]) -> int | None:
        """One that is not the gym's."""
        own = select(MembershipPlan.plan_id).where(
            MembershipPlan.in_gym(self.gym_id), MembershipPlan.plan_id.in_(plan_ids)
        )
        return min(set(plan_ids) - set(self.session.scalars(own)), default=None)

    def replace_plans(self, promotion_id: int, plan_ids: Iterable[int]) -> None:
        self.session.execute(
            delete(PromotionPlan).where(
                PromotionPlan.in_gym(self.gym_id), PromotionPlan.promotion_id == promotion_id
            )
        )
        self.session.add_all(
            PromotionPlan(gym_id=self.gym_id, promotion_id=promotion_id, plan_id=plan_id)
            for plan_id in set(plan_ids)
        )
        self.session.flush()

    def count_uses(self, promotion_id: int) -> int:
        return self.count(
            PromotionUse,
            PromotionUse.in_gym(self.gym_id),
            PromotionUse.promotion_id == promotion_id,
        )

    def was_used_by(self, promotion_id: int, member_id: int) -> bool:
        used = self.count(
            PromotionUse,
            PromotionUse.in_gym(self.gym_id),
            PromotionUse.promotion_id == promotion_id,
            PromotionUse.member_id == member_id,
        )
        return used > 0
