"""Features say what was known on a day, and the same from visits, statistics and plain Python."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.risk.churn import is_scored, may_cancel, member_features
from db.member_facts import write_freely
from db.models import Gym
from db.models.churn import ChurnLabel
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import (
    STATS_DATES,
    STATS_ROWS,
    build_samples,
    features_from_stats,
    features_of,
    find_scored,
    select_scored,
)
from ds.churn.history import History, make_history, read_history, to_day_number
from ds.frames import read_frame
from tests.ds.conftest import DAY

START = date(2025, 6, 1)


def read_stats(session: Session, gym: Gym, day: date = DAY) -> pd.DataFrame:
    return read_frame(
        session,
        STATS_ROWS + " order by s.customer_id",
        {"gym_id": gym.gym_id, "day": day},
        dates=STATS_DATES,
    )


def visits(*agos: int, member_id: int = 1, day: date = DAY) -> pd.DataFrame:
    days = [pd.Timestamp(day - timedelta(days=ago)) for ago in agos]
    return pd.DataFrame({"member_id": member_id, "day": days})


def features(history: History, day: date = DAY) -> dict[str, float]:
    [row] = features_of(history, np.array([0]), to_day_number(day))
    return dict(zip(FEATURE_NAMES, row.tolist(), strict=True))


def test_visits_and_statistics_give_the_same_features_to_the_last_bit(
    session: Session, demo_gym: Gym, history: History
) -> None:
    frame = read_stats(session, demo_gym)
    scored = find_scored(history, to_day_number(DAY))
    frame = frame[select_scored(frame)]
    assert frame["member_id"].tolist() == history.member_ids[scored].tolist()
    undecided = find_scored(history, to_day_number(DAY), ChurnLabel.CANCEL)
    asked = frame[select_scored(frame, ChurnLabel.CANCEL)]
    assert asked["member_id"].tolist() == history.member_ids[undecided].tolist()
    assert frame["notice_for"].notna().any()
    assert len(frame) > 100
    from_visits = features_of(history, scored, to_day_number(DAY))
    np.testing.assert_array_equal(features_from_stats(frame, DAY), from_visits)
    varies = {
        name
        for name, column in zip(FEATURE_NAMES, from_visits.T, strict=True)
        if len(np.unique(column)) > 1
    }
    assert set(FEATURE_NAMES) - varies <= {"plan_known", "season_cos", "season_sin"}


def test_plain_python_gives_the_same_features(session: Session, demo_gym: Gym) -> None:
    frame = read_stats(session, demo_gym)
    frame = frame[select_scored(frame)]
    vectorised = features_from_stats(frame, DAY)
    undecided = select_scored(frame, ChurnLabel.CANCEL)
    found = []
    for row, is_undecided in zip(
        frame.replace({np.nan: None}).to_dict("records"), undecided, strict=True
    ):
        days = {name: row[name] and row[name].date() for name in STATS_DATES}
        assert is_scored(row | days, DAY)
        assert may_cancel(row | days) == is_undecided
        found.append([member_features(row | days, DAY)[name] for name in FEATURE_NAMES])
    np.testing.assert_allclose(np.array(found), vectorised, rtol=0, atol=1e-12)


LATER = (
    "insert into attendance (gym_id, customer_id, check_in)"
    " select gym_id, customer_id, cast(:day as date) + 1 + make_interval(hours => 12)"
    " from customers",
    "update memberships set ends_on = :day + 40, last_day = :day + 40, cancelled_on = :day + 1"
    " where ends_on is null and customer_id % 2 = 0",
    "update memberships set last_day = ends_on, cancelled_on = :day + 1"
    " where ends_on > :day and customer_id % 2 = 1 and cancelled_on is null",
    "insert into memberships"
    " (gym_id, customer_id, package_id, starts_on, ends_on, yearly_price, created_at, may_overlap)"
    " select gym_id, customer_id, max(package_id), :day + 60, null, 99, cast(:day as date) + 2,"
    " true"
    " from memberships group by 1, 2",
    "insert into membership_freezes (gym_id, membership_id, customer_id, starts_on, ends_on)"
    " select gym_id, max(membership_id), customer_id, :day + 1, :day + 30"
    " from memberships group by 1, 3",
    "insert into payments (gym_id, customer_id, amount, currency, state, due_on)"
    " select gym_id, customer_id, 100, 'USD', 'failed', :day + 1 from customers",
    "update payments set state = 'paid', attempted_at = cast(:day as date) + 3"
    " where state = 'failed' and due_on <= :day",
    "insert into customers (gym_id, name, name_key, join_date)"
    " select gym_id, 'Later', 'later', :day + 1 from gyms",
)


@pytest.mark.parametrize("label", ChurnLabel)
def test_appending_the_future_leaves_every_feature_and_label_bit_identical(
    session: Session, demo_gym: Gym, label: ChurnLabel
) -> None:
    as_of = DAY - timedelta(days=10)
    days = [as_of - timedelta(days=ago) for ago in (0, 30, 45, 120)]

    def read() -> list[np.ndarray]:
        history = read_history(session, demo_gym, as_of)
        now = find_scored(history, to_day_number(as_of), label)
        samples = build_samples(history, days, label)
        today = features_of(history, now, to_day_number(as_of))
        return [today, samples.X, samples.y, samples.member_ids]

    before = read()
    assert len(before[0]) > 100
    assert before[0][:, FEATURE_NAMES.index("payment_failed")].any()
    write_freely(session)
    for event in LATER:
        assert session.execute(text(event), {"day": as_of}).rowcount > 0
    for first, second in zip(before, read(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_snapshot_whose_label_window_is_not_over_is_left_out(history: History) -> None:
    days = [DAY - timedelta(days=ago) for ago in (29, 30)]
    samples = build_samples(history, days, ChurnLabel.LAPSE)
    assert set(samples.days) == {to_day_number(DAY) - 30}


def test_lapse_is_no_visit_in_the_thirty_days_after() -> None:
    log = pd.concat([visits(40, 31, 0), visits(31, member_id=2), visits(31, 1, member_id=3)])
    samples = build_samples(
        make_history(as_of=DAY, visits=log), [DAY - timedelta(days=31)], ChurnLabel.LAPSE
    )
    assert samples.member_ids.tolist() == [1, 2, 3]
    assert samples.y.tolist() == [1, 1, 0]


def test_only_who_came_in_thirty_days_is_judged() -> None:
    log = pd.concat([visits(29), visits(30, member_id=2)])
    history = make_history(as_of=DAY, visits=log)
    assert find_scored(history, to_day_number(DAY)).tolist() == [0]


def contract(**over: object) -> pd.DataFrame:
    days = {"starts_on": 100, "known_on": 100, "ends_on": None, "cancelled_on": None} | over
    return pd.DataFrame(
        {
            "member_id": [1],
            "plan": [1],
            "plan_months": [over.get("plan_months", 12)],
            "yearly_price": [60000],
            **{
                name: [pd.NaT if ago is None else pd.Timestamp(DAY - timedelta(days=ago))]
                for name, ago in days.items()
                if name != "plan_months"
            },
        }
    )


def test_cancel_is_a_membership_that_ends_and_is_not_renewed() -> None:
    log = visits(35, 1)
    day = DAY - timedelta(days=30)

    def label(*contracts: pd.DataFrame) -> list[int]:
        history = make_history(as_of=DAY, visits=log, contracts=pd.concat(contracts))
        return build_samples(history, [day], ChurnLabel.CANCEL).y.tolist()

    assert label(contract(ends_on=20)) == [1]
    assert label(contract(ends_on=20, cancelled_on=25)) == [1]
    assert label(contract(ends_on=30)) == [1]
    assert label(contract(ends_on=0)) == [0]
    assert label(contract(ends_on=None)) == [0]
    assert label(contract(ends_on=20), contract(starts_on=10, known_on=10)) == [0]
    assert label(contract(ends_on=31)) == []
    assert build_samples(make_history(as_of=DAY, visits=log), [day], ChurnLabel.CANCEL).y.size == 0


def test_giving_notice_is_the_outcome_and_whoever_has_given_it_is_not_asked() -> None:
    day = DAY - timedelta(days=30)

    def label(*contracts: pd.DataFrame) -> list[int]:
        history = make_history(as_of=DAY, visits=visits(35, 1), contracts=pd.concat(contracts))
        return build_samples(history, [day], ChurnLabel.CANCEL).y.tolist()

    # Notice for a day after the thirty: given on the first or the last of them, or too late.
    assert label(contract(ends_on=-40, cancelled_on=29)) == [1]
    assert label(contract(ends_on=-40, cancelled_on=0)) == [1]
    assert label(contract(ends_on=-40, cancelled_on=-1)) == [0]
    assert label(contract(ends_on=-40, cancelled_on=30)) == []
    assert label(contract(ends_on=20, cancelled_on=60)) == []
    # Who only changes to another plan gives no notice.
    changed = contract(ends_on=20, cancelled_on=60)
    assert label(changed, contract(starts_on=19, known_on=40)) == [0]
    # Until the new one is known, the old one has been cancelled.
    assert label(changed, contract(starts_on=19, known_on=19)) == []


def test_a_term_that_runs_out_is_no_notice_until_it_is_cancelled() -> None:
    term = contract(starts_on=354, known_on=354, ends_on=-10)
    cancelled = contract(starts_on=354, known_on=354, ends_on=-10, cancelled_on=2)

    def asked(contracts: pd.DataFrame, ago: int) -> int:
        history = make_history(as_of=DAY, visits=visits(20, 3), contracts=contracts)
        return len(find_scored(history, to_day_number(DAY) - ago, ChurnLabel.CANCEL))

    assert [asked(term, ago) for ago in (3, 2, 0)] == [1, 1, 1]
    assert [asked(cancelled, ago) for ago in (3, 2, 0)] == [1, 0, 0]


def test_an_ended_membership_that_is_cancelled_afterwards_had_ended_before() -> None:
    over = contract(starts_on=410, known_on=410, ends_on=45, cancelled_on=5)
    history = make_history(as_of=DAY, visits=visits(20, 3), contracts=over)
    assert find_scored(history, to_day_number(DAY) - 10).tolist() == []


def test_an_end_that_was_only_known_later_is_not_known() -> None:
    cancelled = contract(ends_on=-20, cancelled_on=5)
    history = make_history(as_of=DAY, visits=visits(20, 12), contracts=cancelled)
    assert features(history)["ends_in_window"] == 1
    earlier = features(history, DAY - timedelta(days=10))
    assert earlier["plan_open"] == 1
    assert earlier["ends_in_window"] == 0


def test_a_payment_that_came_in_the_end_had_failed_until_then() -> None:
    failures = pd.DataFrame(
        {
            "member_id": [1],
            "failed_on": [pd.Timestamp(DAY - timedelta(days=10))],
            "recovered_on": [pd.Timestamp(DAY - timedelta(days=3))],
        }
    )
    history = make_history(as_of=DAY, visits=visits(20, 12), failures=failures)
    assert features(history)["payment_failed"] == 0
    assert features(history, DAY - timedelta(days=4))["payment_failed"] == 1
    assert features(history, DAY - timedelta(days=11))["payment_failed"] == 0


def test_the_numbers_of_a_member_by_hand() -> None:
    history = make_history(as_of=DAY, visits=visits(100, 70, 63, 56, 49, 42, 35, 28, 21, 19, 19))
    told = {name: np.expm1(value) for name, value in features(history).items()}
    assert told["days_away"] == pytest.approx(19)
    assert told["usual_gap"] == pytest.approx(7)
    assert told["days_28"] == pytest.approx(2)
    assert told["days_91"] == pytest.approx(9)
    assert told["days_182"] == pytest.approx(10)
    assert told["rate_28"] == pytest.approx(0.5)
    assert told["rate_before"] == pytest.approx(7 / 9)
    assert told["tenure"] == pytest.approx(100)
    plain = features(history)
    assert plain["active_weeks"] == 9 / 12
    assert plain["minutes_missing"] == 1
    assert plain["no_habit"] == 0


def test_a_day_of_the_past_looks_as_it_did_when_it_was_today(
    session: Session, demo_gym: Gym, history: History
) -> None:
    for ago in (40, 133):
        day = DAY - timedelta(days=ago)
        then = read_history(session, demo_gym, day)
        members = find_scored(then, to_day_number(day))
        again = find_scored(history, to_day_number(day))
        np.testing.assert_array_equal(history.member_ids[again], then.member_ids[members])
        np.testing.assert_array_equal(
            features_of(history, again, to_day_number(day)),
            features_of(then, members, to_day_number(day)),
        )
