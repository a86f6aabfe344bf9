"""Who stays: the 90-day rate, members lost per month, and cohorts by the month they joined."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

CHURN_DAYS = 90
MONTHS = 12


@dataclass(frozen=True)
class RetentionRate:
    """Members seen in the last 90 days, of all ever known. `percent` is None without members."""

    total: int
    churned: int

    @property
    def percent(self) -> float | None:
        return round(100 * (1 - self.churned / self.total), 2) if self.total else None


def measure_retention(scores: pd.DataFrame) -> RetentionRate:
    """In: `recency`, which for a member who never came is days since joining."""
    return RetentionRate(len(scores), int((scores["recency"] > CHURN_DAYS).sum()))


def find_stays(members: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """The period in which each member was one, as far as it is known on `as_of`.

    In: `member_id, joined_on, last_visit_on, has_membership, ends_on`. Out: `member_id, joined_on,
    left_on`, the first day on which they were no member any more; NaT while they are one. It
    follows from memberships; a break between two of them does not count as leaving. Of members
    without any known membership, those leave who stay away: on the first day beyond 90 without a
    visit.
    """
    today = pd.Timestamp(as_of)
    one_day = pd.Timedelta(days=1)
    ended = members["ends_on"] + one_day
    seen = members[["last_visit_on", "joined_on"]].max(axis=1)
    lapsed = seen + pd.Timedelta(days=CHURN_DAYS + 1)
    left_on = ended.where(members["has_membership"], lapsed)
    return pd.DataFrame(
        {
            "member_id": members["member_id"],
            "joined_on": members["joined_on"],
            "left_on": left_on.where(left_on <= today),
        }
    )


def count_months(stays: pd.DataFrame, *, as_of: date) -> list[dict[str, Any]]:
    """The last twelve finished months, oldest first, none before the gym's first member.

    `ended` are those of `active_at_start` who were no members any more on the next month's first
    day. Members who joined in the month, also on its first day, are counted in `joined` only.
    """
    joined, left = stays["joined_on"], stays["left_on"]
    months = []
    for month in _finished_months(joined, as_of):
        start, end = month.to_timestamp(), (month + 1).to_timestamp()
        is_active = (joined < start) & ~(left <= start)
        active = int(is_active.sum())
        ended = int((is_active & (left <= end)).sum())
        months.append(
            {
                "month": str(month),
                "active_at_start": active,
                "ended": ended,
                "joined": int(((joined >= start) & (joined < end)).sum()),
                "churn_rate": round(100 * ended / active, 2) if active else None,
            }
        )
    return months


def count_cohorts(stays: pd.DataFrame, *, as_of: date) -> list[dict[str, Any]]:
    """For each of the last twelve finished months: who joined, and how many percent were kept.

    `kept[k]` is the share still a member k months after their own day of joining. It is shown only
    once the whole cohort has come that far, so no cohort is represented by its early joiners.
    """
    whole_months = _months_between(stays["joined_on"], stays["left_on"])
    cohort = stays["joined_on"].dt.to_period("M")
    this_month = pd.Period(as_of, "M")
    cohorts = []
    for month in _finished_months(stays["joined_on"], as_of):
        stayed = whole_months[cohort == month]
        if stayed.empty:
            continue
        age = (this_month - month).n - 1  # a cohort's last joiner came on the month's last day
        kept = [round(100 * float((stayed >= k).mean()), 1) for k in range(age + 1)]
        cohorts.append({"month": str(month), "joined": len(stayed), "kept": kept})
    return cohorts


def _finished_months(joined: "pd.Series[pd.Timestamp]", as_of: date) -> list[pd.Period]:
    if joined.empty:
        return []
    last = pd.Period(as_of, "M") - 1
    first = max(last - (MONTHS - 1), pd.Period(joined.min(), "M"))
    return list(pd.period_range(first, last, freq="M"))


def _months_between(
    joined: "pd.Series[pd.Timestamp]", left: "pd.Series[pd.Timestamp]"
) -> "pd.Series[float]":
    """Whole months a member stayed; infinite while they stay."""
    months = (left.dt.year - joined.dt.year) * 12 + (left.dt.month - joined.dt.month)
    months = (months - (left.dt.day < joined.dt.day)).clip(lower=0)
    return months.where(left.notna(), np.inf)
