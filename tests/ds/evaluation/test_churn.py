"""The command: a gym's evaluation as a table, as numbers and as rows."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ds.evaluation import backtest, churn
from ds.evaluation.churn import main
from tests.ds.transactions import Computed, Look
from tests.fixtures.postgres import MigratedDatabase

GYM = "admin@example.com"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    churn_database: MigratedDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The command, inside this process: starting one takes seconds."""

    def run_main(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("OPS_DATABASE_URL", churn_database.ops_url)
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_main


def test_the_numbers_the_rows_and_the_picture(run: Run, tmp_path: Path) -> None:
    rows, picture = tmp_path / "rows.csv", tmp_path / "calibration.svg"
    code, out, _ = run(
        "--gym", GYM, "--from", "2026-01-20", "--to", "2026-02-10", "--json",
        "--predictions", str(rows), "--plot", str(picture),
    )  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert (found["from"], found["to"], found["snapshots"]) == ("2026-01-20", "2026-02-10", 4)
    champion = found["groups"]["all"]["champion"]
    assert {"n", "events", "auc", "pr_auc", "brier", "ece", "lift_at_10", "bias"} <= set(champion)
    with rows.open() as file:
        told = list(csv.DictReader(file))
    mine = [row for row in told if (row["group"], row["method"]) == ("all", "champion")]
    assert len(mine) == champion["n"]
    assert sum(int(row["y"]) for row in mine) == champion["events"]
    brier = sum((float(row["p"]) - int(row["y"])) ** 2 for row in mine) / len(mine)
    assert brier == pytest.approx(champion["brier"])
    assert {row["snapshot"] for row in mine} == {
        "2026-01-20", "2026-01-27", "2026-02-03", "2026-02-10",
    }  # fmt: skip
    assert b"<svg" in picture.read_bytes()


def test_a_table_for_reading_of_the_newest_snapshots_whose_outcome_is_known(run: Run) -> None:
    code, out, _ = run("--gym", GYM, "--from", "2026-02-17")
    assert code == 0
    assert out.startswith("Harbor Lane Fitness: lapse within 30 days, 1 weekly snapshots")
    assert "established members" in out
    assert out.count("\nchampion ") == 2
    assert "product: what the training job would have had active on the day: " in out


def test_memberships_that_end_are_another_label(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "MIN_EVENTS", 1)  # few leave a gym of 150
    code, out, _ = run(
        "--gym", GYM, "--from", "2026-01-20", "--to", "2026-02-10", "--label", "cancel", "--json"
    )
    assert code == 0
    assert json.loads(out)["label"] == "cancel"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gym", "nobody@example.com"], "no gym has the owner nobody@example.com"),
        (["--gym", GYM, "--to", "2026-03-01"], "last day that can be tested is 2026-02-18"),
        (["--gym", GYM, "--from", "2025-04-20", "--to", "2025-06-01"], "too little history"),
    ],
)
def test_what_cannot_be_evaluated_is_said(run: Run, arguments: list[str], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-02-18", "--to", "2026-02-10"], "--from must not be after --to"),
        (["--horizon", "0"], "--horizon must be from 1 to 365 days"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--gym", GYM, *arguments])
    assert words in capsys.readouterr().err


def test_no_transaction_is_open_while_it_computes(
    run: Run, churn_database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look(churn_database.ops_url)
    monkeypatch.setattr(churn, "backtest", look)
    with pytest.raises(Computed):
        run("--gym", GYM)
    assert look.open == 0
