"""The gates: what a version must show on the newest window before it is promoted.

It is compared with what would be used instead. Where that is the rules there is no fixed line: a
version that is far off, but nearer than the rules, is better than them. Where the active version
was trained on enough data, the next one must also be near: it must not be replaced by one trained
on an unusual month. The rules do not cover cancelling, so there too it must be near.
docs/churn-evaluation.md has what was tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.risk.churn import HORIZON_DAYS
from core.risk.scoring import CHANCE_OF_RETURN
from db.models.churn import ChurnLabel
from ds.churn.evaluation import paired_brier
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples
from ds.churn.history import Floats

MIN_TEST_ROWS = 100
MIN_TEST_EVENTS = 10
MAX_BIAS = 0.05
MAX_ECE = 0.06


@dataclass(frozen=True)
class Gain:
    """By how much a Brier score is lower than another's on the same samples, and the standard
    error of that, over members."""

    gain: float
    error: float

    @property
    def is_clear(self) -> bool:
        return self.gain > self.error


@dataclass(frozen=True)
class Gate:
    """A condition a version must meet before it is promoted."""

    name: str
    passed: bool
    words: str


def compare_brier(mine: Floats, theirs: Floats, samples: Samples) -> Gain:
    found = paired_brier(mine, theirs, samples.y, samples.member_ids)
    return Gain(found["gain"], found["standard_error"])


def predict_by_rules(samples: Samples) -> Floats | None:
    """The probability of these members without a model: one minus the table's chance of return.
    None where the rules have none: for cancelling, and for other windows than 30 days."""
    if samples.label is not ChurnLabel.LAPSE or samples.horizon != HORIZON_DAYS:
        return None
    away = np.rint(np.expm1(samples.X[:, FEATURE_NAMES.index("days_away")]))
    first, chance = np.transpose(CHANCE_OF_RETURN)
    return np.asarray(1 - chance[np.searchsorted(first, away, side="right") - 1])


def check_gates(
    found: Mapping[str, Any], against_prior: Gain, against_rules: Gain | None
) -> list[Gate]:
    """`found` are the figures on the newest window. `against_rules` is None where the rules are not
    the alternative: a version is active, or the rules do not apply. There fixed lines hold."""
    rows, events = found["n"], found["events"]
    enough = Gate(
        "enough outcomes",
        rows >= MIN_TEST_ROWS and events >= MIN_TEST_EVENTS,
        f"{rows} samples with {events} outcomes on the newest window,"
        f" {MIN_TEST_ROWS} and {MIN_TEST_EVENTS} needed",
    )
    if against_rules is None:
        nearness = _check_lines(found)
    else:
        nearness = [_check_gain("rules", against_rules)]
    return [enough, *nearness, _check_gain("prior", against_prior)]


def _check_gain(rival: str, against: Gain) -> Gate:
    side = "below" if against.gain > 0 else "above"
    return Gate(
        f"better than the {rival}",
        against.is_clear,
        f"Brier {abs(against.gain):.4f} {side} that of the {rival},"
        f" standard error {against.error:.4f}",
    )


def _check_lines(found: Mapping[str, Any]) -> list[Gate]:
    bias, ece = found["bias"], found["ece"]
    return [
        Gate(
            "level",
            bias is not None and abs(bias) <= MAX_BIAS,
            f"mean probability off by {100 * (bias or 0):+.1f} points, at most"
            f" {100 * MAX_BIAS:.0f} allowed",
        ),
        Gate(
            "calibration",
            ece is not None and ece <= MAX_ECE,
            f"calibration error {ece or 0:.3f}, at most {MAX_ECE} allowed",
        ),
    ]
