"""How good probabilities are: figures, and their 95% intervals by bootstrap over members.

Members are drawn with replacement, each with all of their rows: rows of one member are alike, so
drawing rows would make every interval too narrow. A draw is represented by weights: how often each
row is in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from ds.churn.history import Floats, Ints

BINS = 10
DRAWS = 500
RANDOM_STATE = 42


def measure(p: Floats, y: Ints, *, is_probability: bool = True) -> dict[str, Any]:
    """n, events, auc, pr_auc, lift_at_10, and of probabilities brier, ece and bias.

    auc: chance that a leaver is ranked above a stayer. lift_at_10: rate of leavers in the tenth
    with the highest p over the rate of all. brier: mean squared error. ece: mean distance of
    predicted and observed rate over ten bins of equal size. bias: mean prediction less the rate.
    None where it is undefined: there are only leavers or only stayers, or p is only a rank.
    """
    n, events = len(y), int(y.sum())
    ranks, once = Ranks(p), np.ones(n)
    both = 0 < events < n
    is_defined = is_probability and n > 0
    return {
        "n": n,
        "events": events,
        "auc": ranks.auc(y, once) if both else None,
        "pr_auc": float(average_precision_score(y, p)) if both else None,
        "lift_at_10": ranks.lift_at_10(y, once) if events else None,
        "brier": float(np.mean((p - y) ** 2)) if is_defined else None,
        "ece": expected_calibration_error(p, y) if is_defined else None,
        "bias": float(p.mean() - y.mean()) if is_defined else None,
    }


class Ranks:
    """Scores in order, for figures that depend on ranks only. Ties count half."""

    def __init__(self, p: Floats) -> None:
        values, self._place = np.unique(-p, return_inverse=True)
        self._size = len(values)

    def auc(self, y: Ints, weights: Floats) -> float:
        leavers, stayers = self._sum(weights * y), self._sum(weights * (1 - y))
        below = stayers.sum() - np.cumsum(stayers)
        pairs = leavers.sum() * stayers.sum()
        return float((leavers * (below + stayers / 2)).sum() / pairs) if pairs else float("nan")

    def lift_at_10(self, y: Ints, weights: Floats) -> float:
        """Those who share the score at the edge of the tenth count with their mean outcome."""
        everybody, leavers = self._sum(weights), self._sum(weights * y)
        before = np.cumsum(everybody) - everybody
        inside = np.clip(weights.sum() / 10 - before, 0, everybody)
        caught = (leavers * np.divide(inside, everybody, where=everybody > 0, out=inside)).sum()
        return float(10 * caught / leavers.sum()) if leavers.sum() else float("nan")

    def _sum(self, weights: Floats) -> Floats:
        return np.bincount(self._place, weights, self._size).astype(np.float64)


def expected_calibration_error(p: Floats, y: Ints) -> float:
    return float(
        sum(abs(bin.mean_p - bin.rate) * bin.n for bin in reliability(p, y)) / max(1, len(y))
    )


@dataclass(frozen=True)
class Bin:
    """Rows of neighbouring probability: how many, mean prediction, and observed rate."""

    n: int
    mean_p: float
    rate: float


def reliability(p: Floats, y: Ints) -> list[Bin]:
    """Ten bins of equal size, lowest probabilities first."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [Bin(len(part), float(p[part].mean()), float(y[part].mean())) for part in parts]


def paired_brier(p: Floats, rival: Floats, y: Ints, members: Ints) -> dict[str, float]:
    """How much lower the Brier score of `p` is than the rival's on the same rows: `gain` with its
    interval `low, high` and standard error. Above zero is better."""
    gains = (rival - y) ** 2 - (p - y) ** 2
    draws = draw_members(members, lambda weights: float(np.average(gains, weights=weights)))
    return _summarise(float(gains.mean()), draws)


def paired_auc(p: Floats, rival: Floats, y: Ints, members: Ints) -> dict[str, float]:
    """How much higher the AUC of `p` is than the rival's on the same rows, as `paired_brier`."""
    ours, theirs = Ranks(p), Ranks(rival)

    def gain(weights: Floats) -> float:
        return ours.auc(y, weights) - theirs.auc(y, weights)

    return _summarise(gain(np.ones(len(y))), draw_members(members, gain))


def intervals(
    p: Floats, y: Ints, members: Ints, *, is_probability: bool = True
) -> dict[str, list[float]]:
    """The intervals of auc and lift_at_10, and of brier where p is a probability."""
    ranks, errors = Ranks(p), (p - y) ** 2
    figures: dict[str, Callable[[Floats], float]] = {
        "auc": lambda weights: ranks.auc(y, weights),
        "lift_at_10": lambda weights: ranks.lift_at_10(y, weights),
    }
    if is_probability:
        figures["brier"] = lambda weights: float(np.average(errors, weights=weights))
    return {name: _interval(draw_members(members, figure)) for name, figure in figures.items()}


def draw_members(members: Ints, figure: Callable[[Floats], float], *, draws: int = DRAWS) -> Floats:
    """The figure on each draw. Every call draws the same members, so that figures are paired."""
    chance = np.random.default_rng(RANDOM_STATE)
    _, place = np.unique(members, return_inverse=True)
    size = int(place.max()) + 1
    even = np.full(size, 1 / size)
    return np.array(
        [figure(chance.multinomial(size, even)[place].astype(np.float64)) for _ in range(draws)]
    )


def _interval(draws: Floats) -> list[float]:
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return [float(low), float(high)]


def _summarise(gain: float, draws: Floats) -> dict[str, float]:
    low, high = _interval(draws)
    error = float(np.nanstd(draws, ddof=1))
    return {"gain": gain, "low": low, "high": high, "standard_error": error}
