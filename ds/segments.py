"""Value segments: four clusters of recency, frequency and money, named by what their members do.

The name never depends on a cluster's number, the order of rows or a seed. docs/models.md has the
rule and what was measured about it.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from db.models import Segment, SegmentMethod

CLUSTERS = 4
SEED = 42
STARTS = 10
LAPSED_DAYS = 90
"""A longer absence is `At Risk` whatever the member has spent: the same line as retention draws."""

MIN_GYM_SIZE = 40
MIN_CLUSTER_SIZE = 0.01
CUT_RECENCY = 30
CUT_MONETARY = 0.8

FEATURES = ["recency", "frequency", "monetary"]
MEDIANS = [*FEATURES, "tenure"]


@dataclass(frozen=True)
class Segmentation:
    """`names` has one segment per row of the scores it was made from, on the same index.

    `details` holds the numbers that the rule decided on.
    """

    names: "pd.Series[str]"
    method: SegmentMethod
    details: dict[str, Any] = field(default_factory=dict)


def segment_members(scores: pd.DataFrame, *, seed: int = SEED) -> Segmentation:
    """Name the value segment of every member of one gym.

    In: `recency, frequency, monetary, tenure`. Small gyms, and gyms where clusters would mean
    nothing, are cut at fixed lines instead: see `method` and `details["why"]`.
    """
    why = _why_not_cluster(scores)
    if why is None:
        segmentation = _cluster(scores, seed)
        if segmentation is not None:
            return segmentation
        why = f"a cluster had under {MIN_CLUSTER_SIZE:.0%} of the members"
    return _cut(scores, why)


def name_clusters(clusters: pd.DataFrame) -> "pd.Series[str]":
    """Name each cluster from its medians, which are the columns; the index is any numbering.

    The stalest is At Risk; of the rest the richest is High-Value; of the rest the busiest is
    Loyalist; the last is New/Potential. A name must be true: a cluster that is lapsed as a whole is
    At Risk too, one that has paid nothing is not High-Value, one that never comes not Loyalist. So
    a name may be given twice, or not at all.
    """
    stalest = _first(clusters, [("recency", False), ("frequency", True), ("monetary", True)])
    rest = clusters.drop(index=stalest)
    richest = _first(rest, [("monetary", False), ("frequency", False), ("recency", True)])
    rest = rest.drop(index=richest)
    busiest = _first(rest, [("frequency", False), ("recency", True), ("tenure", False)])
    names = pd.Series(Segment.NEW_POTENTIAL, index=clusters.index, dtype=object)
    names[[richest, busiest]] = Segment.LOYALIST
    names[clusters["frequency"] <= 0] = Segment.NEW_POTENTIAL
    if clusters.loc[richest, "monetary"] > 0:
        names[richest] = Segment.HIGH_VALUE
    names[stalest] = Segment.AT_RISK
    names[clusters["recency"] > LAPSED_DAYS] = Segment.AT_RISK
    return names


def _first(clusters: pd.DataFrame, order: list[tuple[str, bool]]) -> Any:
    # All medians close the order, so that a full tie is one between equal clusters only.
    order = [*order, *((column, True) for column in MEDIANS)]
    columns = list(dict.fromkeys(column for column, _ in order))
    ascending = [next(up for name, up in order if name == column) for column in columns]
    return clusters.sort_values(columns, ascending=ascending).index[0]


def _why_not_cluster(scores: pd.DataFrame) -> str | None:
    if len(scores) < MIN_GYM_SIZE:
        return f"fewer than {MIN_GYM_SIZE} members"
    if len(scores[FEATURES].drop_duplicates().head(CLUSTERS)) < CLUSTERS:
        return f"fewer than {CLUSTERS} different members"
    return None


def _cluster(scores: pd.DataFrame, seed: int) -> Segmentation | None:
    # Sorted by value, so that the order in which rows were read cannot move a start.
    ordered = scores.sort_values(FEATURES)
    # Refunds can outweigh payments; log1p is not defined far below zero.
    logs = np.log1p(ordered[FEATURES].clip(lower=0).to_numpy(dtype=float))
    scaler = StandardScaler().fit(logs)
    model = KMeans(n_clusters=CLUSTERS, n_init=STARTS, random_state=seed)
    # One thread: where cores are shared, OpenMP's waiting costs ten times what it computes.
    with threadpool_limits(limits=1):
        found = model.fit_predict(scaler.transform(logs))
    numbers = pd.Series(found, index=ordered.index)
    if numbers.value_counts(normalize=True).min() < MIN_CLUSTER_SIZE:
        return None

    medians = scores[MEDIANS].groupby(numbers).median()
    cluster_names = name_clusters(medians)
    names = numbers.map(cluster_names).reindex(scores.index)
    centroids = np.expm1(scaler.inverse_transform(model.cluster_centers_))
    details: dict[str, Any] = {
        "clusters": [
            {
                "segment": str(cluster_names[number]),
                "members": int((numbers == number).sum()),
                "medians": {name: float(medians.loc[number, name]) for name in MEDIANS},
                "centroid": dict(zip(FEATURES, centroids[number].round(4).tolist(), strict=True)),
            }
            for number in medians.sort_values(MEDIANS).index
        ],
        "scale": {"mean": scaler.mean_.tolist(), "deviation": scaler.scale_.tolist()},
    }
    return _finish(scores, names, SegmentMethod.KMEANS, details)


def _cut(scores: pd.DataFrame, why: str) -> Segmentation:
    frequency = scores["frequency"].median()
    monetary = scores["monetary"].quantile(CUT_MONETARY) if len(scores) else float("nan")
    # Where everybody pays alike nobody is in the top fifth, and who never came is not loyal.
    is_rich = (scores["monetary"] >= monetary) & (
        scores["monetary"] > max(scores["monetary"].median(), 0)
    )
    is_regular = (scores["frequency"] >= frequency) & (scores["frequency"] > 0)
    chosen = np.select(
        [scores["recency"] > CUT_RECENCY, is_rich, is_regular],
        [Segment.AT_RISK, Segment.HIGH_VALUE, Segment.LOYALIST],
        default=Segment.NEW_POTENTIAL,
    )
    names = pd.Series(chosen, index=scores.index, dtype=object)
    cuts = {"recency": CUT_RECENCY, "monetary": monetary, "frequency": frequency}
    details = {
        "why": why,
        "cuts": {key: None if pd.isna(cut) else float(cut) for key, cut in cuts.items()},
    }
    return _finish(scores, names, SegmentMethod.CUTOFFS, details)


def _finish(
    scores: pd.DataFrame, names: "pd.Series[str]", method: SegmentMethod, details: dict[str, Any]
) -> Segmentation:
    names = names.mask(scores["recency"] > LAPSED_DAYS, Segment.AT_RISK)
    tenure = scores.loc[names == Segment.NEW_POTENTIAL, "tenure"].median()
    # Recency, frequency and money cannot see who is new; only tenure can.
    details["new_or_potential"] = "new" if tenure < scores["tenure"].median() else "potential"
    details["lapsed_days"] = LAPSED_DAYS
    return Segmentation(names.astype(str), method, details)
