"""Who joins when: the people a gym begins with, and those who come on every day after."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from etl.demo_gyms import GymProfile
from etl.hashed_random import Draw, Ints, derive_keys, draw, make_key

EPOCH = date(1970, 1, 1)
FOUNDERS = 0.95
"""Share of the aimed-at membership that a gym has on its first day."""

MAX_TENURE = 5 * 365
JOIN_SEASON = np.array([1.6, 1.2, 1.05, 0.95, 0.9, 0.85, 0.75, 0.8, 1.3, 1.1, 0.9, 0.6])
JOIN_WEEKDAY = np.array([1.35, 1.15, 1.1, 1.0, 0.85, 0.95, 0.6])


def count_day(day: date) -> int:
    """Days since 1970, the form that the simulation uses."""
    return (day - EPOCH).days


def months_of(days: Ints) -> Ints:
    """0 for January of each day's year up to 11 for December."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12)


def weekdays_of(days: Ints) -> Ints:
    """0 for Monday."""
    return np.asarray((days + 3) % 7)


@dataclass(frozen=True)
class Population:
    """The members of a gym in the order of their numbers. Everyone up to `founders` was there."""

    join_days: Ints
    founders: int


def gather_population(profile: GymProfile, seed: int, first_day: int, last_day: int) -> Population:
    """Everyone who joined up to `last_day`; a later day only appends."""
    key = make_key(seed, profile.key)
    founders = round(profile.members * FOUNDERS)
    indexes = np.arange(founders, dtype=np.int64)
    # Newer members are more frequent among those present, because some have left since.
    tenure = 3 + np.power(draw(derive_keys(key, indexes), Draw.TENURE), 1.6) * MAX_TENURE
    founding = np.sort(first_day - tenure.astype(np.int64))
    days = np.arange(first_day, last_day + 1, dtype=np.int64)
    joining = np.repeat(days, _count_joiners(profile, key, days))
    return Population(np.concatenate([founding, joining]), founders)


def _count_joiners(profile: GymProfile, key: np.uint64, days: Ints) -> Ints:
    """Poisson counts by day, found in the cumulative distribution from one draw a day."""
    mean = profile.members * profile.yearly_joins / 365.25
    expected = mean * JOIN_SEASON[months_of(days)] * JOIN_WEEKDAY[weekdays_of(days)]
    chance = draw(derive_keys(key, days), Draw.JOINERS)
    term = np.exp(-expected)
    total = term.copy()
    counts = np.zeros(len(days), dtype=np.int64)
    for count in range(1, 20 + int(8 * expected.max(initial=0.0))):
        counts += chance >= total
        term = term * expected / count
        total += term
    return counts
