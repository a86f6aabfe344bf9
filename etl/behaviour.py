"""Simulated members: their habit, how it ends, and the visits that follow from it.

Nothing here depends on the day on which it runs. A member's whole future is drawn at once, and a
run writes the part of it that has happened; so a continued simulation equals one made in a single
run.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from etl.demo_gyms import GymProfile
from etl.hashed_random import (
    Bools,
    Draw,
    Floats,
    Ints,
    Keys,
    choose,
    derive_keys,
    draw,
    draw_normal,
    make_key,
)
from etl.population import Population, months_of, weekdays_of

NEVER = np.int64(2**40)
"""A day that does not come."""

VISIT_SEASON = np.array([1.14, 1.1, 1.04, 1.0, 0.97, 0.92, 0.84, 0.82, 1.03, 1.06, 1.04, 0.86])
HALF_YEAR = 183


class Ending(IntEnum):
    """How a member is lost."""

    FADES = 0
    STOPS = 1
    MOVES = 2
    NEVER_STARTS = 3


@dataclass(frozen=True)
class Habit:
    """When people of a kind come. Hours are the gym's local time; weights are Monday first."""

    rate: float
    hour: float
    weekend_hour: float
    spread: float
    weights: tuple[float, ...]


HABITS = {
    "after work": Habit(2.3, 18.0, 11.0, 0.8, (1.2, 1.15, 1.1, 1.0, 0.6, 0.4, 0.3)),
    "before work": Habit(2.8, 6.9, 9.3, 0.5, (1.2, 1.1, 1.2, 1.0, 1.0, 0.4, 0.2)),
    "lunch break": Habit(2.0, 12.3, 12.0, 0.4, (1.0, 1.1, 1.1, 1.1, 0.8, 0.1, 0.05)),
    "late evening": Habit(2.2, 20.0, 16.5, 0.7, (1.1, 1.1, 1.0, 1.1, 0.5, 0.3, 0.4)),
    "daytime": Habit(2.4, 10.2, 10.5, 1.3, (1.0, 1.1, 1.0, 1.1, 1.0, 0.4, 0.2)),
    "weekend": Habit(1.5, 17.5, 10.6, 1.0, (0.15, 0.1, 0.15, 0.1, 0.3, 1.2, 1.1)),
    "now and then": Habit(0.75, 17.2, 12.0, 2.2, (1.0, 0.9, 1.0, 0.9, 0.7, 0.8, 0.5)),
}
HABIT_NAMES = tuple(HABITS)


@dataclass(frozen=True)
class MemberDraws:
    """What was decided about some members; one position per member in every array."""

    index: Ints
    keys: Keys
    join_days: Ints
    habit: Ints
    weekly_rate: Floats
    chance_by_weekday: Floats
    hour: Floats
    stay: Floats
    first_day: Ints
    ending: Ints
    engaged_until: Ints
    """The habit is unchanged up to this day."""
    fade_days: Ints
    stops_on: Ints
    """Before contracts are applied: `etl.simulated_contracts` may end the visits earlier or
    later."""


def draw_members(
    profile: GymProfile, seed: int, people: Population, start: int, first: int, end: int
) -> MemberDraws:
    """Draw members number `first` up to, not including, `end`."""
    index = np.arange(first, end, dtype=np.int64)
    keys = derive_keys(make_key(seed, profile.key), index)
    join_days = people.join_days[first:end]
    is_founder = index < people.founders
    shares = np.array([profile.habits.get(name, 0.0) for name in HABIT_NAMES])
    habit = choose(draw(keys, Draw.HABIT), shares)
    kinds = [HABITS[name] for name in HABIT_NAMES]
    rate = np.array([kind.rate for kind in kinds])[habit] * profile.rate
    rate = np.clip(rate * np.exp(0.38 * draw_normal(keys, Draw.RATE)), 0.3, 6.0)
    weights = np.array([kind.weights for kind in kinds])[habit]
    # People have favourite weekdays, and others on which they hardly ever come.
    taste = np.exp(0.9 * draw_normal(keys[:, None], Draw.WEEKDAY, np.arange(7)))
    chance = weights * taste
    chance = np.minimum(0.95, chance / chance.sum(axis=1, keepdims=True) * rate[:, None])
    engaged_until = _draw_engaged(profile, keys, join_days, is_founder, start)
    ending = choose(draw(keys, Draw.ENDING), [0.5, 0.28, 0.22])
    never = ~is_founder & (draw(keys, Draw.START, 1) < profile.never_starts)
    ending = np.where(never, Ending.NEVER_STARTS, ending)
    fade_days = np.where(
        ending == Ending.FADES, 28 + (75 * draw(keys, Draw.FADE)).astype(np.int64), 0
    )
    waits = draw(keys, Draw.START)
    # The first visit is on a later day than the joining.
    first_day = (
        join_days + 1 + np.where(waits < 0.9, waits * 6, (waits - 0.9) * 240).astype(np.int64)
    )
    return MemberDraws(
        index=index,
        keys=keys,
        join_days=join_days,
        habit=habit,
        weekly_rate=rate,
        chance_by_weekday=chance,
        hour=draw_normal(keys, Draw.HOUR),
        stay=np.clip(66 + 15 * draw_normal(keys, Draw.STAY), 32, 125),
        first_day=np.where(is_founder, start, np.where(never, NEVER, first_day)),
        ending=ending,
        engaged_until=np.where(never, join_days, engaged_until),
        fade_days=fade_days,
        stops_on=np.where(never, join_days, engaged_until + fade_days),
    )


def _draw_engaged(
    profile: GymProfile, keys: Keys, join_days: Ints, is_founder: Bools, start: int
) -> Ints:
    """Last day of the unchanged habit: Weibull with a falling hazard, most are lost early.

    A founder is known to have come up to the first day, so theirs is drawn given that.
    """
    shape = 0.85
    age = np.where(is_founder, start - join_days, 0) / profile.engaged_scale
    spent = -np.log1p(-draw(keys, Draw.ENGAGED))
    lasting = profile.engaged_scale * np.power(np.power(age, shape) + spent, 1 / shape)
    return np.asarray(join_days + 7 + np.minimum(lasting, 40_000).astype(np.int64))


@dataclass(frozen=True)
class Visits:
    """Visits of some members, ordered by member and day. Minutes are local, from midnight."""

    member: Ints
    """Position of the member in the draws."""
    day: Ints
    second: Ints
    stay: Ints
    """Seconds."""
    has_check_out: Bools
    is_other_entry: Bools


def draw_visits(
    profile: GymProfile,
    seed: int,
    drawn: MemberDraws,
    stops_on: Ints,
    rests: list[tuple[Ints, Ints]],
    days: Ints,
) -> Visits:
    """The visits on these days. `rests` are frozen intervals, one pair of arrays per half-year."""
    keys = drawn.keys[:, None]
    chance = drawn.chance_by_weekday[:, weekdays_of(days)] * _shape_days(profile, seed, days)
    tenure = np.maximum(days - drawn.join_days[:, None], 0)
    chance *= 1 + 0.3 * np.exp(-tenure / 45.0)  # the enthusiasm of the first weeks
    # People have better and worse months.
    months, month_of = np.unique(days // 30, return_inverse=True)
    chance *= np.exp(0.16 * draw_normal(keys, Draw.MOOD, months))[:, month_of]
    late = np.maximum(days - drawn.engaged_until[:, None], 0)
    # Who stops at once has no fade: their visits end on the day after which none comes.
    chance *= np.exp(-2.6 * late / np.where(drawn.fade_days > 0, drawn.fade_days, 10**6)[:, None])
    present = (days >= drawn.first_day[:, None]) & (days <= stops_on[:, None])
    for begins, ends in rests + _draw_breaks(drawn, days):
        present &= (days < begins[:, None]) | (days > ends[:, None])
    comes = present & (draw(keys, Draw.VISIT, days) < np.minimum(chance, 0.97))
    member, position = np.nonzero(comes)
    return _time_visits(profile, drawn, member.astype(np.int64), days[position])


def _shape_days(profile: GymProfile, seed: int, days: Ints) -> Floats:
    """What all members have in common: season, weather, and days on which the gym is closed."""
    weather = draw_normal(derive_keys(make_key(seed, profile.key), days), Draw.WEATHER)
    dates = days.astype("datetime64[D]")
    in_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    is_closed = np.zeros(len(days), dtype=bool)
    for month, day in profile.closed_on:
        is_closed |= (months_of(days) == month - 1) & (in_month == day)
    return np.where(is_closed, 0.0, VISIT_SEASON[months_of(days)] * np.exp(0.07 * weather))


def _draw_breaks(drawn: MemberDraws, days: Ints) -> list[tuple[Ints, Ints]]:
    """Holidays and longer breaks without notice to the gym, from which people come back."""
    breaks = []
    for half in range(int(days[0]) // HALF_YEAR - 1, int(days[-1]) // HALF_YEAR + 1):
        kind = draw(drawn.keys, Draw.BREAK, half)
        begins = half * HALF_YEAR + (draw(drawn.keys, Draw.BREAK_DAY, half) * HALF_YEAR).astype(
            np.int64
        )
        spread = draw(drawn.keys, Draw.BREAK_LENGTH, half)
        length = np.where(
            kind < 0.025, 22 + 26 * spread, np.where(kind < 0.4, 5 + 9 * spread, 0)
        ).astype(np.int64)
        breaks.append((np.where(length > 0, begins, NEVER), begins + length - 1))
    return breaks


def _time_visits(profile: GymProfile, drawn: MemberDraws, member: Ints, day: Ints) -> Visits:
    keys = drawn.keys[member]
    weekday = weekdays_of(day)
    kinds = [HABITS[name] for name in HABIT_NAMES]
    habit = drawn.habit[member]
    spread = np.array([kind.spread for kind in kinds])[habit]
    usual = np.where(
        weekday >= 5,
        np.array([kind.weekend_hour for kind in kinds])[habit],
        np.array([kind.hour for kind in kinds])[habit],
    )
    own = 0.75 * drawn.hour[member] + 0.6 * draw_normal(keys, Draw.VISIT_TIME, day)
    hour = usual + spread * own
    opening = np.array(profile.opening)[weekday]
    opens, closes = opening[:, 0] * 3600, opening[:, 1] * 3600
    # No one comes the second it opens, and the last come a while before it closes.
    slack = draw(keys, Draw.SLACK, day) * 1500
    second = np.clip(hour * 3600, opens + 60 + slack, closes - 2700 - slack).astype(np.int64)
    seconds = drawn.stay[member] * 60 * np.exp(0.2 * draw_normal(keys, Draw.VISIT_STAY, day))
    return Visits(
        member=member,
        day=day,
        second=second,
        stay=np.clip(seconds, 900, closes - second).astype(np.int64),
        has_check_out=draw(keys, Draw.CHECK_OUT, day) < profile.check_outs,
        is_other_entry=draw(keys, Draw.METHOD, day) < 0.06,
    )
