"""The fitted models give the published figures, and their formulas agree with each other."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from ds.value import bg_nbd
from ds.value.bg_nbd import NotFitted, PurchaseModel, fit_purchases
from ds.value.gamma_gamma import NotFitted as SpendingNotFitted
from ds.value.gamma_gamma import SpendingModel, fit_spending
from ds.value.orders import read_orders, summarise_orders
from tests.ds.value.customers import (
    SPLIT,
    as_orders,
    find_cdnow,
    simulate_histories,
    simulate_orders,
)

MODELS = [
    PurchaseModel(0.24, 4.4, 0.79, 2.4, False, 0.0),
    PurchaseModel(0.52, 6.2, 0.89, 1.6, True, 0.0),
    PurchaseModel(2.0, 3.0, 1.0, 2.5, True, 0.0),
    PurchaseModel(1.5, 8.0, 2.5, 9.0, True, 0.0),
]
CUSTOMERS = pd.DataFrame(
    [(0, 0, 30), (1, 4, 30), (5, 28, 30), (5, 6, 38.9), (60, 30, 31), (700, 51, 52)],
    columns=["frequency", "recency", "age"],
    dtype=float,
)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    path: Path | None = find_cdnow()
    if path is None:
        pytest.skip("COMEBACK_DATA names no folder with cdnow_sample.csv")
    return summarise_orders(read_orders(path), until=SPLIT)


def test_bg_nbd_on_cdnow_has_the_papers_parameters(cdnow: pd.DataFrame) -> None:
    model = fit_purchases(cdnow)
    fitted = (model.r, model.alpha, model.a, model.b)
    assert fitted == pytest.approx((0.2426, 4.414, 0.793, 2.426), rel=0.01)
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_gamma_gamma_on_cdnow_has_the_notes_parameters(cdnow: pd.DataFrame) -> None:
    repeat = cdnow[cdnow["frequency"] > 0]
    assert len(repeat) == 946
    model = fit_spending(repeat["frequency"].to_numpy(), repeat["repeat_value"].to_numpy())
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)


@pytest.mark.parametrize("may_stop_at_first", [False, True])
def test_simulated_customers_give_their_parameters_and_their_future_back(
    may_stop_at_first: bool,
) -> None:
    known = simulate_histories(2, customers=40_000, may_stop_at_first=may_stop_at_first, horizon=52)
    model = fit_purchases(known, may_stop_at_first=may_stop_at_first)
    fitted = (model.r, model.alpha, model.a, model.b)
    assert fitted == pytest.approx((0.5, 6.0, 0.9, 1.6), rel=0.15)
    expected = pd.Series(model.expect(known, 52))
    assert expected.sum() == pytest.approx(known["future"].sum(), rel=0.05)
    # Also among those who look alive, and those who do not.
    by_group = expected.groupby(pd.qcut(expected, 5, labels=False)).sum()
    came_true = known["future"].groupby(pd.qcut(expected, 5, labels=False)).sum()
    assert by_group.to_numpy() == pytest.approx(came_true.to_numpy(), rel=0.1)


def test_simulated_spending_gives_its_parameters_back() -> None:
    known = summarise_orders(as_orders(simulate_orders(11, customers=6000)), until=SPLIT)
    orders = known["frequency"].to_numpy() + 1
    spending = fit_spending(orders, known["spend"].to_numpy() / orders)
    assert spending.mean == pytest.approx(35, rel=0.05)
    assert (spending.p, spending.q) == pytest.approx((6, 4), rel=0.15)


@pytest.mark.parametrize("may_stop_at_first", [False, True])
def test_a_band_of_80_percent_holds_at_least_as_many(may_stop_at_first: bool) -> None:
    """Counts lie on whole numbers, so a band of them can hold more than it promises, not less."""
    known = simulate_histories(4, customers=40_000, may_stop_at_first=may_stop_at_first, horizon=52)
    model = fit_purchases(known, may_stop_at_first=may_stop_at_first)
    low, high = (model.quantile(known, 52, level) for level in (0.1, 0.9))
    future = known["future"].to_numpy()
    assert (future > high).mean() < 0.105
    assert (future < low).mean() < 0.105
    busy = model.expect(known, 52) > 5
    assert 0.78 < ((future >= low) & (future <= high))[busy].mean() < 0.92


@pytest.mark.parametrize("may_stop_at_first", [False, True])
def test_the_gradient_is_the_slope_of_the_likelihood(may_stop_at_first: bool) -> None:
    x, recency, age = (CUSTOMERS[name].to_numpy() for name in CUSTOMERS)
    counts = np.arange(1, 7)

    def likelihood(logs: np.ndarray) -> float:
        return bg_nbd._log_likelihood(logs, x, recency, age, counts, may_stop_at_first)[0]

    at = np.array([-0.4, 0.9, -0.2, 0.6])
    slope = bg_nbd._log_likelihood(at, x, recency, age, counts, may_stop_at_first)[1]
    assert slope == pytest.approx(approx_fprime(at, likelihood, 1e-7), rel=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_expected_orders_are_the_sum_of_the_chances_of_each_further_one(
    model: PurchaseModel,
) -> None:
    counts = np.arange(0.0, 6000.0)
    for horizon in (4.0, 52.0):
        chances = [
            model.chance_of_more(CUSTOMERS.iloc[[row]], horizon, counts).sum()
            for row in range(len(CUSTOMERS))
        ]
        assert model.expect(CUSTOMERS, horizon) == pytest.approx(chances, rel=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_a_quantile_is_the_smallest_count_with_that_chance(model: PurchaseModel) -> None:
    for level in (0.1, 0.5, 0.9):
        count = model.quantile(CUSTOMERS, 52, level)
        assert (model.chance_of_more(CUSTOMERS, 52, count) <= 1 - level).all()
        before = model.chance_of_more(CUSTOMERS, 52, np.maximum(count - 1, 0))
        assert ((before > 1 - level) | (count == 0)).all()


def test_who_bought_once_long_ago_may_have_stopped_in_mbg_nbd_only() -> None:
    once = pd.DataFrame({"frequency": [0.0, 0.0], "recency": [0.0, 0.0], "age": [1.0, 52.0]})
    assert MODELS[0].chance_active(once).tolist() == [1, 1]
    young, old = MODELS[1].chance_active(once)
    assert 0.2 < old < young < 1


def test_a_small_gym_is_drawn_to_typical_figures() -> None:
    few = as_orders(simulate_orders(3, customers=4))
    known = summarise_orders(few, until=SPLIT)
    model = fit_purchases(known, may_stop_at_first=True, prior_weight=10)
    logs = np.log([model.r, model.alpha, model.a, model.b])
    assert np.abs(logs - bg_nbd.TYPICAL).max() < 1
    assert np.isfinite(model.expect(known, 52)).all()


def test_nobody_and_no_money_are_refused() -> None:
    with pytest.raises(NotFitted):
        fit_purchases(CUSTOMERS.head(0))
    with pytest.raises(SpendingNotFitted):
        fit_spending(np.array([0, 2]), np.array([10.0, 0.0]))


def test_an_average_is_drawn_to_everybodys_by_the_weight_of_some_orders() -> None:
    model = SpendingModel(p=6.0, q=4.0, v=17.5, log_likelihood=0.0)
    assert (model.mean, model.weight) == (35, 0.5)
    expected = model.expect(np.array([0.0, 1.0, 9.5]), np.array([0.0, 65.0, 65.0]))
    assert expected == pytest.approx([35, (65 + 0.5 * 35) / 1.5, (9.5 * 65 + 0.5 * 35) / 10])


def test_the_spread_of_order_values_is_that_of_simulated_ones() -> None:
    model = SpendingModel(p=6.0, q=4.0, v=17.5, log_likelihood=0.0)
    rng = np.random.default_rng(5)
    # Three known orders of mean 40: rates follow a gamma of shape p x 3 + q.
    rates = rng.gamma(6 * 3 + 4, 1 / (17.5 + 3 * 40), 200_000)
    values = rng.gamma(6 * 5, 1, 200_000) / rates / 5
    found = model.spread(np.array([3.0]), np.array([5.0]))
    assert found == pytest.approx([values.std() / values.mean()], rel=0.02)
