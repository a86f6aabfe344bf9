"""The model card: what a version was made from, how good it is, and its limits. Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from db.models.churn import Algorithm, ChurnLabel
from ds.churn.registry import Version

OUTCOMES = {
    ChurnLabel.LAPSE: "no visit within 30 days",
    ChurnLabel.CANCEL: "notice is given, or the membership not renewed, within 30 days",
}
ALGORITHMS = {
    Algorithm.LOGISTIC: "Logistic regression",
    Algorithm.ADDITIVE_BOOSTING: "Gradient boosting without interactions",
    Algorithm.ADDITIVE_MEAN: "Mean of logistic regression and gradient boosting",
}
LIMITS = (
    "It scores members who came within the last 30 days, whose membership is valid or unknown, and"
    " who are not frozen. All others are scored by rules. Members who have given notice are not"
    " scored for cancelling.",
    "It predicts who is likely to stay away, not who would come back after a mail.",
    "It knows visits, plan, price and failed payments. It knows nothing of illness, moving house or"
    " a new gym next door.",
    "Measured on the newest finished window only: another season may be foretold less well.",
)


def write_card(gym_name: str, version: Version) -> str:
    metrics, window = version.metrics, version.metrics["newest_window"]
    pool = metrics.get("pool")
    trained_on = f"{pool['gyms']} gyms together, with this gym's own level" if pool else gym_name
    parts = [
        f"# {ALGORITHMS[version.algorithm]}: {OUTCOMES[version.label]}",
        f"**Decision.** {version.decision}",
        "## Data",
        _list(
            f"Trained on: {trained_on}",
            f"Snapshots from {version.train_from} to {version.train_to}, {version.rows:,} samples,"
            f" {version.events:,} with the outcome",
            f"Nothing after {version.as_of} was read",
            f"Version of features and training: {version.code_version}",
            f"SHA-256 of the samples: `{version.data_sha256}`",
        ),
        f"## Measured on {metrics.get('measured_on', 'this gym')}, snapshots from"
        f" {window['from']} to {window['to']}",
        "No outcome of these snapshots, nor any that overlaps with them, was known in training.",
        _table_figures(_name_groups(metrics)),
        _format_comparisons(metrics),
        "## Calibration",
        "Members in order of probability, in ten equal parts.",
        _table(
            ("members", "expected", "came true"),
            (
                (row["members"], _percent(row["expected"]), _percent(row["came_true"]))
                for row in metrics["calibration"]
            ),
        ),
        "## Gates",
        _list(
            *(
                f"{'passed' if gate['passed'] else 'FAILED'}: {gate['name']}, {gate['words']}"
                for gate in metrics["gates"]
            )
        ),
        "## What came true of past scores",
        _format_past(metrics.get("past_scores", [])),
        "## Drift",
        _format_drift(version.drift),
        "## Limits",
        _list(*LIMITS, *metrics["limits"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _name_groups(metrics: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    groups = {"All members": metrics["all"], "Established": metrics["established"]}
    # The rules do not cover cancelling.
    return groups | ({"All, by the rules": metrics["rules"]} if "rules" in metrics else {})


def _table_figures(groups: Mapping[str, Mapping[str, Any]]) -> str:
    names = ("n", "events", "auc", "pr_auc", "brier", "ece", "bias", "lift_at_10")
    rows = (
        (group, *(_number(figures.get(name)) for name in names))
        for group, figures in groups.items()
    )
    return _table(("", *names), rows)


def _format_comparisons(metrics: Mapping[str, Any]) -> str:
    prior = metrics["prior"]
    lines = [
        f"Against the prior ({_percent(prior['share'])} for everybody): Brier lower by"
        f" {prior['gain']:.5f}, standard error {prior['error']:.5f}"
    ]
    if "rules" in metrics:
        against = metrics["rules"]
        lines.append(
            f"Against the rules, which are used where no version is active: Brier lower by"
            f" {against['gain']:.5f}, standard error {against['error']:.5f}"
        )
    if "champion" in metrics:
        against = metrics["champion"]
        lines.append(
            f"Against the champion: Brier lower by {against['gain']:.5f}, standard error"
            f" {against['error']:.5f}"
        )
    if "current" in metrics:
        against = metrics["current"]
        lines.append(
            f"Against version {against['model_id']}, active at the time: Brier lower by"
            f" {against['gain']:.5f}, standard error {against['error']:.5f}"
        )
    return _list(*lines)


def _format_past(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "No score of this gym is old enough to be held against what came of it."
    return _table(
        ("scored on", "members", "expected", "came true", "Brier"),
        (
            (
                row["as_of"],
                row["members"],
                _percent(row["expected"]),
                _percent(row["came_true"]),
                _number(row["brier"]),
            )
            for row in rows
        ),
    )


def _format_drift(drift: Mapping[str, Any]) -> str:
    if not drift:
        return "Not measured."
    alarms = drift["alarms"]
    parts = [_list(*(f"ALARM: {alarm}" for alarm in alarms)) if alarms else "No alarm."]
    largest = sorted(drift["shifts"].items(), key=lambda item: -item[1])[:5]
    if largest:
        parts.append(
            "Largest shifts of features between training and now (stability index): "
            + ", ".join(f"{name} {value:.2f}" for name, value in largest)
            + "."
        )
    unseen = [level for level in drift["levels"] if not level["in_training"]]
    if unseen:
        parts.append(
            _table(
                ("snapshot", "members", "expected", "came true"),
                (
                    (one["day"], one["members"], _percent(one["expected"]),
                     _percent(one["came_true"]))
                    for one in unseen
                ),
            )
        )  # fmt: skip
    season = drift["season"]
    if season:
        parts.append(
            f"Of those on {season['day']} {_percent(season['came_true'])} had the outcome; a year"
            f" before, on {season['year_before']}, {_percent(season['came_true_then'])}."
        )
    return "\n\n".join(parts)


def _list(*lines: str) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
