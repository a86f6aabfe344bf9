"""What a gym's forecast is made from, read from the database as it was known on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from core.clock import find_day_end
from core.money import DECIMALS
from db.models.gym import Gym
from ds.frames import read_frame
from ds.value.attrition import MONTH, MONTHS, count_months

LANDMARKS = (3, 6, 9, 12, 15, 18, 21, 24)
"""Months ago, from each of which members are followed for up to a year."""

MAX_FOLLOWED = 8000
"""Members of a gym whose past is read: more would not improve it."""

FIRST_WEEKS = 56
"""Days into the records from which on an absence means something."""

PAUSE = 31
"""Days between two memberships that are one stay."""

YEAR = 365


@dataclass(frozen=True)
class ValueHistory:
    """`contracts`: one row per member with a contract on the day: `member_id, plan_id, starts_on,
    ends_on` (NaT while open-ended or not known)`, is_cancelled, term` (months)`, price` (minor
    units a year)`, frozen_since, frozen_until, paid` (minor units in the last 365 days).

    `orders`: one row per member without any membership who has paid: `member_id, frequency,
    recency, age` (as in `ds.value.bg_nbd`)`, spend` (minor units).

    `past`: what `ds.value.attrition.fit_attrition` reads. `had_contract`: members with a contract
    some time, none on the day. `paid_since`: the ledger's first day.
    """

    contracts: pd.DataFrame
    orders: pd.DataFrame
    past: pd.DataFrame
    had_contract: "pd.Series[int]"
    paid_since: date | None


# On a day a cancellation to come is not known: a contract that runs out with its term is seen to
# end then, any other has no end yet. Memberships that start later are not known either.
_CONTRACTS = """
with paid as (
  select customer_id, sum(amount) as paid from transactions
  where gym_id = %(gym_id)s and date <= %(day)s and date > %(day)s - 365
  group by customer_id
),
frozen as (
  select customer_id, min(starts_on) as frozen_since, max(ends_on) as frozen_until
  from membership_freezes
  where gym_id = %(gym_id)s and starts_on <= %(day)s and ends_on >= %(day)s
  group by customer_id
)
select distinct on (m.customer_id) m.customer_id as member_id, m.package_id as plan_id,
       m.starts_on,
       case when m.cancelled_on is null or m.cancelled_on <= %(day)s then m.ends_on
            when abs(m.ends_on - m.starts_on - 30.4375 * p.duration_months) <= 5 then m.ends_on
       end as ends_on,
       coalesce(m.cancelled_on <= %(day)s, false)::int as is_cancelled,
       p.duration_months as term, m.yearly_price as price, f.frozen_since, f.frozen_until,
       coalesce(paid.paid, 0) as paid
from memberships m
join packages p on p.gym_id = m.gym_id and p.package_id = m.package_id
left join paid on paid.customer_id = m.customer_id
left join frozen f on f.customer_id = m.customer_id
where m.gym_id = %(gym_id)s and m.starts_on <= %(day)s
  and (m.ends_on is null or m.ends_on >= %(day)s)
order by m.customer_id, m.starts_on desc, m.membership_id desc
"""

_HAD_CONTRACT = """
select customer_id as member_id from memberships
where gym_id = %(gym_id)s and starts_on <= %(day)s
group by customer_id having count(*) filter (where ends_on is null or ends_on >= %(day)s) = 0
order by 1
"""

_ORDERS = """
select t.customer_id as member_id,
       count(distinct t.date) filter (where t.kind = 'payment' and r.reverses_id is null) - 1
         as frequency,
       (max(t.date) filter (where t.kind = 'payment' and r.reverses_id is null)
        - min(t.date) filter (where t.kind = 'payment' and r.reverses_id is null)) / 7.0 as recency,
       (%(day)s - min(t.date) filter (where t.kind = 'payment' and r.reverses_id is null)) / 7.0
         as age,
       sum(t.amount) as spend
from transactions t
left join (
  select distinct reverses_id from transactions
  where gym_id = %(gym_id)s and reverses_id is not null and date <= %(day)s
) r on r.reverses_id = t.transaction_id
where t.gym_id = %(gym_id)s and t.date <= %(day)s
  and not exists (
    select from memberships m
    where m.gym_id = t.gym_id and m.customer_id = t.customer_id and m.starts_on <= %(day)s
  )
group by t.customer_id
having count(*) filter (where t.kind = 'payment' and r.reverses_id is null) > 0
   and sum(t.amount) > 0
order by 1
"""

# Spread over all members by their key, the same ones every night.
_FOLLOWED = """
select m.customer_id as member_id, c.join_date as joined_on, m.starts_on, m.ends_on, m.cancelled_on,
       p.duration_months as term
from memberships m
join customers c on c.gym_id = m.gym_id and c.customer_id = m.customer_id
join packages p on p.gym_id = m.gym_id and p.package_id = m.package_id
where m.gym_id = %(gym_id)s and m.starts_on <= %(day)s and m.customer_id in (
  select customer_id from memberships
  where gym_id = %(gym_id)s and starts_on <= %(day)s and (ends_on is null or ends_on >= %(oldest)s)
  group by customer_id
  order by (customer_id * 2654435761) %% 4294967296, customer_id
  limit %(limit)s
)
order by m.customer_id, m.starts_on, m.membership_id
"""

_LAST_SEEN = """
select f.customer_id as member_id, l.number, (v.newest at time zone %(timezone)s)::date as seen_on
from unnest(%(members)s) as f (customer_id)
cross join unnest(%(ends)s) with ordinality as l (ends_at, number)
cross join lateral (
  select max(a.check_in) as newest from attendance a
  where a.gym_id = %(gym_id)s and a.customer_id = f.customer_id and a.check_in < l.ends_at
) v
order by 1, 2
"""

_RECORDS = """
select (select min(day) from visit_hours where gym_id = %(gym_id)s) as visits_since,
       (select min(date) from transactions where gym_id = %(gym_id)s) as paid_since
"""


def read_history(session: Session, gym: Gym, day: date) -> ValueHistory:
    """Read what was known at the end of the gym's local `day`. Later rows are not read."""
    about: dict[str, Any] = {"gym_id": gym.gym_id, "day": day}
    since = read_frame(session, _RECORDS, about, dates=["visits_since", "paid_since"]).iloc[0]
    contracts = read_frame(
        session,
        _CONTRACTS,
        about,
        dates=["starts_on", "ends_on", "frozen_since", "frozen_until"],
    )
    contracts["is_cancelled"] = contracts["is_cancelled"].astype(bool)
    return ValueHistory(
        contracts,
        read_frame(session, _ORDERS, about, dates=[]),
        _read_past(session, gym, day, since["visits_since"]),
        read_frame(session, _HAD_CONTRACT, about, dates=[])["member_id"],
        None if pd.isna(since["paid_since"]) else since["paid_since"].date(),
    )


def read_ledger(session: Session, gym: Gym) -> pd.DataFrame:
    """A gym's ledger as orders: `customer` (the member's key as text)`, day, value` (major units).

    Money that went back lessens the day on which it did.
    """
    lines = read_frame(
        session,
        "select customer_id as customer, date as day, amount from transactions"
        " where gym_id = %(gym_id)s order by 1, 2",
        {"gym_id": gym.gym_id},
        dates=["day"],
    )
    return pd.DataFrame(
        {
            "customer": lines["customer"].astype(str),
            "day": lines["day"],
            "value": lines["amount"] / 10 ** DECIMALS[gym.currency],
        }
    )


def _read_past(session: Session, gym: Gym, day: date, visits_since: Any) -> pd.DataFrame:
    days = [day - timedelta(days=round(ago * MONTH)) for ago in LANDMARKS]
    if not pd.isna(visits_since):
        first = visits_since.date() + timedelta(days=FIRST_WEEKS)
        days = [landmark for landmark in days if landmark >= first]
    about = {
        "gym_id": gym.gym_id,
        "day": day,
        "oldest": min(days, default=day),
        "limit": MAX_FOLLOWED,
        "timezone": gym.timezone,
    }
    followed = read_frame(
        session, _FOLLOWED, about, dates=["joined_on", "starts_on", "ends_on", "cancelled_on"]
    )
    ends = [find_day_end(landmark, gym.timezone) for landmark in days]
    about |= {"members": followed["member_id"].unique().tolist(), "ends": ends}
    if not about["members"] or not days:
        return follow(followed, pd.DataFrame(columns=["member_id", "number", "seen_on"]), [], day)
    return follow(followed, read_frame(session, _LAST_SEEN, about, dates=["seen_on"]), days, day)


def follow(
    memberships: pd.DataFrame, last_seen: pd.DataFrame, landmarks: list[date], day: date
) -> pd.DataFrame:
    """Look at members on past days, as they were known then, and at how long they stayed.

    In: memberships by member and start; `last_seen` has `seen_on` by `member_id` and `number`, the
    landmark's from 1. Out: a row per landmark and member of that day, `fit_attrition`'s columns.
    """
    stays = memberships.assign(stay_ends=_find_stay_ends(memberships))
    today = pd.Timestamp(day)
    parts = []
    for number, landmark in enumerate(landmarks, start=1):
        then = pd.Timestamp(landmark)
        is_valid = (stays["starts_on"] <= then) & ~(stays["ends_on"] < then)
        current = stays[is_valid].groupby("member_id", as_index=False, sort=True).tail(1)
        seen = last_seen.loc[last_seen["number"] == number].set_index("member_id")["seen_on"]
        states = describe_states(
            current.assign(
                seen_on=seen.reindex(current["member_id"]).to_numpy(),
                ends_on=_known_ends(current, then),
                is_cancelled=(current["cancelled_on"] <= then).to_numpy(dtype=bool),
            ),
            landmark,
        )
        has_left = (current["stay_ends"] < today).to_numpy()
        until = current["stay_ends"].where(has_left, today - pd.Timedelta(days=1))
        days = (until - then).dt.days.to_numpy() + 1
        # From landmarks a quarter apart, each of the months that follow is seen up to four times.
        seen_from = max(1.0, MONTHS / 3 if len(landmarks) >= 4 else float(len(landmarks)))
        parts.append(states.assign(stayed=days / MONTH, left=has_left, weight=1 / seen_from))
    if not parts:
        columns = ["tenure", "absence", "to_end", "term", "is_cancelled", "stayed", "left"]
        return pd.DataFrame(columns=[*columns, "weight"], dtype=float)
    return pd.concat(parts, ignore_index=True)


def describe_states(members: pd.DataFrame, day: date) -> pd.DataFrame:
    """What the hazard looks at on a day, on the members' own index.

    In: `joined_on, seen_on, starts_on, ends_on, term, is_cancelled`. Who has not come yet is absent
    since joining.
    """
    today = pd.Timestamp(day)
    tenure = (today - members["joined_on"]).dt.days.clip(lower=0) / MONTH
    seen = members["seen_on"].astype("datetime64[s]").fillna(members["joined_on"])
    left = (members["ends_on"] - today).dt.days + 1
    to_end = pd.Series(count_months((left / MONTH).to_numpy(dtype="float64")), index=left.index)
    return pd.DataFrame(
        {
            "tenure": tenure,
            "absence": (today - seen).dt.days.clip(lower=0).astype(float),
            "to_end": to_end.fillna(0).astype("int64"),
            "term": members["term"].astype("int64"),
            "is_cancelled": members["is_cancelled"].astype(bool),
        },
        index=members.index,
    )


def _known_ends(memberships: pd.DataFrame, then: pd.Timestamp) -> "pd.Series[Any]":
    """The ends known on a day, by the rule of `_CONTRACTS`."""
    not_yet = memberships["cancelled_on"] > then
    length = (memberships["ends_on"] - memberships["starts_on"]).dt.days
    runs_out = (length - memberships["term"] * MONTH).abs() <= 5
    return memberships["ends_on"].where(~not_yet | runs_out)


def _find_stay_ends(memberships: pd.DataFrame) -> "pd.Series[Any]":
    """The last day of each membership's stay: later ones that follow within `PAUSE` continue it.

    In order of member and start. Open ends are far in the future.
    """
    never = pd.Timestamp("2200-01-01")
    ends = memberships["ends_on"].fillna(never)
    member = memberships["member_id"]
    longest = ends.groupby(member).cummax()
    before = longest.groupby(member).shift()
    begins = before.isna() | (memberships["starts_on"] > before + pd.Timedelta(days=PAUSE))
    return ends.groupby([member, begins.cumsum()]).transform("max")
