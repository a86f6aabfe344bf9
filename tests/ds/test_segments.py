"""Value segments: who is called what, whatever the order, seed or cluster number."""

import itertools

import numpy as np
import pandas as pd
import pytest

from db.models import SegmentMethod
from db.models.rfm_score import Segment
from ds.segments import LAPSED_DAYS, MEDIANS, name_clusters, segment_members


def make_scores(rows: list[tuple[float, float, float, float]]) -> pd.DataFrame:
    scores = pd.DataFrame(rows, columns=MEDIANS)
    return scores.assign(member_id=range(len(scores)))


@pytest.fixture(scope="module")
def gym() -> pd.DataFrame:
    """400 members of four kinds that overlap, as a real gym's do."""
    rng = np.random.default_rng(7)
    kinds = [
        # members, days away, visits, money, days since joining
        (150, 4, 90, 500, 500),
        (60, 6, 60, 1900, 600),
        (110, 9, 8, 60, 45),
        (80, 70, 12, 240, 400),
    ]
    parts = [
        pd.DataFrame(
            {
                "recency": rng.poisson(recency, members),
                "frequency": rng.poisson(frequency, members),
                "monetary": np.round(rng.gamma(9, monetary / 9, members), 2),
                "tenure": rng.poisson(tenure, members),
            }
        )
        for members, recency, frequency, monetary, tenure in kinds
    ]
    scores = pd.concat(parts, ignore_index=True)
    return scores.assign(member_id=range(len(scores)))


CLUSTERS = pd.DataFrame(
    [(40, 20, 300, 400), (5, 30, 900, 500), (6, 80, 400, 450), (8, 6, 50, 40)],
    columns=MEDIANS,
    index=["stale", "rich", "busy", "rest"],
)


def test_clusters_are_named_by_their_medians() -> None:
    assert name_clusters(CLUSTERS).to_dict() == {
        "stale": "At Risk",
        "rich": "High-Value",
        "busy": "Loyalist",
        "rest": "New/Potential",
    }


def test_d_g3_6_no_numbering_of_the_clusters_changes_a_name() -> None:
    names = name_clusters(CLUSTERS)
    for order in itertools.permutations(range(4)):
        renumbered = CLUSTERS.iloc[list(order)].reset_index(drop=True)
        assert name_clusters(renumbered).tolist() == names.iloc[list(order)].tolist()


@pytest.mark.parametrize("column", ["recency", "frequency", "monetary"])
def test_d_g3_6_ties_fall_alike_under_every_numbering(column: str) -> None:
    tied = CLUSTERS.assign(**{column: 10})
    names = name_clusters(tied)
    for order in itertools.permutations(range(4)):
        renumbered = tied.iloc[list(order)].reset_index(drop=True)
        assert name_clusters(renumbered).tolist() == names.iloc[list(order)].tolist()


def test_d_g3_6_permuting_the_rows_never_changes_a_members_name(gym: pd.DataFrame) -> None:
    segmentation = segment_members(gym)
    for seed in range(5):
        shuffled = segment_members(gym.sample(frac=1, random_state=seed))
        assert shuffled.names.sort_index().equals(segmentation.names)
        assert shuffled.details == segmentation.details  # to the last bit: the same computation


def test_d_g3_6_thirty_seeds_give_every_member_one_name(gym: pd.DataFrame) -> None:
    first = segment_members(gym)
    assert first.method is SegmentMethod.KMEANS
    for seed in range(30):
        assert segment_members(gym, seed=seed).names.equals(first.names)


def test_d_g3_6_the_stalest_group_is_never_called_loyalist(gym: pd.DataFrame) -> None:
    for seed in range(30):
        names = segment_members(gym, seed=seed).names
        recency = gym["recency"].groupby(names).median()
        assert recency.idxmax() == Segment.AT_RISK


def test_all_four_kinds_are_found(gym: pd.DataFrame) -> None:
    medians = gym[MEDIANS].groupby(segment_members(gym).names).median()
    assert set(medians.index) == {segment.value for segment in Segment}
    assert medians["monetary"].idxmax() == Segment.HIGH_VALUE
    assert medians["frequency"].drop(Segment.HIGH_VALUE).idxmax() == Segment.LOYALIST


def test_d_g3_13_long_absence_comes_before_any_value(gym: pd.DataFrame) -> None:
    scores = gym.copy()
    richest = scores["monetary"].idxmax()
    scores.loc[richest, ["recency", "monetary"]] = [259, 90_000]
    names = segment_members(scores).names
    assert names[richest] == Segment.AT_RISK
    assert set(names[scores["recency"] > LAPSED_DAYS]) == {Segment.AT_RISK}


def test_d_g3_13_a_lapsed_cluster_is_at_risk_however_rich() -> None:
    clusters = CLUSTERS.copy()
    clusters.loc["stale", "recency"], clusters.loc["rich", "recency"] = 300, 259
    assert name_clusters(clusters).tolist() == ["At Risk", "At Risk", "Loyalist", "New/Potential"]


def test_where_no_money_is_known_no_cluster_is_high_value() -> None:
    names = name_clusters(CLUSTERS.assign(monetary=0))
    assert names.tolist() == ["At Risk", "Loyalist", "Loyalist", "New/Potential"]


def test_a_cluster_that_never_comes_is_not_loyal() -> None:
    names = name_clusters(CLUSTERS.assign(frequency=0))
    assert names.tolist() == ["At Risk", "High-Value", "New/Potential", "New/Potential"]


@pytest.mark.parametrize("members", [0, 1, 2, 3])
def test_d_g3_14_a_gym_of_up_to_three_members_has_names_too(members: int) -> None:
    segmentation = segment_members(make_scores([(2, 10, 90, 100)] * members))
    assert segmentation.names.tolist() == ["Loyalist"] * members
    assert segmentation.method is SegmentMethod.CUTOFFS
    assert segmentation.details["why"] == "fewer than 40 members"


def test_a_small_gym_is_cut_at_fixed_lines() -> None:
    scores = make_scores(
        [(31, 50, 800, 900), (2, 50, 900, 300), (2, 40, 300, 300), (2, 3, 50, 20), (9, 0, 0, 9)]
    )
    segmentation = segment_members(scores)
    assert segmentation.names.tolist() == [
        "At Risk",
        "High-Value",
        "Loyalist",
        "New/Potential",
        "New/Potential",
    ]
    assert segmentation.details["cuts"]["recency"] == 30


def test_where_nobody_pays_nobody_is_high_value() -> None:
    scores = make_scores([(2, visits, 0, 100) for visits in range(10)])
    assert Segment.HIGH_VALUE not in set(segment_members(scores).names)


def test_who_never_came_is_not_loyal_even_where_most_never_came() -> None:
    scores = make_scores([(3, 0, 0, 3)] * 5 + [(1, 4, 0, 30)])
    assert segment_members(scores).names.tolist() == ["New/Potential"] * 5 + ["Loyalist"]


def test_members_who_are_all_alike_are_cut_at_fixed_lines() -> None:
    segmentation = segment_members(make_scores([(3, 9, 90, 50)] * 100))
    assert segmentation.method is SegmentMethod.CUTOFFS
    assert segmentation.details["why"] == "fewer than 4 different members"


def test_a_cluster_of_a_handful_is_no_segment() -> None:
    # One member of 150 lies so far off that they would be a cluster of their own.
    rows = [(2, 10 + n % 3, 100, 100) for n in range(75)] + [(40, 3, 30, 100)] * 74
    segmentation = segment_members(make_scores([*rows, (2, 100_000, 9_000_000, 100)]))
    assert segmentation.method is SegmentMethod.CUTOFFS
    assert segmentation.details["why"] == "a cluster had under 1% of the members"


def test_new_is_said_only_where_members_are_newer_than_the_gyms(gym: pd.DataFrame) -> None:
    assert segment_members(gym).details["new_or_potential"] == "new"
    old = gym.assign(tenure=500)
    assert segment_members(old).details["new_or_potential"] == "potential"


def test_money_that_went_back_breaks_nothing(gym: pd.DataFrame) -> None:
    scores = gym.copy()
    scores.loc[0, "monetary"] = -20.0
    assert len(segment_members(scores).names) == len(scores)


def test_details_say_what_was_decided_on(gym: pd.DataFrame) -> None:
    clusters = segment_members(gym).details["clusters"]
    assert sum(cluster["members"] for cluster in clusters) == len(gym)
    assert {cluster["segment"] for cluster in clusters} == {segment.value for segment in Segment}
