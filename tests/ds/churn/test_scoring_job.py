"""What scoring promises: all members who may be judged, exactly, once a day, in bounded steps."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from core.risk.churn import explain, group_contributions, score_member
from db.models.job import JobState
from db.queue.catalogue import CHURN_TRAINING, SCORES
from db.session import session_scope
from ds.churn import scoring_job
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import STATS_DATES, STATS_ROWS, features_from_stats, select_scored
from ds.churn.registry import list_versions, promote
from ds.frames import read_frame
from tests.ds.churn.work import DAY, NOW, Workplace

STORED = (
    "select customer_id, label, as_of, model_id, probability, logit, reasons from churn_scores"
    " where gym_id = :gym_id order by 1, 2, 3"
)
SHOWN = (
    "select customer_id, churn_probability, churn_scored_on from member_stats"
    " where gym_id = :gym_id and churn_scored_on is not null order by 1"
)


def test_every_member_who_may_be_judged_gets_what_the_plain_scorer_says(
    trained: Workplace,
) -> None:
    gym = trained.gym()
    result = trained.do(gym, SCORES)
    with session_scope(trained.factory) as session:
        [weights] = [
            one.weights
            for one in list_versions(session, gym.gym_id)
            if one.is_current and one.label == "lapse"
        ]
        frame = read_frame(
            session,
            STATS_ROWS + " order by 1",
            {"gym_id": gym.gym_id, "day": DAY},
            dates=STATS_DATES,
        )
    frame = frame[select_scored(frame)]
    stored = {row[0]: row for row in trained.query(STORED, gym_id=gym.gym_id) if row[1] == "lapse"}
    assert list(stored) == frame["member_id"].tolist()
    assert result["scored"] == len(stored) > 150
    for member_id, row in zip(frame["member_id"], features_from_stats(frame, DAY), strict=True):
        features = dict(zip(FEATURE_NAMES, row.tolist(), strict=True))
        score = score_member(weights, features)
        _, _, _, _, probability, logit, reasons = stored[member_id]
        assert probability == pytest.approx(score.probability, abs=1e-9)
        assert logit == pytest.approx(score.logit, abs=1e-9)
        told, _ = explain(weights, features)
        assert [reason["group"] for reason in reasons] == [one.group for one in told]
        groups = group_contributions(score)
        for reason in reasons:
            assert reason["contribution"] == pytest.approx(groups[reason["group"]], abs=1e-4)
    shown = trained.query(SHOWN, gym_id=gym.gym_id)
    assert shown == [(row[0], row[4], DAY) for row in stored.values()]


def test_whoever_no_longer_qualifies_has_no_probability(trained: Workplace) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    [left, frozen, back, *_] = [row[0] for row in trained.query(SHOWN, gym_id=gym.gym_id)]
    day = {"day": DAY}
    trained.query(
        "update member_stats set covered = datemultirange(daterange(null, :day))"
        " where customer_id = :left",
        left=left,
        **day,
    )
    trained.query(
        "update member_stats set frozen = datemultirange(daterange(:day, null))"
        " where customer_id = :frozen",
        frozen=frozen,
        **day,
    )
    trained.query(
        "update member_stats set last_visit_on = :today where customer_id = :back",
        back=back,
        today=DAY + timedelta(days=1),
    )
    trained.do(gym, SCORES, "again")
    now = {row[0] for row in trained.query(SHOWN, gym_id=gym.gym_id)}
    assert not now & {left, frozen, back}
    assert now


def test_without_a_model_nobody_has_a_probability(trained: Workplace) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    assert trained.query(SHOWN, gym_id=gym.gym_id)
    trained.query("update churn_models set is_current = false")
    assert trained.do(gym, SCORES, "again")["scored"] == 0
    assert trained.query(SHOWN, gym_id=gym.gym_id) == []


def test_the_same_day_again_stores_the_same(trained: Workplace) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    before = trained.query(STORED, gym_id=gym.gym_id), trained.query(SHOWN, gym_id=gym.gym_id)
    trained.do(gym, SCORES, "again")
    after = trained.query(STORED, gym_id=gym.gym_id), trained.query(SHOWN, gym_id=gym.gym_id)
    assert after == before


def test_rows_that_do_not_differ_are_not_written_again(trained: Workplace) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    places = "select customer_id, ctid::text, xmin::text from member_stats where gym_id = :gym_id"
    before = trained.query(places, gym_id=gym.gym_id)
    trained.do(gym, SCORES, "again")
    assert sorted(trained.query(places, gym_id=gym.gym_id)) == sorted(before)


def test_a_worker_killed_half_way_loses_one_batch_and_doubles_nothing(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    whole = trained.query(STORED, gym_id=gym.gym_id)
    trained.query("delete from churn_scores")
    trained.query("update member_stats set churn_probability = null, churn_scored_on = null")

    batch, calls = scoring_job.score_batch, []

    def die_in_the_third(*arguments: Any, **more: Any) -> Any:
        calls.append(arguments[-1])
        done = batch(*arguments, size=40)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return done

    monkeypatch.setattr(scoring_job, "score_batch", die_in_the_third)
    job_id = trained.ask(gym, SCORES, "killed")
    job = trained.work_on(gym, job_id)
    assert job.state == JobState.PENDING
    assert len([row for row in trained.query(STORED, gym_id=gym.gym_id) if row[1] == "lapse"]) <= 80
    job = trained.work_on(gym, job_id)
    assert job.state == JobState.DONE
    assert calls[3] == calls[2]
    assert len(calls) > 4
    assert trained.query(STORED, gym_id=gym.gym_id) == whole


def test_a_job_that_was_taken_over_stores_nothing_more(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = trained.gym()
    begin = scoring_job._begin

    def begin_and_lose(*arguments: Any) -> Any:
        trained.query("update job_runs set lease = gen_random_uuid() where state = 'running'")
        return begin(*arguments)

    monkeypatch.setattr(scoring_job, "_begin", begin_and_lose)
    trained.work_on(gym, trained.ask(gym, SCORES))
    assert trained.query(STORED, gym_id=gym.gym_id) == []


def test_scores_are_kept_daily_for_two_weeks_then_weekly_then_not(trained: Workplace) -> None:
    gym = trained.gym()
    [(model_id, member_id)] = trained.query(
        "select model_id, customer_id from churn_models join member_stats using (gym_id)"
        " where gym_id = :gym_id limit 1",
        gym_id=gym.gym_id,
    )
    for ago in range(1, 430):
        trained.query(
            "insert into churn_scores (gym_id, customer_id, label, as_of, model_id, probability,"
            " logit) values (:gym_id, :member_id, 'lapse', :day, :model_id, 0.5, 0)",
            gym_id=gym.gym_id,
            member_id=member_id,
            model_id=model_id,
            day=DAY - timedelta(days=ago),
        )
    trained.do(gym, SCORES)
    kept = _days(trained.query("select distinct as_of from churn_scores order by 1"))
    young = [day for day in kept if (DAY - day).days <= 14]
    old = [day for day in kept if (DAY - day).days > 14]
    assert young == [DAY - timedelta(days=ago) for ago in reversed(range(15))]
    assert (DAY - min(old)).days <= 400
    assert len({day.isocalendar()[:2] for day in old}) == len(old) in range(54, 58)


def _days(rows: Iterable[tuple[Any, ...]]) -> list[date]:
    return [row[0] for row in rows]


def test_the_known_truth_of_simulated_members_changes_no_score(trained: Workplace) -> None:
    gym = trained.gym()
    scores = "select customer_id, label, probability, logit, reasons from churn_scores order by 1,2"
    trained.do(gym, SCORES)
    with_truth = trained.query(scores)
    assert with_truth
    trained.query("delete from churn_scores")
    trained.query("delete from churn_models where gym_id = :gym_id", gym_id=gym.gym_id)
    trained.query("delete from simulation_truth")
    for kind in (CHURN_TRAINING, SCORES):
        trained.do(gym, kind, "without the truth")
    assert trained.query(scores) == with_truth


def test_another_version_is_active_at_once_when_it_is_promoted(trained: Workplace) -> None:
    gym = trained.gym()
    trained.do(gym, SCORES)
    before = trained.query(SHOWN, gym_id=gym.gym_id)
    with session_scope(trained.factory) as session:
        other = next(
            one
            for one in list_versions(session, gym.gym_id)
            if one.label == "lapse" and not one.is_current
        )
        promote(session, gym.gym_id, other.model_id, now=NOW)
    trained.do(gym, SCORES, "again")
    after = trained.query(SHOWN, gym_id=gym.gym_id)
    assert [row[0] for row in after] == [row[0] for row in before]
    assert after != before
    assert {row[3] for row in trained.query(STORED, gym_id=gym.gym_id) if row[1] == "lapse"} == {
        other.model_id
    }
