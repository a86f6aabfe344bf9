"""What is said of each member: numbers to multiply, a band, and nothing where none is known."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ds.value.attrition import MONTH, TYPICAL
from ds.value.forecast import COLUMNS, forecast_members
from ds.value.history import ValueHistory, describe_states, follow
from tests.ds.value.customers import simulate_histories
from tests.ds.value.test_attrition import NOBODY

DAY = date(2026, 3, 31)
NEVER = pd.NaT


def make_members(count: int, **columns: Any) -> pd.DataFrame:
    usual = {"joined_on": pd.Timestamp("2024-03-31"), "last_visit_on": pd.Timestamp("2026-03-28")}
    return pd.DataFrame({"member_id": range(1, count + 1), **usual, **columns})


def make_contracts(count: int, **columns: Any) -> pd.DataFrame:
    usual = {
        "member_id": range(1, count + 1), "plan_id": 1, "starts_on": pd.Timestamp("2025-03-31"),
        "ends_on": NEVER, "is_cancelled": False, "term": 1, "price": 54_000,
        "frozen_since": NEVER, "frozen_until": NEVER, "paid": 54_000,
    }  # fmt: skip
    frame = pd.DataFrame({**usual, **columns}, index=range(count))
    for name in ("starts_on", "ends_on", "frozen_since", "frozen_until"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


NO_ORDERS = pd.DataFrame(columns=["member_id", "frequency", "recency", "age", "spend"])


def make_history(**columns: Any) -> ValueHistory:
    usual: dict[str, Any] = {
        "contracts": make_contracts(0), "orders": NO_ORDERS, "past": NOBODY,
        "had_contract": pd.Series([], dtype="int64"), "paid_since": date(2023, 1, 1),
    }  # fmt: skip
    return ValueHistory(**{**usual, **columns})


def forecast(members: pd.DataFrame, history: ValueHistory, *, decimals: int = 2) -> pd.DataFrame:
    found = forecast_members(members, history, as_of=DAY, decimals=decimals).members
    assert list(found.columns) == COLUMNS
    assert found["member_id"].tolist() == members["member_id"].tolist()
    return found


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_units_times_unit_value_is_the_value_as_it_can_be_paid(decimals: int) -> None:
    rng = np.random.default_rng(2)
    contracts = make_contracts(300, price=rng.integers(1, 200_000, 300))
    orders = simulate_histories(3, customers=300, may_stop_at_first=True, horizon=1)
    orders["spend"] = rng.integers(100, 90_000, 300)
    orders.insert(0, "member_id", range(301, 601))
    history = make_history(contracts=contracts, orders=orders)
    found = forecast(make_members(600), history, decimals=decimals)
    product = found["forecast_units"] * found["forecast_unit_value"]
    assert (product - found["forecast_value"]).abs().max() < 0.501 / 10**decimals
    for column in ("forecast_value", "forecast_low", "forecast_high", "forecast_unit_value"):
        minor = found[column] * 10**decimals
        assert (minor - minor.round()).abs().max() < 1e-4, column
    assert (found["forecast_low"] <= found["forecast_value"]).all()
    assert (found["forecast_value"] <= found["forecast_high"]).all()
    assert found["forecast_basis"].value_counts().to_dict() == {"contract": 300, "visits": 300}
    assert found["forecast_stay"].between(0, 1).all()


def test_of_whom_no_money_is_known_nothing_is_said_and_who_left_pays_nothing() -> None:
    history = make_history(contracts=make_contracts(1), had_contract=pd.Series([2]))
    found = forecast(make_members(3), history)
    assert found["forecast_value"].isna().tolist() == [False, False, True]
    assert found["forecast_basis"].isna().tolist() == [False, False, True]
    assert found.iloc[1, 1:].tolist() == [0, 0, 0, "contract", 0, 0, 0]


def test_an_empty_gym_and_one_without_money_are_no_trouble() -> None:
    assert forecast(make_members(0), make_history()).empty
    assert forecast(make_members(2), make_history())["forecast_value"].isna().all()


def test_a_cancelled_contract_is_worth_the_days_that_are_left() -> None:
    ends_on = DAY + pd.Timedelta(days=61)
    [row] = forecast(
        make_members(1),
        make_history(contracts=make_contracts(1, ends_on=ends_on, is_cancelled=True)),
    ).to_dict("records")
    assert row["forecast_units"] == pytest.approx(61 / MONTH, abs=1e-4)
    assert row["forecast_stay"] == 0
    assert (row["forecast_low"], row["forecast_high"]) == (2 * 45, 3 * 45)


def test_a_frozen_month_is_not_paid_and_its_absence_is_none() -> None:
    away = {"last_visit_on": pd.Timestamp("2026-01-01")}
    plain, rested, absent = (
        forecast(make_members(1, **seen), make_history(contracts=contracts)).iloc[0]
        for seen, contracts in (
            ({"last_visit_on": pd.Timestamp(DAY)}, make_contracts(1)),
            (
                away,
                make_contracts(
                    1, frozen_since=pd.Timestamp("2026-01-02"),
                    frozen_until=DAY + pd.Timedelta(days=61),
                ),
            ),
            (away, make_contracts(1)),
        )
    )  # fmt: skip
    assert rested["forecast_stay"] == plain["forecast_stay"] > absent["forecast_stay"]
    assert 1.8 < plain["forecast_units"] - rested["forecast_units"] < 2.05


def test_a_months_value_lies_between_the_price_and_what_was_paid() -> None:
    # Two plans of 45.00 a month; on the second a tenth is never collected.
    contracts = make_contracts(
        200, plan_id=[1] * 100 + [2] * 100, paid=[54_000] * 99 + [108_000] + [48_600] * 100
    )
    found = forecast(make_members(200), make_history(contracts=contracts))["forecast_unit_value"]
    assert found[:99].between(45, 46).all()
    assert 65 < found[99] < 70  # half their own year of double, half the plan's
    assert found[100:].between(40.4, 41.5).all()


def test_money_of_less_than_a_year_is_not_taken_for_a_year() -> None:
    contracts = make_contracts(2, paid=[9_000, 54_000])
    members = make_members(2, joined_on=pd.Timestamp("2026-01-31"))
    for since in (date(2026, 1, 1), None, date(2020, 1, 1)):
        found = forecast(members, make_history(contracts=contracts, paid_since=since))
        assert found["forecast_unit_value"].tolist() == [45, 45]


def test_a_contract_without_a_price_is_worth_what_was_paid_or_unknown() -> None:
    contracts = make_contracts(3, price=[0, 0, 54_000], paid=[36_000, 0, 0])
    for since in (date(2020, 1, 1), None):
        found = forecast(make_members(3), make_history(contracts=contracts, paid_since=since))
        assert found["forecast_unit_value"][0] == pytest.approx(30, rel=0.1)
        assert found["forecast_value"].isna().tolist() == [False, True, False]


def test_gyms_where_everybody_pays_the_same_are_no_trouble() -> None:
    orders = pd.DataFrame(
        {
            "member_id": [1, 2, 3], "frequency": [3, 3, 0], "recency": [3.0, 3.0, 0.0],
            "age": [4.0, 4.0, 2.0], "spend": [4000, 4000, 1000],
        }
    )  # fmt: skip
    found = forecast(make_members(3), make_history(orders=orders))
    assert found["forecast_unit_value"].between(9.5, 10.5).all()
    assert (found["forecast_high"] >= found["forecast_value"]).all()


def test_the_size_of_the_pieces_changes_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    contracts = make_contracts(23, price=range(1000, 24_000, 1000))
    whole = forecast(make_members(23), make_history(contracts=contracts))
    monkeypatch.setattr("ds.value.forecast.CHUNK", 5)
    pd.testing.assert_frame_equal(
        forecast(make_members(23), make_history(contracts=contracts)), whole
    )


def test_without_a_history_a_month_is_lost_at_the_typical_rate() -> None:
    fresh = make_members(1, joined_on=pd.Timestamp(DAY), last_visit_on=pd.Timestamp(DAY))
    [row] = forecast(fresh, make_history(contracts=make_contracts(1))).to_dict("records")
    odds = TYPICAL[0] + TYPICAL[3] * np.log1p(np.arange(12))
    assert row["forecast_stay"] == pytest.approx(np.prod(1 / (1 + np.exp(odds))), abs=1e-4)


def make_memberships(*rows: tuple[int, str, str | None, str | None, int]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["member_id", "starts_on", "ends_on", "cancelled_on", "term"]
    )
    for name in ("starts_on", "ends_on", "cancelled_on"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame.assign(joined_on=frame.groupby("member_id")["starts_on"].transform("min"))


NOT_SEEN = pd.DataFrame({"member_id": [], "number": [], "seen_on": pd.to_datetime([])})
THEN = date(2025, 12, 31)


def test_a_past_day_is_seen_as_it_was_known_then() -> None:
    memberships = make_memberships(
        (1, "2025-01-01", None, None, 1),  # still there
        (2, "2025-01-01", "2026-02-14", "2026-01-15", 1),  # had not cancelled yet
        (3, "2025-01-01", "2026-01-29", "2025-12-30", 1),  # had
        (4, "2025-03-01", "2026-02-28", "2026-02-01", 12),  # would not renew, not known
        (5, "2025-02-01", "2026-01-31", None, 12),  # renewed after three weeks
        (5, "2026-02-21", "2027-02-20", None, 12),
        (6, "2024-01-01", "2025-11-30", None, 1),  # gone before
        (7, "2026-01-05", None, None, 1),  # not there yet
    )
    past = follow(memberships, NOT_SEEN, [THEN], DAY)
    assert len(past) == 5
    assert past["to_end"].tolist() == [0, 0, 1, 2, 1]
    assert past["is_cancelled"].tolist() == [False, False, True, False, False]
    assert past["left"].tolist() == [False, True, True, True, False]
    assert (past["stayed"] * MONTH).round().tolist() == [90, 46, 30, 60, 90]


def test_who_joined_before_the_records_counts_from_the_landmark_on() -> None:
    """Left-truncated members: long tenure is seen as such, and the years before as nothing."""
    past = follow(make_memberships((1, "2015-01-01", None, None, 1)), NOT_SEEN, [THEN], DAY)
    assert past["tenure"].tolist() == [pytest.approx(132, abs=0.1)]
    assert past["stayed"].tolist() == [pytest.approx(3, abs=0.1)]


def test_a_state_counts_its_absence_from_joining_until_the_first_visit() -> None:
    members = pd.DataFrame(
        {
            "joined_on": pd.to_datetime(["2026-03-01", "2026-03-01"]),
            "seen_on": pd.to_datetime([None, "2026-03-30"]),
            "starts_on": pd.to_datetime("2026-03-01"), "ends_on": pd.to_datetime([None] * 2),
            "term": 1, "is_cancelled": False,
        }
    )  # fmt: skip
    assert describe_states(members, DAY)["absence"].tolist() == [30, 1]
