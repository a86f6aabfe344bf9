from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, text

from api.kit.repository import GymQueries
from db.models import ChurnLabel, ChurnModel, ChurnScore

HISTORY = 24
"""The number of past scores returned, of both labels together."""

# What the nightly scoring reads of each member, for a few of them and whenever they last came.
_FACTS = text(
    """
select s.customer_id as member_id, s.visited_days::text as visited_days, s.first_visit_on,
       s.last_visit_on, s.join_date, s.timed_visits, s.minutes_inside, s.yearly_value,
       s.covered is not null as has_membership,
       s.covered is null or s.covered @> cast(:day as date) as is_covered,
       coalesce(s.frozen @> cast(:day as date), false) as is_frozen,
       (select upper(period) - 1 from unnest(s.covered) period
        where period @> cast(:day as date)) as ends_on,
       case when s.is_cancelled then upper(s.covered) - 1 end as notice_for,
       newest.plan_months, unpaid.payment_failed_on
from member_stats s
left join lateral (
  select p.duration_months as plan_months
  from memberships m join packages p using (gym_id, package_id)
  where m.gym_id = s.gym_id and m.customer_id = s.customer_id
  order by m.starts_on desc, m.membership_id desc limit 1
) newest on true
left join lateral (
  select max(f.due_on) as payment_failed_on from payments f
  where f.gym_id = s.gym_id and f.customer_id = s.customer_id and f.state = 'failed'
    and f.due_on <= :day
) unpaid on true
where s.gym_id = :gym_id and s.customer_id = any(cast(:member_ids as bigint[]))
"""
)


class ChurnRiskRepository(GymQueries):
    """A gym's active models, and the facts about members that they need."""

    def find_active_models(self) -> dict[ChurnLabel, ChurnModel]:
        """The active versions; a label without one is missing."""
        models = self.session.scalars(
            select(ChurnModel).where(ChurnModel.in_gym(self.gym_id), ChurnModel.is_current)
        )
        return {ChurnLabel(model.label): model for model in models}

    def history(self, member_id: int) -> Sequence[ChurnScore]:
        """The member's last scores, newest first."""
        return self.session.scalars(
            select(ChurnScore)
            .where(ChurnScore.in_gym(self.gym_id), ChurnScore.member_id == member_id)
            .order_by(ChurnScore.as_of.desc(), ChurnScore.label.desc())
            .limit(HISTORY)
        ).all()

    def read_facts(self, member_ids: Iterable[int], day: date) -> dict[int, Mapping[str, Any]]:
        """What `core.risk.churn` needs to know at the end of `day`, by member. The day must be the
        newest one: `member_stats` is what is true now."""
        rows = self.session.execute(
            _FACTS, {"gym_id": self.gym_id, "member_ids": list(member_ids), "day": day}
        )
        return {row["member_id"]: dict(row) for row in rows.mappings()}
