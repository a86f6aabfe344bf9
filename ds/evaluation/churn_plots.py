"""Pictures of an evaluation."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ds.churn.evaluation import Bin


def draw_calibration(bins: Mapping[tuple[str, str], list[Bin]], title: str, path: Path) -> None:
    """Predicted against observed, a panel per group of members, a line per method.

    The same figures give the same file, byte for byte.
    """
    groups = list(dict.fromkeys(group for group, _ in bins))
    figure = Figure(figsize=(4.2 * len(groups), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    panels = figure.subplots(1, len(groups), squeeze=False)[0]
    for panel, group in zip(panels, groups, strict=True):
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        for (of_group, method), found in bins.items():
            if of_group == group:
                panel.plot(
                    [one.mean_p for one in found], [one.rate for one in found], "o-", label=method
                )
        panel.set_title(f"{group} members")
        panel.set_xlabel("said")
        panel.set_ylabel("came true")
        panel.set_xlim(0, 1)
        panel.set_ylim(0, 1)
        panel.legend()
    with rc_context({"svg.hashsalt": "comeback"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
