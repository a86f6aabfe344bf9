"""The comparison of forecasts: known days only, figures by hand, and a command that says so."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ds.evaluation.baselines import choose, recent_continues, spend_so_far
from ds.evaluation.value import OURS, PEER, RECENT, SEED, evaluate, find_period, main
from ds.evaluation.value_comparison import compare, score
from ds.value.orders import Period, read_orders, sum_future, summarise_orders
from tests.ds.value.customers import DAYS, SPLIT, as_orders, find_cdnow, simulate_orders


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return simulate_orders(7, customers=1500)


def make_orders(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return as_orders(pd.DataFrame(rows, columns=["customer", "date", "value"]))


ORDERS = make_orders(
    ("a", "2025-01-01", 10), ("a", "2025-01-01", 5), ("a", "2025-01-15", 40),
    ("a", "2025-02-05", 20), ("b", "2025-01-22", 30), ("c", "2025-02-01", 9),
)  # fmt: skip


def test_what_is_known_of_a_customer_ends_with_the_day() -> None:
    known = summarise_orders(ORDERS, until=date(2025, 1, 29))
    assert known.loc["a"].to_dict() == {
        "frequency": 1, "recency": 2, "age": 4, "orders": 3, "spend": 55, "repeat_value": 40,
    }  # fmt: skip
    assert known.loc["b"].tolist() == [0, 0, 1, 1, 30, 0]
    assert list(known.index) == ["a", "b"]


def test_the_future_is_the_days_after_it() -> None:
    customers = pd.Index(["a", "b"])
    assert sum_future(ORDERS, Period(date(2025, 1, 29), 7), customers).tolist() == [20, 0]
    assert sum_future(ORDERS, Period(date(2025, 1, 29), 6), customers).tolist() == [0, 0]


def test_the_plain_methods_are_what_they_are_called() -> None:
    period = Period(date(2025, 1, 31), 60)
    assert spend_so_far(ORDERS, period).to_dict() == {"a": 55, "b": 30}
    # The first 30 days twice over; the first day of all is the line, not part of what is recent.
    assert recent_continues(ORDERS, period).to_dict() == {"a": 80, "b": 60}


def test_figures_are_those_by_hand() -> None:
    truth = pd.Series([0.0] * 8 + [10.0, 30.0])
    forecast = pd.Series([1.0] * 8 + [20.0, 22.0])
    found = score("some", forecast, truth)
    assert found.mae == pytest.approx((8 + 10 + 8) / 10)
    assert found.rmse == pytest.approx(np.sqrt((8 + 100 + 64) / 10))
    assert found.capture == 0.75
    assert found.bias == pytest.approx(50 / 40 - 1)
    assert found.spearman == pytest.approx(1)


def test_a_forecast_of_nothing_has_no_rank_and_says_so() -> None:
    [found] = compare({"zero": pd.Series(dtype=float)}, pd.Series([1.0, 2.0]))
    assert (found.mae, found.bias) == (1.5, -1)
    assert found.to_dict()["spearman"] is None


def test_no_later_day_moves_the_choice_or_a_forecast(simulated: pd.DataFrame) -> None:
    orders = as_orders(simulated)
    known = orders[orders["day"] <= pd.Timestamp(SPLIT)]
    period = Period(SPLIT, DAYS)
    without, with_future = choose(known, period), choose(orders, period)
    assert without == with_future
    future = orders.assign(value=orders["value"].where(orders["day"] <= pd.Timestamp(SPLIT), 1e6))
    for method in (without, spend_so_far, recent_continues):
        assert method(known, period).equals(method(future, period))


def test_ours_meets_the_total_and_is_not_behind_its_peer(simulated: pd.DataFrame) -> None:
    found = {row.method: row for row in evaluate(as_orders(simulated), Period(SPLIT, DAYS)).scores}
    assert list(found) == [SEED, RECENT, PEER, OURS]
    assert abs(found[OURS].bias) < 0.2
    assert found[OURS].rmse < 1.03 * found[PEER].rmse
    assert found[OURS].rmse < found[SEED].rmse


def test_on_cdnow_ours_beats_its_peer_and_has_the_total_within_a_tenth() -> None:
    path = find_cdnow()
    if path is None:
        pytest.skip("COMEBACK_DATA names no folder with cdnow_sample.csv")
    found = {row.method: row for row in evaluate(read_orders(path), Period(SPLIT, DAYS)).scores}
    assert found[OURS].rmse <= found[PEER].rmse
    assert abs(found[OURS].bias) <= 0.1
    assert found[PEER].rmse == pytest.approx(72.3, rel=0.005)
    assert found[SEED].rmse == pytest.approx(172.07, rel=0.001)


def test_half_of_the_days_are_known_unless_a_split_is_given() -> None:
    orders = make_orders(("a", "1997-01-01", 1), ("a", "1998-06-30", 1))
    assert find_period(orders, None, None) == Period(SPLIT, DAYS)
    assert find_period(orders, date(1998, 1, 1), 30) == Period(date(1998, 1, 1), 30)
    assert find_period(orders, date(1998, 6, 1), 300) == Period(date(1998, 6, 1), 29)
    with pytest.raises(ValueError, match="between 1997-01-01 and 1998-06-30"):
        find_period(orders, date(1998, 6, 30), None)


@pytest.fixture
def file(simulated: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    simulated.to_csv(path, index=False)
    return path


def test_the_command_prints_a_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--split", "1997-09-30", "--horizon", "182"]) == 0
    printed = capsys.readouterr().out
    assert "Known up to 1997-09-30, forecast for the 182 days after it" in printed
    for method in (SEED, RECENT, PEER, OURS):
        assert f"\n{method} " in printed
    assert "chosen on the 136 days after 1997-05-17" in printed


def test_the_command_prints_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["method"] for row in told["methods"]} == {SEED, RECENT, PEER, OURS}
    assert set(told["methods"][0]) == {
        "method", "customers", "mae", "rmse", "spearman", "capture", "bias",
    }  # fmt: skip
    assert len(told["rehearsal_rmse"]) == 4


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("customer,date\n1,2025-01-01\n", "no column value"),
        ("customer,date,value\n1,2025-01-01,\n", "without a customer, date or value"),
        ("customer,date,value\n1,2025-01-01,3\n", "--split must lie between"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    content: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(content)
    assert main([str(path)]) == 1
    assert complaint in capsys.readouterr().err


def test_a_missing_file_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.csv"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err
