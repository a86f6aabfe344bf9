"""How good probabilities are: figures, and their intervals by drawing members anew."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from ds.churn.history import Floats, Ints

BINS = 10
DRAWS = 500
RANDOM_STATE = 42


def measure(p: Floats, y: Ints, *, is_probability: bool = True) -> dict[str, Any]:
    """n, events, auc, pr_auc, lift_at_10, and of probabilities brier, ece and bias.

    auc: chance that a leaver is ranked above a stayer. lift_at_10: rate of leavers in the tenth
    with the highest p over the rate of all. brier: mean squared error. ece: mean distance of
    predicted and observed rate over ten bins of equal size. bias: mean prediction less the rate.
    None where it cannot be told: there are only leavers or only stayers, or p is only a rank.
    """
    n, events = len(y), int(y.sum())
    found: dict[str, Any] = {"n": n, "events": events}
    both = 0 < events < n
    found["auc"] = float(roc_auc_score(y, p)) if both else None
    found["pr_auc"] = float(average_precision_score(y, p)) if both else None
    found["lift_at_10"] = lift_at_10(p, y) if events else None
    told = is_probability and n > 0
    found["brier"] = float(np.mean((p - y) ** 2)) if told else None
    found["ece"] = expected_calibration_error(p, y) if told else None
    found["bias"] = float(p.mean() - y.mean()) if told else None
    return found


def lift_at_10(p: Floats, y: Ints) -> float:
    """Those who share the p at the edge of the tenth count with their mean outcome."""
    size = max(1, round(len(y) / 10))
    edge = np.sort(p)[-size]
    above, at = p > edge, p == edge
    caught = y[above].sum() + y[at].mean() * (size - above.sum())
    return float(caught / size / y.mean())


def expected_calibration_error(p: Floats, y: Ints) -> float:
    order = np.argsort(p, kind="stable")
    gaps = [
        abs(p[part].mean() - y[part].mean()) * len(part)
        for part in np.array_split(order, BINS)
        if len(part)
    ]
    return float(sum(gaps) / len(y))


def paired_brier(p: Floats, rival: Floats, y: Ints, members: Ints) -> dict[str, float]:
    """How much lower the Brier score of `p` is than the rival's on the same rows: `gain` with its
    95% interval `low, high` and standard error, by drawing members anew. Above zero is better."""
    gains = (rival - y) ** 2 - (p - y) ** 2
    draws = draw_members(members, lambda rows: float(gains[rows].mean()))
    return _summarise(float(gains.mean()), draws)


def paired_auc(p: Floats, rival: Floats, y: Ints, members: Ints) -> dict[str, float]:
    """How much higher the AUC of `p` is than the rival's on the same rows, as `paired_brier`."""

    def gain(rows: Ints) -> float:
        if not 0 < y[rows].sum() < len(rows):
            return float("nan")
        return float(roc_auc_score(y[rows], p[rows]) - roc_auc_score(y[rows], rival[rows]))

    return _summarise(gain(np.arange(len(y))), draw_members(members, gain))


def draw_members(members: Ints, figure: Callable[[Ints], float], *, draws: int = DRAWS) -> Floats:
    """The figure on as many members drawn with replacement, each with all of their rows."""
    chance = np.random.default_rng(RANDOM_STATE)
    order = np.argsort(members, kind="stable")
    _, starts, counts = np.unique(members[order], return_index=True, return_counts=True)
    found = []
    for _ in range(draws):
        drawn = chance.integers(0, len(starts), len(starts))
        sizes = counts[drawn]
        place = np.arange(sizes.sum()) + np.repeat(
            starts[drawn] - (np.cumsum(sizes) - sizes), sizes
        )
        found.append(figure(order[place]))
    return np.array(found)


def _summarise(gain: float, draws: Floats) -> dict[str, float]:
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return {
        "gain": gain,
        "low": float(low),
        "high": float(high),
        "standard_error": float(np.nanstd(draws, ddof=1)),
    }
