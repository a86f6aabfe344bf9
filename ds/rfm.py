"""Recency, frequency and money of each member, from their rows or from figures kept of them."""

from datetime import date
from typing import Any

import pandas as pd


def summarise_activity(
    members: pd.DataFrame,
    check_ins: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    as_of: date,
    timezone: str,
) -> pd.DataFrame:
    """Count visits and money up to the end of `as_of`, a local day in `timezone`.

    In: members `member_id, ...`; check_ins `member_id, check_in` (aware); transactions
    `transaction_id, member_id, date, amount` (minor units)`, kind, reverses_id`.
    Out: the members' rows and columns, and `visits, last_visit_on, spend` (minor units)`, orders`.
    Rows after `as_of` are not read.
    """
    day = check_ins["check_in"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    days = pd.DataFrame({"member_id": check_ins["member_id"], "day": day})
    visits = days[day <= pd.Timestamp(as_of)].groupby("member_id")["day"].agg(["size", "max"])

    ledger = transactions[transactions["date"] <= pd.Timestamp(as_of)]
    payments = ledger[ledger["kind"] == "payment"]
    paid = payments["member_id"].value_counts()
    undone = ledger.loc[
        ledger["reverses_id"].isin(payments["transaction_id"]), "member_id"
    ].value_counts()
    orders = paid.sub(undone, fill_value=0)
    spend = ledger.groupby("member_id")["amount"].sum()

    def per_member(figures: "pd.Series[Any]") -> "pd.Series[Any]":
        return figures.reindex(members["member_id"]).set_axis(members.index)

    return members.assign(
        visits=per_member(visits["size"]).fillna(0).astype("int64"),
        last_visit_on=per_member(visits["max"]).astype("datetime64[s]"),
        spend=per_member(spend).fillna(0).astype("int64"),
        orders=per_member(orders).fillna(0).astype("int64"),
    )


def keep_known(members: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Leave out members who were not there yet on `as_of`: joined later, with no visit or money
    before."""
    is_known = (
        (members["joined_on"] <= pd.Timestamp(as_of))
        | (members["visits"] > 0)
        | (members["orders"] != 0)
        | (members["spend"] != 0)
    )
    return members[is_known].reset_index(drop=True)


def score_rfm(members: pd.DataFrame, *, as_of: date, decimals: int) -> pd.DataFrame:
    """Score members, also those who never came: their recency counts from the day they joined.

    In: `member_id, joined_on, last_visit_on, visits, spend` (minor units).
    Out: `member_id, recency` (days)`, frequency` (visits)`, monetary` (major units)`,
    tenure` (days since joining). `decimals` of the currency.
    """
    today = pd.Timestamp(as_of)
    seen = members["last_visit_on"].fillna(members["joined_on"])
    return pd.DataFrame(
        {
            "member_id": members["member_id"],
            "recency": (today - seen).dt.days.clip(lower=0).astype("int64"),
            "frequency": members["visits"].astype("int64"),
            "monetary": members["spend"] / 10**decimals,
            "tenure": (today - members["joined_on"]).dt.days.clip(lower=0).astype("int64"),
        }
    )
