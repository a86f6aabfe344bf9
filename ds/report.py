"""Everything that is computed of one gym, as one value: no database, no clock."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from core.money import DECIMALS
from db.models import SegmentMethod
from ds.clv import estimate_clv
from ds.data import Dataset
from ds.retention import RetentionRate, count_cohorts, count_months, find_stays, measure_retention
from ds.rfm import score_rfm
from ds.segments import segment_members
from ds.value.forecast import Forecasts, forecast_members


@dataclass(frozen=True)
class Report:
    """`scores` has one row per member: `member_id, recency, frequency, monetary, tenure, segment,
    average_order_value, clv_value`. `details` is what `analytics_runs.details` keeps. `forecasts`
    is None where the history is not known.
    """

    gym_id: int
    gym_name: str
    as_of: date
    scores: pd.DataFrame
    method: SegmentMethod
    retention: RetentionRate
    details: dict[str, Any]
    forecasts: Forecasts | None = None


def compute_report(dataset: Dataset) -> Report:
    """Score, name and value a gym's members, and measure who stays."""
    as_of, decimals = dataset.as_of, DECIMALS[dataset.currency]
    scores = score_rfm(dataset.members, as_of=as_of, decimals=decimals)
    segmentation = segment_members(scores)
    scores["segment"] = segmentation.names
    scores = scores.merge(
        estimate_clv(dataset.members, decimals=decimals), on="member_id", validate="1:1"
    )
    stays = find_stays(dataset.members, as_of=as_of)
    retention = measure_retention(scores)
    details = {
        "segments": segmentation.details,
        "churned": retention.churned,
        "total": retention.total,
        "monthly": count_months(stays, as_of=as_of),
        "cohorts": count_cohorts(stays, as_of=as_of),
    }
    forecasts = None
    if dataset.history is not None:
        forecasts = forecast_members(
            dataset.members, dataset.history, as_of=as_of, decimals=decimals
        )
    return Report(
        dataset.gym_id,
        dataset.gym_name,
        as_of,
        scores,
        segmentation.method,
        retention,
        details,
        forecasts,
    )
