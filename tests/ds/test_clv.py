"""Average order value times orders."""

import pandas as pd

from ds.clv import estimate_clv


def value(spend: list[int], orders: list[int], *, decimals: int = 2) -> list[list[float]]:
    members = pd.DataFrame({"member_id": range(len(spend)), "spend": spend, "orders": orders})
    found = estimate_clv(members, decimals=decimals)
    return found[["average_order_value", "clv_value"]].to_numpy().tolist()


def test_value_is_average_order_times_orders() -> None:
    assert value([6000, 23800], [2, 1]) == [[30.0, 60.0], [238.0, 238.0]]


def test_rounding_the_average_loses_no_cent_of_the_value() -> None:
    assert value([10000, 9999], [3, 2]) == [[33.33, 100.0], [50.0, 99.99]]


def test_each_currency_is_rounded_to_what_can_be_paid_in_it() -> None:
    assert value([10000], [3], decimals=0) == [[3333, 10000]]
    assert value([10000], [3], decimals=3) == [[3.333, 10.0]]


def test_without_an_order_there_is_no_value() -> None:
    assert value([0, -500], [0, 0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_a_refund_lessens_the_value() -> None:
    assert value([5000 - 6000], [1]) == [[-10.0, -10.0]]


def test_d_g3_7_doubling_visits_leaves_the_value_alone() -> None:
    members = pd.DataFrame(
        {"member_id": [1, 2], "spend": [23800, 6000], "orders": [1, 2], "visits": [5, 40]}
    )
    twice = members.assign(visits=2 * members["visits"])
    pd.testing.assert_frame_equal(
        estimate_clv(twice, decimals=2), estimate_clv(members, decimals=2)
    )


def test_nobody_has_no_values() -> None:
    assert value([], []) == []
