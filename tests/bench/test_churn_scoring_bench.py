"""The bench of training and scoring does what it says, on a gym small enough for a test."""

from tests.bench.big_gym import fill
from tests.bench.churn_scoring import WAYS, check_history, describe
from tests.fixtures.postgres import MigratedDatabase


def test_it_trains_scores_two_nights_and_compares(fresh_database: MigratedDatabase) -> None:
    urls = fresh_database.superuser_url, fresh_database.ops_url
    made = fill(*urls, members=900, visits=27_000, has_memberships=True)
    results = {way: {**measure(fresh_database), "peak_mb": 1.0} for way, measure in WAYS.items()}
    first, nightly = results["first"]["rows"], results["nightly"]["rows"]
    assert first > 300
    assert check_history(fresh_database) == first + nightly
    assert results["score_peer"]["rows"] == first
    for label in ("lapse", "cancel"):
        assert results["train_peer"][f"rows {label}"] == results["train"][f"rows {label}"]
    text = describe(made, results)
    assert "| scores of two labels, each night after |" in text
