"""Point-in-time features of members and days, and the labels to predict.

One computation serves both sources, visits of the past and rows of `member_stats`: each is first
brought into the form that `member_stats` keeps, half a year of visited days before the last visit.
`core.risk.churn.member_features` is its twin in plain Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.risk.churn import ACTIVE_DAYS, HORIZON_DAYS, WINDOW_DAYS
from db.models.churn import ChurnLabel
from ds.churn.feature_matrix import FEATURE_NAMES, MemberDays, compute_features
from ds.churn.history import FOREVER, KEY_SPAN, Bools, Floats, History, Ints, to_day_number

ESTABLISHED_VISITS = 8
ESTABLISHED_DAYS = 56

_AT_ONCE = 100_000


@dataclass(frozen=True)
class Samples:
    """Members on days. `X` has a row each and a column per name, NaN where not known; `y` is 1 for
    the outcome; `days` are numbers as in `History`."""

    X: Floats
    y: Ints
    member_ids: Ints
    days: Ints
    feature_names: tuple[str, ...]
    label: ChurnLabel
    horizon: int = HORIZON_DAYS

    def __len__(self) -> int:
        return len(self.y)

    def take(self, which: Bools | Ints) -> "Samples":
        return Samples(
            self.X[which],
            self.y[which],
            self.member_ids[which],
            self.days[which],
            self.feature_names,
            self.label,
            self.horizon,
        )

    @property
    def is_established(self) -> Bools:
        """Came on 8 days of the last 91 and known for 56: the members worth saving."""
        return is_established(self.X)


def is_established(X: Floats) -> Bools:
    visited = X[:, FEATURE_NAMES.index("days_91")]
    known = X[:, FEATURE_NAMES.index("tenure")]
    # Half a day of slack: the features are logarithms.
    return np.asarray(
        (visited >= np.log1p(ESTABLISHED_VISITS - 0.5))
        & (known >= np.log1p(ESTABLISHED_DAYS - 0.5))
    )


def build_samples(
    history: History, days: Iterable[date], label: ChurnLabel, *, horizon: int = HORIZON_DAYS
) -> Samples:
    """The members that a model scores on each of these days (`find_scored`), and whether they
    were lost within `horizon` days.

    lapse: no visit in those days. cancel: at the end of them there is no membership, or one of
    which notice has been given. A term that runs out counts unless it is renewed by then. Days
    whose label window reaches past the history are left out: their outcome is not known yet.
    """
    last = to_day_number(history.as_of)
    numbers = sorted({to_day_number(day) for day in days})
    parts = [
        _build_day(history, number, label, horizon)
        for number in numbers
        if number + horizon <= last
    ]
    if not parts:
        parts = [_no_samples(label, horizon)]
    return concatenate(parts)


def concatenate(parts: Sequence[Samples]) -> Samples:
    return Samples(
        np.concatenate([part.X for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate([part.member_ids for part in parts]),
        np.concatenate([part.days for part in parts]),
        parts[0].feature_names,
        parts[0].label,
        parts[0].horizon,
    )


def _no_samples(label: ChurnLabel, horizon: int) -> Samples:
    none = np.empty(0, dtype=np.int64)
    return Samples(
        np.empty((0, len(FEATURE_NAMES))), none, none, none, FEATURE_NAMES, label, horizon
    )


def _build_day(history: History, day: int, label: ChurnLabel, horizon: int) -> Samples:
    members = find_scored(history, day, label)
    end = day + horizon
    if label is ChurnLabel.LAPSE:
        y = _visits_until(history, members, end) == _visits_until(history, members, day)
    else:
        known_by = to_day_number(history.as_of)
        _, is_covered, _ = _read_cover(history, members, end, known_by=known_by)
        y = ~is_covered | find_notices(history, end)[members]
    return Samples(
        features_of(history, members, day),
        y.astype(np.int64),
        history.member_ids[members],
        np.full(len(members), day),
        FEATURE_NAMES,
        label,
        horizon,
    )


def find_scored(history: History, day: int, label: ChurnLabel = ChurnLabel.LAPSE) -> Ints:
    """Positions of the members that a model scores at the end of the day.

    They came in the 30 days up to it, are not frozen, and a membership covers the day or none is
    known. For the label cancel one must be known, and no notice given of it.
    """
    everybody = np.arange(len(history.member_ids))
    seen = _visits_until(history, everybody, day)
    is_recent = seen > _visits_until(history, everybody, day - ACTIVE_DAYS)
    is_known, is_covered, _ = _read_cover(history, everybody, day)
    is_frozen = np.zeros(len(everybody), dtype=bool)
    rests = (history.freeze_from <= day) & (history.freeze_to >= day)
    is_frozen[history.freeze_member[rests]] = True
    if label is ChurnLabel.CANCEL:
        valid = is_covered & ~find_notices(history, day)
    else:
        valid = is_covered | ~is_known
    return np.flatnonzero(is_recent & valid & ~is_frozen)


def find_notices(history: History, day: int) -> Bools:
    """Members with notice given by the end of the day: of the newest membership known
    then, with no other one open. A term that merely runs out is no notice."""
    contracts = history.contracts
    known = np.flatnonzero(contracts.known_on <= day)
    members = contracts.member[known]
    given = np.zeros(len(history.member_ids), dtype=bool)
    # A member's contracts lie in the order of their starts: the newest is written last.
    given[members] = contracts.cancelled_on[known] <= day
    given[members[contracts.ends_known_on(day)[known] >= FOREVER]] = False
    return given


def _visits_until(history: History, members: Ints, day: int) -> Ints:
    """Number of visited days of each member up to the day."""
    ends = np.searchsorted(history.visit_keys, members * KEY_SPAN + day, side="right")
    return np.asarray(ends - history.visit_starts[members])


def features_of(history: History, members: Ints, day: int) -> Floats:
    """Features of members, given by position, who came at least once up to the end of the day."""
    return compute_features(_look_back(history, members, day))


def _look_back(history: History, members: Ints, day: int) -> MemberDays:
    keys = history.visit_keys
    starts = history.visit_starts[members]
    ends = np.searchsorted(keys, members * KEY_SPAN + day, side="right")
    last = history.days[ends - 1]
    oldest = np.searchsorted(keys, members * KEY_SPAN + last - (WINDOW_DAYS - 1), side="left")
    lengths = ends - oldest
    row = np.repeat(np.arange(len(members)), lengths)
    place = np.arange(lengths.sum()) + np.repeat(oldest - (np.cumsum(lengths) - lengths), lengths)
    bits = np.zeros((len(members), WINDOW_DAYS), dtype=bool)
    bits[row, last[row] - history.days[place]] = True

    timed = np.concatenate([[0], np.cumsum(history.timed)])
    seconds = np.concatenate([[0], np.cumsum(history.seconds)])
    is_known, _, end = _read_cover(history, members, day)
    price, months = _newest_contract(history, members, day)
    return MemberDays(
        day=np.full(len(members), day),
        bits=bits,
        away=day - last,
        first_age=day - history.days[starts],
        join_age=day - history.joined_on[members],
        timed=(timed[ends] - timed[starts]).astype(np.float64),
        minutes=np.floor((seconds[ends] - seconds[starts]) / 60 + 0.5),
        is_known=is_known,
        days_left=np.where(end >= FOREVER, np.nan, end - float(day)),
        plan_months=np.where(is_known, months, np.nan),
        price=np.where(is_known, price, np.nan),
        failed_age=_failed_age(history, members, day),
    )


def _read_cover(
    history: History, members: Ints, day: int, *, known_by: int | None = None
) -> tuple[Bools, Bools, Ints]:
    """Whether a membership was known, whether one covers the day, and the last day of the period
    that does (FOREVER: open, or none): as was known at the end of the day, or of `known_by`."""
    known_by = day if known_by is None else known_by
    is_known = np.zeros(len(members), dtype=bool)
    begin, end = np.full(len(members), FOREVER), np.full(len(members), -FOREVER)
    contracts = history.contracts
    first = history.contract_starts[members]
    counts = history.contract_starts[members + 1] - first
    for number in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > number)
        one = contracts.take(first[rows] + number)
        known = one.known_on <= known_by
        rows, starts = rows[known], one.starts_on[known]
        ends = one.ends_known_on(known_by)[known]
        is_known[rows] = True
        joins = starts <= end[rows] + 1
        settled = ~joins & (begin[rows] <= day) & (end[rows] >= day)
        begin[rows] = np.where(joins | settled, begin[rows], starts)
        end[rows] = np.where(joins, np.maximum(end[rows], ends), np.where(settled, end[rows], ends))
    is_covered = (begin <= day) & (end >= day)
    return is_known, is_covered, np.where(is_covered, end, FOREVER)


def _newest_contract(history: History, members: Ints, day: int) -> tuple[Floats, Floats]:
    """Yearly price and months of the contract that begins last of those known."""
    price, months = np.full(len(members), np.nan), np.full(len(members), np.nan)
    contracts = history.contracts
    first = history.contract_starts[members]
    counts = history.contract_starts[members + 1] - first
    for number in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > number)
        which = first[rows] + number
        known = contracts.known_on[which] <= day
        price[rows[known]] = contracts.yearly_price[which[known]]
        months[rows[known]] = contracts.plan_months[which[known]]
    return price, months


def _failed_age(history: History, members: Ints, day: int) -> Floats:
    """Days since the newest payment that had failed and not come by the day was due."""
    newest = np.full(len(history.member_ids), -FOREVER)
    open_now = (history.failed_on <= day) & (history.recovered_on > day)
    np.maximum.at(newest, history.failure_member[open_now], history.failed_on[open_now])
    found = newest[members]
    return np.where(found == -FOREVER, np.nan, day - found.astype(np.float64))


def features_from_stats(frame: pd.DataFrame, day: date) -> Floats:
    """Features of the rows of `STATS_ROWS` at the end of `day`, as an array in `FEATURE_NAMES`.

    Each must have a visit up to the day; `select_scored` selects those that a model scores.
    """
    number = to_day_number(day)
    parts = [
        compute_features(_read_stats(frame.iloc[start : start + _AT_ONCE], number))
        for start in range(0, len(frame), _AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty((0, len(FEATURE_NAMES)))


STATS_ROWS = """
select s.customer_id as member_id, 'B' || s.visited_days::text as visited_days,
       s.first_visit_on, s.last_visit_on, s.join_date, s.timed_visits, s.minutes_inside,
       s.yearly_value, (s.covered is not null)::int as has_membership,
       (s.covered is null or s.covered @> %(day)s::date)::int as is_covered,
       coalesce(s.frozen @> %(day)s::date, false)::int as is_frozen,
       (select upper(period) - 1 from unnest(s.covered) period where period @> %(day)s::date)
         as ends_on,
       case when s.is_cancelled then upper(s.covered) - 1 end as notice_for,
       newest.plan, newest.plan_months, unpaid.payment_failed_on
from member_stats s
left join lateral (
  select p.name as plan, p.duration_months as plan_months
  from memberships m join packages p using (gym_id, package_id)
  where m.gym_id = s.gym_id and m.customer_id = s.customer_id
  order by m.starts_on desc, m.membership_id desc limit 1
) newest on true
left join lateral (
  select max(f.due_on) as payment_failed_on from payments f
  where f.gym_id = s.gym_id and f.customer_id = s.customer_id and f.state = 'failed'
    and f.due_on <= %(day)s
) unpaid on true
where s.gym_id = %(gym_id)s and s.is_counted
  and s.last_visit_on > %(day)s::date - 30 and s.last_visit_on <= %(day)s
"""
"""The members who came in the 30 days up to %(day)s of gym %(gym_id)s; append conditions on `s`,
order and limit to it. The day must be the newest one: member_stats is what is true now.
The B before the bits keeps a reader of CSV from taking them for a number."""

STATS_DATES = [
    "first_visit_on",
    "last_visit_on",
    "join_date",
    "ends_on",
    "notice_for",
    "payment_failed_on",
]
"""Its columns to be read as days."""


def select_scored(frame: pd.DataFrame, label: ChurnLabel = ChurnLabel.LAPSE) -> Bools:
    """Which rows of `STATS_ROWS` a model scores, as `find_scored` finds them."""
    valid = frame["is_covered"].to_numpy(dtype=bool) & ~frame["is_frozen"].to_numpy(dtype=bool)
    if label is ChurnLabel.CANCEL:
        valid &= frame["has_membership"].to_numpy(dtype=bool) & frame["notice_for"].isna()
    return np.asarray(valid)


def _read_stats(frame: pd.DataFrame, day: int) -> MemberDays:
    text = "".join(frame["visited_days"]).encode()
    letters = np.frombuffer(text, dtype=np.uint8).reshape(len(frame), 1 + WINDOW_DAYS)
    is_known = frame["has_membership"].to_numpy(dtype=bool)
    return MemberDays(
        day=np.full(len(frame), day),
        bits=letters[:, 1:] == ord("1"),
        away=_age(frame["last_visit_on"], day).astype(np.int64),
        first_age=_age(frame["first_visit_on"], day).astype(np.int64),
        join_age=_age(frame["join_date"], day).astype(np.int64),
        timed=frame["timed_visits"].to_numpy(dtype=np.float64),
        minutes=frame["minutes_inside"].to_numpy(dtype=np.float64),
        is_known=is_known,
        days_left=-_age(frame["ends_on"], day),
        plan_months=np.where(is_known, frame["plan_months"].to_numpy(dtype=np.float64), np.nan),
        price=np.where(is_known, frame["yearly_value"].to_numpy(dtype=np.float64), np.nan),
        failed_age=_age(frame["payment_failed_on"], day),
    )


def _age(days: pd.Series, day: int) -> Floats:
    """Days from each to the day; NaN where there is none."""
    found = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(found), np.nan, day - found.astype(np.float64))
