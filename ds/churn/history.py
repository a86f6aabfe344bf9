"""A gym's history as compact arrays, cut at a day: what comes later is never read.

Days are whole numbers, local days since 1970-01-01. Members are positions 0 to n-1 in the order of
their ids; visits and contracts lie member after member, in the order of time.
"""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.clock import AsOf, find_day_end
from db.models.gym import Gym
from ds.frames import read_frame

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOREVER = 2**20
"""A day that does not come: the end of an open-ended membership."""

KEY_SPAN = 2**21
"""More days than there are."""

_EPOCH = date(1970, 1, 1)


def to_day_number(day: date) -> int:
    return (day - _EPOCH).days


def to_date(number: int) -> date:
    return _EPOCH + timedelta(days=int(number))


def finished_day(as_of: AsOf) -> date:
    """The newest day that is over: of a living gym yesterday, of an imported history its last."""
    return as_of.day - timedelta(days=1) if as_of.is_live else as_of.day


@dataclass(frozen=True)
class Contracts:
    """Memberships, by member and start. `is_term` says that the plan's contracts have an end from
    the beginning; of one that was cancelled later, the end then known is start plus the term."""

    member: Ints
    known_on: Ints
    starts_on: Ints
    ends_on: Ints
    cancelled_on: Ints
    yearly_price: Floats
    plan_months: Ints
    is_term: Bools

    def ends_known_on(self, day: int) -> Ints:
        """The last day of each contract as the gym knew it at the end of `day`."""
        planned = np.where(self.is_term, _end_of_term(self.starts_on, self.plan_months), FOREVER)
        cancelled_later = (self.cancelled_on > day) & (self.cancelled_on < FOREVER)
        # One that still ran on the day had not ended, whatever its plan's terms.
        running = np.maximum(planned, np.minimum(self.ends_on, day))
        return np.where(cancelled_later, running, self.ends_on)

    def take(self, which: Ints) -> "Contracts":
        return Contracts(*(getattr(self, field.name)[which] for field in fields(self)))


def _end_of_term(starts_on: Ints, months: Ints) -> Ints:
    starts = starts_on.astype("datetime64[D]")
    first = starts.astype("datetime64[M]")
    following = (first + months.astype("timedelta64[M]")).astype("datetime64[D]")
    return np.asarray(following.astype(np.int64) + (starts - first).astype(np.int64) - 1)


@dataclass(frozen=True)
class History:
    """What was known of a gym's members at the end of `as_of`."""

    gym_id: int
    as_of: date
    member_ids: Ints
    joined_on: Ints
    visit_starts: Ints
    """Where each member's visited days begin; one more entry than members."""
    days: Ints
    """Visited days: several visits on a day are one."""
    visits: Ints
    """Visits on each of them."""
    timed: Ints
    """Visits with a known exit."""
    seconds: Floats
    """Time inside during those."""
    contract_starts: Ints
    contracts: Contracts
    freeze_member: Ints
    freeze_from: Ints
    freeze_to: Ints
    failure_member: Ints
    failed_on: Ints
    recovered_on: Ints
    """When the money came in the end; FOREVER if it has not."""

    @cached_property
    def visit_keys(self) -> Ints:
        """One sorted number per visited day: member * KEY_SPAN + day."""
        owner = np.repeat(np.arange(len(self.member_ids)), np.diff(self.visit_starts))
        return np.asarray(owner * KEY_SPAN + self.days)

    @property
    def first_day(self) -> date | None:
        """The first day with a visit of anybody; None without visits."""
        return to_date(self.days.min()) if len(self.days) else None


_MEMBERS = """
select customer_id as member_id, join_date as joined_on
from customers
where gym_id = %(gym_id)s and join_date <= %(day)s
  and standing not in ('staff', 'guest', 'merged') {sample}
order by customer_id
"""
_SAMPLE = """
and customer_id in (
  select customer_id from customers where gym_id = %(gym_id)s
  order by hashint8(customer_id), customer_id limit %(at_most)s)
"""
_VISITS = """
select a.customer_id as member_id, (a.check_in at time zone %(timezone)s)::date as day,
       count(*) as visits, count(a.check_out) as timed,
       extract(epoch from coalesce(sum(a.check_out - a.check_in), '0')) as seconds
from attendance a
where a.gym_id = %(gym_id)s and a.check_in < %(end)s {sample}
group by 1, 2 order by 1, 2
"""
_CONTRACTS = """
select m.customer_id as member_id, m.starts_on, m.ends_on, m.yearly_price,
       least(m.starts_on, (m.created_at at time zone %(timezone)s)::date) as known_on,
       m.cancelled_on, p.duration_months as plan_months, p.package_id as plan
from memberships m
join packages p using (gym_id, package_id)
where m.gym_id = %(gym_id)s
  and least(m.starts_on, (m.created_at at time zone %(timezone)s)::date) <= %(day)s {sample}
order by m.customer_id, m.starts_on, m.membership_id
"""
_FREEZES = """
select customer_id as member_id, starts_on, ends_on from membership_freezes
where gym_id = %(gym_id)s and starts_on <= %(day)s {sample}
order by 1, 2
"""
# A payment that came after its due day had failed on that day: the row only keeps its last state.
_FAILURES = """
select customer_id as member_id, due_on as failed_on,
       case when state = 'paid' then (attempted_at at time zone %(timezone)s)::date end
         as recovered_on
from payments
where gym_id = %(gym_id)s and due_on <= %(day)s {sample}
  and (state = 'failed'
       or state = 'paid' and (attempted_at at time zone %(timezone)s)::date > due_on)
order by 1, 2
"""


def read_history(session: Session, gym: Gym, as_of: date, *, at_most: int | None = None) -> History:
    """Read what was known of a gym at the end of `as_of`, by a session of the ops role.

    `at_most` members are read where a gym has more: always the same ones, drawn by their ids. Give
    a day that is over (`finished_day`): a label is only true once its last day is.
    """
    parameters: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "day": as_of,
        "end": find_day_end(as_of, gym.timezone),
        "timezone": gym.timezone,
        "at_most": at_most,
    }
    sample = "" if at_most is None else _SAMPLE

    def read(query: str, *dates: str) -> pd.DataFrame:
        return read_frame(session, query.format(sample=sample), parameters, dates=list(dates))

    return make_history(
        as_of=as_of,
        gym_id=gym.gym_id,
        members=read(_MEMBERS, "joined_on"),
        visits=read(_VISITS, "day"),
        contracts=read(_CONTRACTS, "starts_on", "ends_on", "known_on", "cancelled_on"),
        freezes=read(_FREEZES, "starts_on", "ends_on"),
        failures=read(_FAILURES, "failed_on", "recovered_on"),
    )


def make_history(
    *,
    as_of: date,
    visits: pd.DataFrame,
    members: pd.DataFrame | None = None,
    contracts: pd.DataFrame | None = None,
    freezes: pd.DataFrame | None = None,
    failures: pd.DataFrame | None = None,
    gym_id: int = 0,
) -> History:
    """A history from frames with the columns of the queries above; `visits` alone will do.

    visits: member_id, day and, where known, visits, timed, seconds; one row per member and day, or
    one per visit. Without `members`, those who came are taken to have joined on their first day.
    Rows after `as_of` are dropped.
    """
    cut = to_day_number(as_of)
    visits = _summarise_days(visits, cut)
    if members is None:
        joined = visits.groupby("member_id")["day"].min()
    else:
        joined = members.assign(day=_numbers(members["joined_on"])).set_index("member_id")["day"]
    joined = joined[joined <= cut].sort_index()
    ids = joined.index.to_numpy(dtype=np.int64)

    visits = visits[visits["member_id"].isin(ids)]
    visitor = np.searchsorted(ids, visits["member_id"].to_numpy(dtype=np.int64))
    signed = _known(contracts, ids, "known_on", cut)
    rests = _known(freezes, ids, "starts_on", cut)
    unpaid = _known(failures, ids, "failed_on", cut)
    return History(
        gym_id=gym_id,
        as_of=as_of,
        member_ids=ids,
        joined_on=joined.to_numpy(dtype=np.int64),
        visit_starts=_starts(visitor, len(ids)),
        days=visits["day"].to_numpy(dtype=np.int64),
        visits=visits["visits"].to_numpy(dtype=np.int64),
        timed=visits["timed"].to_numpy(dtype=np.int64),
        seconds=visits["seconds"].to_numpy(dtype=np.float64),
        contract_starts=_starts(signed.index.to_numpy(dtype=np.int64), len(ids)),
        contracts=_make_contracts(signed),
        freeze_member=rests.index.to_numpy(dtype=np.int64),
        freeze_from=_column(rests, "starts_on"),
        freeze_to=_column(rests, "ends_on"),
        failure_member=unpaid.index.to_numpy(dtype=np.int64),
        failed_on=_column(unpaid, "failed_on"),
        recovered_on=_column(unpaid, "recovered_on"),
    )


def _summarise_days(visits: pd.DataFrame, cut: int) -> pd.DataFrame:
    days = pd.DataFrame(
        {
            "member_id": visits["member_id"].astype(np.int64),
            "day": _numbers(visits["day"]),
            "visits": visits.get("visits", 1),
            "timed": visits.get("timed", 0),
            "seconds": visits.get("seconds", 0.0),
        }
    )
    days = days[days["day"] <= cut]
    return days.groupby(["member_id", "day"], as_index=False, sort=True).sum()


def _known(frame: pd.DataFrame | None, ids: Ints, column: str, cut: int) -> pd.DataFrame:
    """The rows of known members that were known by the day, their index the member's position."""
    if frame is None or frame.empty:
        return pd.DataFrame()
    frame = frame[frame["member_id"].isin(ids) & (_numbers(frame[column]) <= cut)]
    position = np.searchsorted(ids, frame["member_id"].to_numpy(dtype=np.int64))
    return frame.set_index(position).sort_index(kind="stable")


def _make_contracts(frame: pd.DataFrame) -> Contracts:
    starts_on = _column(frame, "starts_on")
    ends_on = _column(frame, "ends_on")
    months = frame.get("plan_months", pd.Series(dtype=float)).to_numpy(dtype=np.int64)
    plan = frame.get("plan", pd.Series(dtype=float)).to_numpy(dtype=np.int64)
    # A contract cancelled later has lost its first end: it is inferred from its plan's other
    # contracts. Gyms disagree on the month after 31 January, hence the days of grace.
    keeps_term = pd.Series(np.abs(ends_on - _end_of_term(starts_on, months)) <= 3)
    is_term = keeps_term.groupby(plan).transform("mean").to_numpy(dtype=float) > 0.5
    return Contracts(
        member=frame.index.to_numpy(dtype=np.int64),
        known_on=_column(frame, "known_on"),
        starts_on=starts_on,
        ends_on=ends_on,
        cancelled_on=_column(frame, "cancelled_on"),
        yearly_price=frame.get("yearly_price", pd.Series(dtype=float)).to_numpy(dtype=np.float64),
        plan_months=months,
        is_term=is_term,
    )


def _column(frame: pd.DataFrame, name: str) -> Ints:
    return _numbers(frame[name]) if name in frame else np.empty(0, dtype=np.int64)


def _numbers(days: pd.Series) -> Ints:
    """Days since 1970; an empty one is FOREVER."""
    found = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(found), FOREVER, found.astype(np.int64))


def _starts(member: Ints, members: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(member, minlength=members))]).astype(np.int64)
