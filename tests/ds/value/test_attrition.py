"""The hazard of leaving: what it learns, what it takes for granted, and whom it does not follow."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ds.value.attrition import FEATURES, MID_TERM, TYPICAL, describe, fit_attrition


def make_states(members: int = 1, **columns: object) -> pd.DataFrame:
    usual = {"tenure": 6.0, "absence": 3.0, "to_end": 0, "term": 1, "is_cancelled": False}
    return pd.DataFrame({**usual, **columns}, index=range(members))


def simulate_past(seed: int, members: int, coefficients: np.ndarray) -> pd.DataFrame:
    """Members of one landmark, followed for up to a year or until the records end."""
    rng = np.random.default_rng(seed)
    is_open = rng.random(members) < 0.5
    term = np.where(is_open, 1, rng.choice([3, 6, 12], members))
    past = make_states(
        members,
        tenure=rng.exponential(14, members),
        absence=rng.exponential(15, members),
        to_end=np.where(is_open, 0, rng.integers(1, term + 1)),
        term=term,
    )
    seen = rng.integers(3, 13, members).astype(float)
    stayed, left = seen.copy(), np.zeros(members, dtype=bool)
    for month in range(1, 13):
        values, may_leave = describe(past, month)
        goes = may_leave & (rng.random(members) < expit(values @ coefficients))
        goes &= ~left & (seen >= month)
        stayed[goes], left = month - 0.5, left | goes
    return past.assign(stayed=stayed, left=left, weight=1.0)


NOBODY = simulate_past(1, 0, TYPICAL)


def test_simulated_members_give_their_hazard_back() -> None:
    truth = np.array([-3.0, -1.0, 0.4, -0.3, 0.5, 0.3])
    past = simulate_past(3, 30_000, truth)
    model = fit_attrition(past)
    assert model.coefficients == pytest.approx(truth, abs=0.15)
    assert model.left == past["left"].sum()


def test_the_chance_to_stay_is_the_share_that_stayed() -> None:
    truth = np.array([-3.0, -1.0, 0.4, -0.3, 0.5, 0.3])
    model = fit_attrition(simulate_past(3, 20_000, truth))
    later = simulate_past(4, 20_000, truth)
    stays = model.survive(later)
    # Who was seen for k months, and the chance to have stayed for as many.
    for month in (1, 3):
        seen = later.index[later["left"] | (later["stayed"] >= month)]
        still = ~(later["left"] & (later["stayed"] < month)).loc[seen]
        assert stays[seen, month - 1].mean() == pytest.approx(still.mean(), abs=0.01)


def test_a_gym_without_a_history_shows_what_is_typical() -> None:
    model = fit_attrition(NOBODY)
    assert model.coefficients.tolist() == TYPICAL.tolist()
    assert model.mid_term == MID_TERM[0]
    assert model.member_months == 0


def test_a_few_members_move_what_is_typical_a_little() -> None:
    few = simulate_past(5, 20, np.array([2.0, 2.0, 0, 0, 0, 0]))
    moved = fit_attrition(few).coefficients
    assert 0 < moved[0] - TYPICAL[0] < 5
    many = simulate_past(5, 5000, np.array([2.0, 2.0, 0, 0, 0, 0]))
    assert fit_attrition(many).coefficients[0] > moved[0]


def test_a_longer_absence_is_a_smaller_chance_to_stay() -> None:
    model = fit_attrition(NOBODY)
    stays = model.survive(make_states(4, absence=[0.0, 10.0, 40.0, 90.0]))
    assert (np.diff(stays, axis=0) < 0).all()
    assert (np.diff(stays, axis=1) <= 0).all()


def test_who_has_a_term_leaves_at_its_ends() -> None:
    model = fit_attrition(NOBODY)
    [stays] = model.survive(make_states(to_end=3, term=6))
    lost = -np.diff(np.concatenate([[1.0], stays])) / np.concatenate([[1.0], stays[:-1]])
    assert [month for month in range(1, 13) if lost[month - 1] > 0.05] == [3, 9]
    assert lost[0] == pytest.approx(MID_TERM[0])


def test_who_has_cancelled_stays_until_the_end_and_no_longer() -> None:
    model = fit_attrition(NOBODY)
    [stays] = model.survive(make_states(to_end=2, is_cancelled=True))
    assert stays.tolist() == [1.0] + [0.0] * 11


def test_members_who_had_cancelled_teach_nothing() -> None:
    past = simulate_past(6, 500, TYPICAL)
    gone = past.assign(is_cancelled=True, left=True, stayed=0.5)
    both = fit_attrition(pd.concat([past, gone], ignore_index=True))
    assert both.coefficients.tolist() == fit_attrition(past).coefficients.tolist()


def test_the_features_are_named() -> None:
    values, _ = describe(make_states(2), 1)
    assert values.shape == (2, len(FEATURES))
