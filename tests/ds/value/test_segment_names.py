"""Whatever the seed, each segment's name is true of its members: on real and simulated buyers."""

from typing import Any

import pandas as pd
import pytest

from db.models import SegmentMethod
from db.models.rfm_score import Segment
from ds.segments import LAPSED_DAYS, segment_members
from ds.value.orders import read_orders, summarise_orders
from tests.ds.value.customers import SPLIT, as_orders, find_cdnow, simulate_orders

SEEDS = range(30)


@pytest.fixture(scope="module", params=["cdnow", "simulated"])
def scores(request: pytest.FixtureRequest) -> pd.DataFrame:
    if request.param == "cdnow":
        path = find_cdnow()
        if path is None:
            pytest.skip("COMEBACK_DATA names no folder with cdnow_sample.csv")
        orders = read_orders(path)
    else:
        orders = as_orders(simulate_orders(7))
    known = summarise_orders(orders, until=SPLIT)
    return pd.DataFrame(
        {
            "recency": ((known["age"] - known["recency"]) * 7).round().astype(int),
            "frequency": known["orders"].astype(int),
            "monetary": known["spend"],
            "tenure": (known["age"] * 7).round().astype(int),
        }
    ).reset_index(drop=True)


def check_order(clusters: list[dict[str, Any]]) -> None:
    """The five things that the names say of each other."""
    medians = pd.DataFrame([cluster["medians"] for cluster in clusters])
    names = pd.Series([cluster["segment"] for cluster in clusters])
    here = medians[names != Segment.AT_RISK]
    assert names[medians["recency"].idxmax()] == Segment.AT_RISK
    assert medians.loc[names == Segment.AT_RISK, "recency"].min() >= here["recency"].max()
    assert (here["recency"] <= LAPSED_DAYS).all()
    rich = medians.loc[names == Segment.HIGH_VALUE, "monetary"]
    assert rich.empty or rich.max() == here["monetary"].max()
    loyal = medians.loc[names == Segment.LOYALIST, "frequency"]
    rest = medians.loc[names == Segment.NEW_POTENTIAL, "frequency"]
    assert loyal.empty or rest.empty or loyal.min() >= rest.max()


def test_the_order_of_the_names_holds_for_every_seed(scores: pd.DataFrame) -> None:
    first = segment_members(scores)
    same = []
    for seed in SEEDS:
        found = segment_members(scores, seed=seed)
        assert found.method is SegmentMethod.KMEANS
        check_order(found.details["clusters"])
        same.append((found.names == first.names).mean())
    assert sum(same) / len(same) >= 0.99
