"""Past scores compared with their outcomes."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from core.risk.churn import HORIZON_DAYS
from db.models.churn import ChurnLabel
from ds.churn.features import build_samples
from ds.churn.history import History, to_day_number
from ds.frames import read_frame

DAYS_SHOWN = 12

# The newest scored day of each week whose outcome is known.
_PAST = """
with days as (
  select max(day) as day from (
    select day::date as day
    from generate_series(%(first)s::date, %(last)s::date, '1 day') day
    where exists (select from churn_scores c where c.gym_id = %(gym_id)s
                  and c.label = %(label)s and c.as_of = day::date)
  ) scored
  group by date_trunc('week', day)
  order by 1 desc limit %(most)s
)
select c.customer_id as member_id, c.as_of, c.model_id, c.probability
from churn_scores c join days on c.as_of = days.day
where c.gym_id = %(gym_id)s and c.label = %(label)s
order by c.as_of, c.customer_id
"""


def check_past_scores(
    session: Session, history: History, label: ChurnLabel
) -> list[dict[str, Any]]:
    """By scored day, newest last: number, expected and observed share, and the Brier score."""
    last = history.as_of - timedelta(days=HORIZON_DAYS)
    scores = read_frame(
        session,
        _PAST,
        {
            "gym_id": history.gym_id,
            "label": label,
            "first": last - timedelta(days=400),
            "last": last,
            "most": DAYS_SHOWN,
        },
        dates=["as_of"],
    )
    if scores.empty:
        return []
    scores["day"] = scores["as_of"].to_numpy().astype("datetime64[D]").astype(np.int64)
    days = [day.date() for day in scores["as_of"].unique()]
    outcomes = build_samples(history, days, label)
    truth = pd.DataFrame({"member_id": outcomes.member_ids, "day": outcomes.days, "y": outcomes.y})
    both = scores.merge(truth, on=["member_id", "day"])
    both["error"] = (both["probability"] - both["y"]) ** 2
    return [
        {
            "as_of": day.isoformat(),
            "model_ids": sorted(int(one) for one in rows["model_id"].unique()),
            "members": len(rows),
            "expected": round(float(rows["probability"].mean()), 4),
            "came_true": round(float(rows["y"].mean()), 4),
            "brier": round(float(rows["error"].mean()), 5),
        }
        for day, rows in ((one, both[both["day"] == to_day_number(one)]) for one in days)
        if len(rows)
    ]
