"""A member's chance to come back, and the reasons in words."""

from datetime import date, timedelta

import pytest

from core.risk.scoring import (
    CHANCE_NOT_STARTED,
    CHANCE_OF_RETURN,
    REASON_LABELS,
    Reason,
    ReasonCode,
    RiskFacts,
    chance_of_return,
    format_reason,
    reasons_for,
    risk_of_absence,
)
from db.stats import at_risk

DAY = date(2026, 3, 31)
FACTS = {
    "day": DAY,
    "join_date": date(2025, 1, 1),
    "days_away": 2,
    "usual_gap": 3.0,
    "recent_days": 8,
    "baseline_days": 28,
    "is_absent": False,
    "has_dropped": False,
    "has_not_started": False,
}


def word(**changes: object) -> list[str]:
    return [str(format_reason(reason)) for reason in reasons_for(RiskFacts(**{**FACTS, **changes}))]


def test_a_regular_member_has_no_reason() -> None:
    assert word() == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"is_absent": True, "days_away": 19}, "No visit for 19 days, usually every 3 days"),
        (
            {"is_absent": True, "days_away": 15, "usual_gap": 1.0},
            "No visit for 15 days, usually every day",
        ),
        (
            {"is_absent": True, "days_away": 15, "usual_gap": 2.5},
            "No visit for 15 days, usually every 2.5 days",
        ),
        ({"is_absent": True, "days_away": 40, "usual_gap": None}, "No visit for 40 days"),
        ({"has_dropped": True, "recent_days": 2}, "Came 2.8 times a week before, 0.7 now"),
        ({"has_dropped": True, "recent_days": 0}, "Came 2.8 times a week before, not at all now"),
        (
            {"has_dropped": True, "recent_days": 1, "baseline_days": 10},
            "Came once a week before, 0.3 now",
        ),
        (
            {"has_not_started": True, "days_away": None, "join_date": DAY - timedelta(20)},
            "Joined 20 days ago and has not come yet",
        ),
        ({"payment_failed_on": DAY}, "Payment failed today"),
        ({"payment_failed_on": DAY - timedelta(1)}, "Payment failed 1 day ago"),
        ({"contract_ends_on": DAY}, "Membership ends today"),
        ({"contract_ends_on": DAY + timedelta(12)}, "Membership ends in 12 days"),
        (
            {"contract_ends_on": DAY + timedelta(40), "has_given_notice": True},
            "Has given notice: membership ends in 40 days",
        ),
        (
            {"contract_ends_on": DAY, "has_given_notice": True},
            "Has given notice: membership ends today",
        ),
    ],
)
def test_each_reason_has_the_members_own_numbers(changes: dict[str, object], text: str) -> None:
    assert word(**changes) == [text]


def test_old_failures_and_distant_ends_are_no_reasons() -> None:
    assert word(payment_failed_on=DAY - timedelta(31)) == []
    assert word(payment_failed_on=DAY + timedelta(1)) == []
    assert word(contract_ends_on=DAY + timedelta(31)) == []
    assert word(contract_ends_on=DAY - timedelta(1)) == []
    assert word(contract_ends_on=DAY - timedelta(1), has_given_notice=True) == []


def test_reasons_come_as_data_in_a_fixed_order() -> None:
    facts = RiskFacts(
        **{**FACTS, "days_away": 22, "recent_days": 0, "is_absent": True, "has_dropped": True},
        payment_failed_on=DAY - timedelta(3),
        contract_ends_on=DAY + timedelta(9),
    )
    assert reasons_for(facts) == [
        Reason(ReasonCode.NO_VISIT, {"days": 22, "usual_gap": 3.0}),
        Reason(
            ReasonCode.VISITS_DOWN,
            {"before_per_week": 2.8, "now_per_week": 0.0, "drop_percent": 100},
        ),
        Reason(ReasonCode.PAYMENT_FAILED, {"days_ago": 3}),
        Reason(ReasonCode.RENEWAL_SOON, {"days": 9}),
    ]


def test_every_code_has_a_label() -> None:
    assert set(REASON_LABELS) == set(ReasonCode)


def test_the_windows_are_those_of_the_at_risk_rule() -> None:
    facts = RiskFacts(**FACTS)
    assert (facts.recent_window, facts.baseline_window) == (
        at_risk.RECENT_DAYS,
        at_risk.BASELINE_DAYS,
    )


def test_the_chance_of_return_only_falls_with_absence() -> None:
    chances = [chance_of_return(days) for days in range(400)]
    assert chances == sorted(chances, reverse=True)
    for days_from, chance in CHANCE_OF_RETURN:
        assert chance_of_return(days_from) == chance


def test_the_risk_is_the_other_side_of_the_chance() -> None:
    assert risk_of_absence(0) == 0.07
    assert risk_of_absence(30) == 0.35
    assert risk_of_absence(None, True) == 1 - CHANCE_NOT_STARTED
    assert chance_of_return(None) == CHANCE_NOT_STARTED
