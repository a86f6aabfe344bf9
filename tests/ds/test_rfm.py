"""Recency, frequency and money, on frames small enough to count by hand."""

from datetime import date

import pandas as pd

from ds.rfm import keep_known, score_rfm, summarise_activity

AS_OF = date(2026, 3, 31)

MEMBERS = pd.DataFrame(
    {
        "member_id": [1, 2, 3, 4],
        "joined_on": pd.to_datetime(["2025-01-01", "2025-06-01", "2026-03-01", "2026-04-02"]),
    }
)
CHECK_INS = pd.DataFrame(
    {
        "member_id": [1, 1, 1, 2],
        # 23:30 in UTC on 29 March is 30 March in Lisbon, which has just gone to summer time.
        "check_in": pd.to_datetime(
            ["2026-03-01T08:00Z", "2026-03-01T18:00Z", "2026-03-29T23:30Z", "2025-12-01T10:00Z"]
        ),
    }
)
LEDGER = pd.DataFrame(
    {
        "transaction_id": [1, 2, 3, 4, 5, 6],
        "member_id": [1, 1, 1, 2, 2, 2],
        "date": pd.to_datetime(["2026-01-05", "2026-02-05", "2026-02-09"] * 2),
        "amount": [2900, 2901, -500, 4000, 4000, -4000],
        "kind": ["payment", "payment", "refund", "payment", "payment", "reversal"],
        "reverses_id": [None, None, None, None, None, 5],
    }
)


def summarise(check_ins: pd.DataFrame = CHECK_INS, ledger: pd.DataFrame = LEDGER) -> pd.DataFrame:
    return summarise_activity(MEMBERS, check_ins, ledger, as_of=AS_OF, timezone="Europe/Lisbon")


def test_visits_and_money_are_counted_up_to_the_day() -> None:
    summary = summarise().set_index("member_id")
    assert summary["visits"].tolist() == [3, 1, 0, 0]
    assert summary["last_visit_on"][1] == pd.Timestamp("2026-03-30")
    assert summary["spend"].tolist() == [5301, 4000, 0, 0]
    # A refund lessens the money, a reversed payment is no order at all.
    assert summary["orders"].tolist() == [2, 1, 0, 0]


def test_scores_are_days_visits_and_major_units() -> None:
    scores = score_rfm(keep_known(summarise(), as_of=AS_OF), as_of=AS_OF, decimals=2)
    assert scores.to_dict("list") == {
        "member_id": [1, 2, 3],
        "recency": [1, 120, 30],
        "frequency": [3, 1, 0],
        "monetary": [53.01, 40.0, 0.0],
        "tenure": [454, 303, 30],
    }


def test_d_g3_8_who_never_came_is_scored_by_the_days_since_joining() -> None:
    scores = score_rfm(summarise(), as_of=AS_OF, decimals=2).set_index("member_id")
    assert scores.loc[3, ["recency", "frequency"]].tolist() == [30, 0]


def test_the_future_changes_nothing() -> None:
    later_visit = pd.DataFrame(
        {
            "member_id": [2, 3],
            "check_in": pd.to_datetime(["2026-03-31T23:30Z", "2026-05-01T10:00Z"]),
        }
    )
    later_money = pd.DataFrame(
        {
            "transaction_id": [7, 8, 9],
            "member_id": [1, 1, 4],
            "date": pd.to_datetime(["2026-04-01", "2026-04-02", "2026-04-03"]),
            "amount": [2900, -2900, 5000],
            "kind": ["payment", "reversal", "payment"],
            "reverses_id": [None, 1, None],
        }
    )
    then = summarise(pd.concat([CHECK_INS, later_visit]), pd.concat([LEDGER, later_money]))
    pd.testing.assert_frame_equal(then, summarise())


def test_who_joins_later_is_not_known_yet() -> None:
    assert keep_known(summarise(), as_of=AS_OF)["member_id"].tolist() == [1, 2, 3]
