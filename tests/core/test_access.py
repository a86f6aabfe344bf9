"""Who may enter: each rule alone, and which of several memberships counts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.access import AccessFacts, Decision, DenialKind, Entitlement, Place, decide
from core.weekly_hours import Hours

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
GOLD = Entitlement(1, "Gold")
PACK = Entitlement(2, "Ten visits", visits=10, used=3)
MORNINGS = (Hours(2, 6 * 60, 12 * 60),)
HALL = Place(7, "Hall")


def ask(*entitlements: Entitlement, moment: datetime = NOON, **known: Any) -> Decision:
    return decide(AccessFacts(DAY, entitlements, **known), moment, "UTC")


def reasons(*entitlements: Entitlement, **known: Any) -> dict[str, str]:
    return {one.kind: str(one.sentence) for one in ask(*entitlements, **known).denials}


def test_of_whom_no_membership_is_known_nothing_is_demanded() -> None:
    assert ask() == Decision()
    assert ask(place=HALL) == Decision()


def test_who_has_a_membership_enters() -> None:
    assert ask(GOLD, place=HALL) == Decision()


@pytest.mark.parametrize(
    ("known", "kind", "sentence"),
    [
        ({"ended_on": date(2026, 11, 17)}, "membership_over", "Membership ended on 2026-11-17"),
        (
            {"ended_on": date(2026, 11, 17), "is_cancelled": True},
            "cancelled",
            "Membership was cancelled, its last day was 2026-11-17",
        ),
        (
            {"ended_on": date(2026, 11, 1), "starts_on": date(2026, 11, 19)},
            "not_started",
            "Membership starts on 2026-11-19",
        ),
        ({"closed_for": ""}, "closed_day", "Closed today"),
        ({"closed_for": "Christmas"}, "closed_day", "Closed today: Christmas"),
    ],
)
def test_the_day_must_be_covered_and_open(known: Any, kind: str, sentence: str) -> None:
    assert reasons(**known) == {kind: sentence}


@pytest.mark.parametrize(
    ("entitlement", "kind", "sentence"),
    [
        (replace(GOLD, is_frozen=True), "frozen", "Membership is frozen"),
        (replace(GOLD, unpaid_since=date(2026, 11, 1)), "unpaid", "Not paid since 2026-11-01"),
        (replace(PACK, used=10), "no_visits_left", "All 10 visits of Ten visits are used"),
        (replace(PACK, used=11), "no_visits_left", "All 10 visits of Ten visits are used"),
        (replace(GOLD, location_ids=(8, 9)), "other_location", "Gold does not include Hall"),
        (
            replace(GOLD, hours=MORNINGS),
            "outside_plan_hours",
            "Gold does not include this hour, only 06:00–12:00",
        ),
        (
            replace(GOLD, hours=(Hours(0, 0, 1440),)),
            "outside_plan_hours",
            "Gold does not include this day of the week",
        ),
    ],
)
def test_the_plan_must_include_the_place_and_the_hour(
    entitlement: Entitlement, kind: str, sentence: str
) -> None:
    assert reasons(entitlement, place=HALL) == {kind: sentence}


@pytest.mark.parametrize(
    ("place", "kind", "sentence"),
    [
        ({"hours": MORNINGS}, "outside_opening_hours", "Hall is not open now"),
        ({"is_active": False}, "outside_opening_hours", "Hall is not open now"),
        ({"capacity": 40, "inside": 40}, "location_full", "Hall is full: 40 are inside"),
    ],
)
def test_the_place_must_be_open_and_have_room(place: Any, kind: str, sentence: str) -> None:
    assert reasons(GOLD, place=replace(HALL, **place)) == {kind: sentence}


def test_who_has_left_enters_by_no_membership() -> None:
    assert reasons(GOLD, has_left=True) == {"no_member": "Is not a member any more"}


def test_the_last_place_is_given() -> None:
    assert reasons(GOLD, place=replace(HALL, capacity=40, inside=39)) == {}


def test_hours_are_those_of_the_gyms_clock() -> None:
    facts = AccessFacts(DAY, (replace(GOLD, hours=MORNINGS),))
    assert decide(facts, NOON, "America/Sao_Paulo").denials == ()
    assert decide(facts, NOON, "Europe/Berlin").denials != ()


def test_everything_that_speaks_against_it_is_said_in_one_order() -> None:
    poor = replace(GOLD, is_frozen=True, hours=MORNINGS, location_ids=(8,))
    full = replace(HALL, hours=MORNINGS, capacity=1, inside=1)
    against = list(reasons(poor, place=full, closed_for=""))
    assert against == [kind for kind in DenialKind if kind in against]
    assert len(against) == 6


class TestSeveralMemberships:
    def test_the_one_that_lets_them_in_counts(self) -> None:
        frozen = replace(GOLD, is_frozen=True)
        assert ask(frozen, PACK).denials == ()
        assert ask(frozen, PACK).pack == PACK

    def test_no_visit_is_taken_while_another_membership_covers_it(self) -> None:
        older = replace(PACK, membership_id=0, ends_on=date(2026, 12, 1))
        assert ask(older, GOLD) == ask(GOLD, older) == Decision()

    def test_the_pack_that_ends_first_is_used_first(self) -> None:
        later = replace(PACK, ends_on=date(2027, 1, 1))
        sooner = replace(PACK, membership_id=3, ends_on=date(2026, 12, 1))
        assert ask(PACK, later, sooner).pack == sooner
        assert ask(PACK, later, replace(sooner, used=10)).pack == later


def test_the_last_visit_of_a_pack_leaves_none() -> None:
    decision = ask(replace(PACK, used=9))
    assert (decision.denials, decision.visits_left) == ((), 0)
    assert ask(PACK).visits_left == 6
    assert ask(GOLD).visits_left is None


def test_who_is_let_in_outside_the_hours_still_uses_a_visit() -> None:
    assert ask(replace(PACK, hours=MORNINGS)).visits_left == 6
    assert ask(replace(PACK, used=10)).pack is None
