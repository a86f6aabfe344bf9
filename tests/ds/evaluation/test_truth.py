"""The evaluation against the truth of simulated gyms: point in time, and its only reader."""

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import and_, select

from db.models import MemberStats
from db.session import session_scope
from db.stats import at_risk
from db.stats.member_stats import refresh_member_stats
from ds.churn import training
from ds.churn.history import FOREVER, read_history, to_day_number
from ds.evaluation import truth
from ds.evaluation.simulation_truth import (
    Day,
    Truth,
    apply_rule,
    find_active,
    is_listed,
    look_at,
    measure_lists,
)
from tests.ds.churn.work import DAY, LARGE_OWNER, Workplace
from tests.ds.transactions import Computed, Look

ROOT = Path(__file__).parents[3]


def test_the_past_list_is_the_rule_of_the_database(past: Workplace) -> None:
    gym = past.gym()
    # Today has begun: visits of today are not the newest finished day's.
    past.query("delete from attendance where check_in >= '2026-03-20 04:00+00'")
    with session_scope(past.factory) as session:
        refresh_member_stats(session, gym.gym_id)
    with session_scope(past.factory) as session:
        history = read_history(session, gym, DAY)
        rule = and_(at_risk.is_active(DAY), at_risk.has_cause(DAY))
        listed = session.scalars(
            select(MemberStats.member_id).where(MemberStats.in_gym(gym.gym_id), rule)
        )
        expected = set(listed)
    day = to_day_number(DAY)
    members = find_active(history, day)
    found = history.member_ids[members[apply_rule(history, members, day)]]
    assert set(found.tolist()) == expected
    assert len(expected) > 10


@pytest.fixture
def few_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gym of the tests is too small for the floor."""
    monkeypatch.setattr(training, "MIN_EVENTS", 10)
    monkeypatch.setattr(training, "MIN_MEMBERS", 50)


@pytest.mark.usefixtures("few_events")
def test_a_past_day_knows_nothing_of_later_ones(past: Workplace) -> None:
    gym = past.gym()
    then = DAY - timedelta(days=40)
    with session_scope(past.factory) as session:
        now, before = read_history(session, gym, DAY), read_history(session, gym, then)
        weights = truth.train_before(before)
    assert weights is not None
    day = to_day_number(then)
    late, early = look_at(now, day, weights), look_at(before, day, weights)
    np.testing.assert_array_equal(now.member_ids[late.members], before.member_ids[early.members])
    np.testing.assert_array_equal(late.by_rule, early.by_rule)
    np.testing.assert_allclose(late.probability, early.probability, rtol=0, atol=1e-9)


def test_precision_and_notice_are_counted_as_they_are_said() -> None:
    # Member 0 fades from day 10, comes last on day 50 and leaves on day 70; 1 never goes.
    truth = Truth(
        fades_on=np.array([10, FOREVER]),
        stops_on=np.array([50, FOREVER]),
        leaves_on=np.array([70, FOREVER]),
    )
    days = [
        Day(
            day,
            np.array([0, 1]),
            by_rule=np.array([day >= 40, day == 30]),
            probability=np.array([0.9 if day >= 35 else 0.1, np.nan]),
        )
        for day in range(20, 61)
    ]
    alone = measure_lists(days, truth, None)
    assert alone["stopped"] == 1
    assert alone["leads"] == [10]
    assert alone["precision"] == pytest.approx(21 / 22)
    assert (alone["noticed"], alone["in_time"]) == (1.0, 1.0)
    assert alone["base"] == 0.5
    assert measure_lists(days, truth, 0.5)["leads"] == [15]
    assert is_listed(days[15], 0.5).tolist() == [True, False]


@pytest.mark.usefixtures("few_events")
def test_the_command_prints_a_table_and_draws(
    past: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", past.database.ops_url)
    picture = tmp_path / "risk.svg"
    options = ["--gym", LARGE_OWNER, "--days", "40", "--picture", str(picture)]
    assert truth.main(options) == 0
    assert "| rule alone |" in capsys.readouterr().out
    assert "<svg" in picture.read_text()
    past.query("delete from simulation_truth")
    assert truth.main(options) == 1


def test_no_transaction_is_open_while_it_computes(
    past: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", past.database.ops_url)
    look = Look(past.database.ops_url)
    monkeypatch.setattr(truth, "train_before", look)
    with pytest.raises(Computed):
        truth.main(["--gym", LARGE_OWNER])
    assert look.open == 0


def test_nothing_else_of_the_science_and_the_api_names_the_truth() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("ds", "core", "api", "frontend")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"SimulationTruth|simulation_truth", path.read_text())
    ]
    names_it_to_leave_it_alone = "api/member_merges/moving.py"
    assert sorted(readers) == [names_it_to_leave_it_alone, "ds/evaluation/truth.py"]
