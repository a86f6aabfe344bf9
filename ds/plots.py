"""Pictures of a report for use without the dashboard."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from db.models.rfm_score import Segment
from ds.report import Report


def save_plots(report: Report, folder: Path) -> Path:
    """Draw a gym's segments and monthly churn into one PNG; return its path."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{report.gym_name}, as of {report.as_of}")
    left, right = figure.subplots(1, 2)

    counts = report.scores["segment"].value_counts()
    names = list(Segment)
    left.barh(names, [int(counts.get(name, 0)) for name in names])
    left.set_xlabel("members")
    left.set_title("Value segments")

    months = [month for month in report.details["monthly"] if month["churn_rate"] is not None]
    right.plot(
        [month["month"] for month in months], [month["churn_rate"] for month in months], "o-"
    )
    right.tick_params(axis="x", rotation=60)
    right.set_ylim(bottom=0)
    right.set_ylabel("% of members at the month's start")
    right.set_title("Members lost per month")

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"gym-{report.gym_id}.png"
    figure.savefig(path)
    return path
