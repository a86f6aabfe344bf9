"""Random numbers by hashing: every number is a function of its key, in any order.

A generator that is advanced draw by draw would make tomorrow depend on how often it was called
today. Here a draw is a hash of member, purpose and day, so a simulation continued day by day equals
one made in a single run, and a whole chunk of members is drawn in one call.
"""

from enum import IntEnum
from hashlib import sha256
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Keys: TypeAlias = NDArray[np.uint64]
Bools: TypeAlias = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Draw(IntEnum):
    """What a draw decides. Append only: a changed number changes every simulated member."""

    JOINERS = 1
    WEATHER = 2
    TENURE = 3
    ENGAGED = 4
    ENDING = 5
    FADE = 6
    DELAY = 7
    HABIT = 8
    RATE = 9
    WEEKDAY = 10
    HOUR = 11
    STAY = 12
    START = 13
    BREAK = 14
    BREAK_DAY = 15
    BREAK_LENGTH = 16
    FREEZE = 17
    FREEZE_DAY = 18
    FREEZE_LENGTH = 19
    PLAN = 20
    PRICE = 21
    NOTICE = 22
    RENEWAL = 23
    PAYMENT = 24
    PAYMENT_TIME = 25
    VISIT = 26
    VISIT_TIME = 27
    VISIT_STAY = 28
    CHECK_OUT = 29
    GENDER = 30
    FIRST_NAME = 31
    LAST_NAME = 32
    CONTACT = 33
    BIRTH = 34
    CONSENT = 35
    TRAINER = 36
    MOOD = 37
    REASON = 38
    METHOD = 39
    SLACK = 40
    CANCEL = 41


def make_key(*parts: object) -> np.uint64:
    """A key from a name, such as the seed and a gym; the same on every machine."""
    digest = sha256("/".join(map(str, parts)).encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


def derive_keys(key: np.uint64, numbers: Ints) -> Keys:
    """One key per number, for example per member of a gym."""
    return _mix(key ^ _mix(_as_keys(numbers)))


def draw(keys: Keys, purpose: Draw, counter: Ints | int = 0) -> Floats:
    """Uniform numbers in [0, 1). `keys` and `counter` are broadcast against each other."""
    step = _as_keys(np.asarray(counter, dtype=np.int64)) * _GOLDEN
    mixed = _mix(_mix(keys + _as_keys(np.asarray(int(purpose)))) + step)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def draw_normal(keys: Keys, purpose: Draw, counter: Ints | int = 0) -> Floats:
    """Standard normal numbers by the Box-Muller formula, from two draws of one purpose."""
    twice = 2 * np.asarray(counter, dtype=np.int64)
    radius = np.sqrt(-2.0 * np.log1p(-draw(keys, purpose, twice)))
    angle = 2.0 * np.pi * draw(keys, purpose, twice + 1)
    return np.asarray(radius * np.cos(angle))


def choose(uniform: Floats, weights: Floats | list[float]) -> Ints:
    """Positions drawn with these weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    position = np.searchsorted(edges, uniform * edges[-1], side="right")
    return np.asarray(np.minimum(position, len(edges) - 1), dtype=np.int64)


def _as_keys(numbers: NDArray[np.int64]) -> Keys:
    return np.asarray(numbers, dtype=np.int64).astype(np.uint64)


def _mix(keys: Keys | np.uint64) -> Keys:
    """The finaliser of splitmix64: spreads every bit of a counter over the whole word."""
    with np.errstate(over="ignore"):
        word = np.atleast_1d(np.asarray(keys, dtype=np.uint64)) + _GOLDEN
        word = (word ^ (word >> np.uint64(30))) * _FIRST
        word = (word ^ (word >> np.uint64(27))) * _SECOND
        return np.asarray(word ^ (word >> np.uint64(31)))
