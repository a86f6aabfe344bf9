"""One gym's members as the science reads them, from the database or from exported CSV files."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy.orm import Session

from core.clock import STALE_AFTER, AsOf, find_day_end, to_local_day
from db.models.gym import Gym
from ds.frames import read_frame
from ds.rfm import keep_known, summarise_activity
from ds.value.history import ValueHistory, read_history

COLUMNS = [
    "member_id",
    "joined_on",
    "last_visit_on",
    "visits",
    "spend",
    "orders",
    "has_membership",
    "ends_on",
]


USUAL_CURRENCY = "EUR"
"""Of files that do not say which; what counts is that it has two decimals."""


@dataclass(frozen=True)
class Dataset:
    """Everything known about one gym's members at the end of `as_of`.

    `members` has one row per member in the order of `member_id`: `joined_on, last_visit_on` (NaT
    when there was none)`, visits, spend` (minor units)`, orders, has_membership, ends_on` (last
    day of the last known membership; NaT while open-ended). `history` is what forecasts are made
    from; files do not hold it.
    """

    gym_id: int
    gym_name: str
    currency: str
    as_of: date
    members: pd.DataFrame
    history: ValueHistory | None = None


# The figures kept with each check-in and payment are what is true now. A member with a row after
# the as_of is counted again from the rows up to it, so that nothing later is ever read.
_MEMBERS = """
with later as (
  select customer_id from attendance
  where gym_id = %(gym_id)s and check_in >= %(end)s
  union
  select customer_id from transactions where gym_id = %(gym_id)s and date > %(day)s
),
known as (
  select s.customer_id, s.last_visit_on, s.visits, s.spend, s.orders
  from member_stats s
  where s.gym_id = %(gym_id)s and s.customer_id not in (select customer_id from later)
  union all
  select l.customer_id, v.last_visit_on, v.visits, m.spend, m.orders
  from later l
  cross join lateral (
    select max((a.check_in at time zone %(timezone)s)::date) as last_visit_on, count(*) as visits
    from attendance a
    where a.gym_id = %(gym_id)s and a.customer_id = l.customer_id and a.check_in < %(end)s
  ) v
  cross join lateral (
    select coalesce(sum(t.amount), 0) as spend,
           count(*) filter (where t.kind = 'payment')
             - count(*) filter (where undone.kind = 'payment') as orders
    from transactions t
    left join transactions undone
      on undone.gym_id = t.gym_id and undone.transaction_id = t.reverses_id
    where t.gym_id = %(gym_id)s and t.customer_id = l.customer_id and t.date <= %(day)s
  ) m
)
select k.customer_id as member_id, s.join_date as joined_on, k.last_visit_on, k.visits, k.spend,
       k.orders, (s.covered is not null)::int as has_membership,
       case when not upper_inf(s.covered) then upper(s.covered) - 1 end as ends_on
from known k
join member_stats s on s.gym_id = %(gym_id)s and s.customer_id = k.customer_id
where s.is_counted
order by 1
"""


def read_dataset(session: Session, gym: Gym, as_of: AsOf) -> Dataset:
    """Read a gym from `member_stats`, without a pass over all its visits, and for forecasts its
    contracts, a year of its ledger and some members' past."""
    parameters = {
        "gym_id": gym.gym_id,
        "day": as_of.day,
        "end": find_day_end(as_of.day, gym.timezone),
        "timezone": gym.timezone,
    }
    members = read_frame(
        session, _MEMBERS, parameters, dates=["joined_on", "last_visit_on", "ends_on"]
    )
    members["has_membership"] = members["has_membership"].astype(bool)
    members = keep_known(members, as_of=as_of.day)
    history = read_history(session, gym, as_of.day)
    return Dataset(gym.gym_id, gym.name, gym.currency, as_of.day, members[COLUMNS], history)


@dataclass(frozen=True)
class _Files:
    gyms: pd.DataFrame
    members: pd.DataFrame
    check_ins: pd.DataFrame
    transactions: pd.DataFrame


def read_csv_datasets(folder: Path, now: datetime) -> list[Dataset]:
    """Read every gym in a folder of exported tables, the same way the database is read.

    `customers.csv`, `attendance.csv` and `transactions.csv` have the tables' column names; times
    carry their offset, amounts are minor units. `gyms.csv` (time zones and
    currencies; UTC and one of two decimals without it) and
    `memberships.csv` are used where they are there.
    """
    files = _read_files(folder)
    return [
        _make_dataset(files, gym_id, str(name), str(timezone), str(currency), now)
        for gym_id, name, timezone, currency in files.gyms.itertuples(index=False)
    ]


def _make_dataset(
    files: _Files, gym_id: int, name: str, timezone: str, currency: str, now: datetime
) -> Dataset:
    members = files.members[files.members["gym_id"] == gym_id].sort_values("member_id")
    in_gym = members["member_id"]
    check_ins = files.check_ins[files.check_ins["member_id"].isin(in_gym)]
    transactions = files.transactions[files.transactions["member_id"].isin(in_gym)]
    as_of = _find_as_of(check_ins, timezone, now)
    members = summarise_activity(members, check_ins, transactions, as_of=as_of, timezone=timezone)
    known = keep_known(members, as_of=as_of)
    return Dataset(int(gym_id), name, currency, as_of, known[COLUMNS])


def _find_as_of(check_ins: pd.DataFrame, timezone: str, now: datetime) -> date:
    """The rule of `core.clock.read_as_of`, on a frame."""
    today = to_local_day(now, timezone)
    if check_ins.empty:
        return today
    newest: date = check_ins["check_in"].max().tz_convert(timezone).date()
    return today if today - newest <= STALE_AFTER else newest


def _read_files(folder: Path) -> _Files:
    members = _read(folder, "customers.csv", days=["join_date"])
    members = members.rename(columns={"customer_id": "member_id", "join_date": "joined_on"})
    check_ins = _read(folder, "attendance.csv").rename(columns={"customer_id": "member_id"})
    check_ins["check_in"] = pd.to_datetime(check_ins["check_in"], utc=True, format="ISO8601")
    transactions = _read(folder, "transactions.csv", days=["date"])
    transactions = transactions.rename(columns={"customer_id": "member_id"})
    if "kind" not in transactions:
        transactions["kind"] = "payment"
    if "reverses_id" not in transactions:
        transactions["reverses_id"] = None
    return _Files(_read_gyms(folder, members), _add_ends(folder, members), check_ins, transactions)


def _read_gyms(folder: Path, members: pd.DataFrame) -> pd.DataFrame:
    if (folder / "gyms.csv").exists():
        return _read(folder, "gyms.csv")[["gym_id", "name", "timezone", "currency"]]
    gym_ids = sorted(members["gym_id"].unique())
    names = [f"Gym {gym_id}" for gym_id in gym_ids]
    return pd.DataFrame(
        {"gym_id": gym_ids, "name": names, "timezone": "UTC", "currency": USUAL_CURRENCY}
    )


def _add_ends(folder: Path, members: pd.DataFrame) -> pd.DataFrame:
    if not (folder / "memberships.csv").exists():
        never = pd.Series(pd.NaT, index=members.index, dtype="datetime64[s]")
        return members.assign(has_membership=False, ends_on=never)
    contracts = _read(folder, "memberships.csv", days=["ends_on"])
    ends_on = contracts.groupby("customer_id")["ends_on"].max()
    is_open = contracts.loc[contracts["ends_on"].isna(), "customer_id"]
    key = members["member_id"]
    return members.assign(
        has_membership=key.isin(contracts["customer_id"]),
        ends_on=ends_on.reindex(key).set_axis(key.index).where(~key.isin(is_open)),
    )


def _read(folder: Path, name: str, *, days: list[str] | None = None) -> pd.DataFrame:
    frame = pd.read_csv(folder / name)
    for column in days or []:
        frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d").astype("datetime64[s]")
    return frame
