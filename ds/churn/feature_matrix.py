"""The features, computed for many members at once from what `member_stats` keeps of each."""

from dataclasses import dataclass
from math import pi

import numpy as np

from core.risk.churn import (
    BASELINE_DAYS,
    END_CAP_DAYS,
    FEATURES,
    HORIZON_DAYS,
    NEW_DAYS,
    PAYMENT_DAYS,
    WINDOW_DAYS,
)
from ds.churn.history import Bools, Floats, Ints

FEATURE_NAMES: tuple[str, ...] = tuple(FEATURES)


@dataclass(frozen=True)
class MemberDays:
    """One row per member and day, as `member_stats` has it. Absent numbers are NaN."""

    day: Ints
    bits: Bools
    away: Ints
    first_age: Ints
    join_age: Ints
    timed: Floats
    minutes: Floats
    is_known: Bools
    days_left: Floats
    """NaN where no end is known."""
    plan_months: Floats
    price: Floats
    failed_age: Floats


def compute_features(rows: MemberDays) -> Floats:
    """A row per member and day, a column per name in FEATURE_NAMES."""
    counted = np.zeros((len(rows.away), WINDOW_DAYS + 1), dtype=np.int16)
    np.cumsum(rows.bits, axis=1, out=counted[:, 1:])
    everyone = np.arange(len(rows.away))

    def count(days: int) -> Floats:
        return counted[everyone, np.clip(days - rows.away, 0, WINDOW_DAYS)].astype(np.float64)

    total = counted[:, WINDOW_DAYS].astype(np.float64)
    known = rows.first_age + 1
    now = 7 * count(NEW_DAYS) / np.clip(known, 7, NEW_DAYS)
    earlier = np.minimum(known, BASELINE_DAYS) - NEW_DAYS
    has_baseline = earlier >= 14
    before = 7 * (count(BASELINE_DAYS) - count(NEW_DAYS)) / np.where(has_baseline, earlier, 1)
    gap = _usual_gaps(rows.bits, total)
    weeks = np.stack([count(7 * week) for week in range(13)], axis=1)
    active = (np.diff(weeks, axis=1) > 0).sum(axis=1)
    angle = 2 * pi * (rows.day + HORIZON_DAYS / 2) / 365.25
    left = np.minimum(np.nan_to_num(rows.days_left, nan=END_CAP_DAYS), END_CAP_DAYS)
    failed = (rows.failed_age >= 0) & (rows.failed_age <= PAYMENT_DAYS)
    has_time = rows.timed > 0
    columns = {
        "days_away": np.log1p(rows.away),
        "gap_ratio": np.log1p(rows.away) - np.log1p(gap),
        **{f"days_{window}": np.log1p(count(window)) for window in (7, 14, 28, 56, 91, 182)},
        "weekly_frequency": np.log1p(7 * count(WINDOW_DAYS) / WINDOW_DAYS),
        "rate_28": np.log1p(now),
        "rate_before": np.where(has_baseline, np.log1p(before), np.nan),
        "drop": np.where(has_baseline, np.log((before + 0.25) / (now + 0.25)), 0.0),
        "is_single": total == 1,
        "usual_gap": np.log1p(gap),
        "no_habit": np.isnan(gap),
        "active_weeks": active / np.minimum(12, -(-known // 7)),
        "weekend_share": _weekend_days(rows) / np.maximum(total, 1),
        "tenure": np.log1p(np.maximum(rows.join_age, rows.first_age)),
        "known_days": np.log1p(np.minimum(known, WINDOW_DAYS)),
        "is_new": known <= NEW_DAYS,
        "plan_known": rows.is_known,
        "plan_open": rows.is_known & np.isnan(rows.days_left),
        "plan_months": np.log1p(rows.plan_months),
        "days_to_end": np.log1p(left),
        "ends_in_window": left < HORIZON_DAYS,
        "price": np.log1p(rows.price),
        "payment_failed": failed,
        "minutes": np.where(
            has_time, np.log1p(rows.minutes / np.where(has_time, rows.timed, 1)), np.nan
        ),
        "minutes_missing": ~has_time,
        "season_cos": np.cos(angle),
        "season_sin": np.sin(angle),
    }
    return np.stack([columns[name].astype(np.float64) for name in FEATURE_NAMES], axis=1)


def _usual_gaps(bits: Bools, total: Floats) -> Floats:
    """Median days between visited days; NaN under four of them."""
    row, place = np.nonzero(bits)
    same = row[1:] == row[:-1]
    row, gap = row[1:][same], np.diff(place)[same]
    # One number per gap sorts ten times as fast as two keys: a gap is under 256.
    ordered = np.sort(row * 256 + gap) % 256
    counts = np.maximum(total.astype(np.int64) - 1, 0)
    starts = np.cumsum(counts) - counts
    has_habit = counts >= 3
    low = starts + np.maximum(counts - 1, 0) // 2
    high = starts + counts // 2
    found = np.full(len(bits), np.nan)
    found[has_habit] = (ordered[low[has_habit]] + ordered[high[has_habit]]) / 2
    return found


def _weekend_days(rows: MemberDays) -> Floats:
    weekday = (rows.day - rows.away + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    found = np.zeros(len(rows.away))
    for number in range(7):
        these = weekday == number
        saturday = (number - 5) % 7
        bits = rows.bits[these]
        found[these] = bits[:, saturday::7].sum(axis=1) + bits[:, (saturday - 1) % 7 :: 7].sum(
            axis=1
        )
    return found
