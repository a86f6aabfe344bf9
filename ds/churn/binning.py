"""Features cut into bins, and tables of steps over them."""

import numpy as np

from ds.churn.history import Floats

MAX_BINS = 63


def find_edges(values: Floats) -> Floats:
    """Where to cut a feature into bins of about as many samples: between neighbouring values."""
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) > MAX_BINS:
        shares = np.linspace(0, 1, MAX_BINS + 1)[1:-1]
        cuts = np.unique(np.nanquantile(values, shares, method="higher"))
        place = np.searchsorted(distinct, cuts[cuts > distinct[0]])
        return np.asarray((distinct[place - 1] + distinct[place]) / 2)
    return np.asarray((distinct[:-1] + distinct[1:]) / 2)


def find_bins(edges: Floats, values: Floats) -> Floats:
    """The number of the bin of each value; NaN stays NaN. An edge belongs to the bin below it."""
    return np.where(np.isnan(values), np.nan, np.searchsorted(edges, values))


def merge_steps(edges: Floats, values: Floats) -> dict[str, list[float]]:
    """The table without edges at which nothing changes."""
    keep = np.flatnonzero(np.diff(values) != 0)
    last = values[-1:]
    return {
        "edges": edges[keep].tolist(),
        "values": np.concatenate([values[keep], last]).tolist(),
    }
