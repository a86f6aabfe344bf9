"""What is done with a membership: what it does to its days, and what is refused and why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.member_facts import write_freely
from db.models import Gym, Membership, MembershipTerm
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan
from tests.fixtures.api import ApiClient, Clock

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Do = Callable[..., Any]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    with in_gym(gym.gym_id) as session:
        return SimpleNamespace(
            member=create_member(session, gym=gym),
            plan=create_plan(
                session,
                gym=gym,
                name="Monthly",
                duration_months=1,
                price="30.00",
                notice_days=30,
                shortest_freeze_days=7,
                freeze_days_a_year=60,
                freezes_a_year=4,
            ),
            annual=create_plan(session, gym=gym, name="Annual", duration_months=12, price="300.00"),
        )


@pytest.fixture
def assign(owner: ApiClient, rows: SimpleNamespace) -> Do:
    body = {"member_id": rows.member.member_id, "plan_id": rows.plan.plan_id}
    return lambda **over: owner.post(URL, json=body | over).json()["membership_id"]


@pytest.fixture
def do(owner: ApiClient) -> Do:
    return lambda key, move, **body: owner.post(f"{URL}/{key}/{move}", json=body)


def read(owner: ApiClient, key: int) -> Any:
    return owner.get(f"{URL}/{key}").json()


def refused(answer: Any, code: str, status: int = 409) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    detail: str = answer.json()["detail"]
    return detail


def test_a_freeze_moves_what_is_paid_behind_it_and_unfreezing_gives_it_back(
    owner: ApiClient, assign: Do, do: Do, clock: Clock
) -> None:
    """D-FF-16: today is 18 November; a month is paid until 17 December."""
    key = assign()
    frozen = do(key, "freeze", ends_on="2026-12-01", reason="Knee").json()
    assert (frozen["state"], frozen["paid_until"]) == ("frozen", "2026-12-31")
    clock.advance(days=5)
    after = do(key, "unfreeze").json()
    assert (after["state"], after["paid_until"]) == ("active", "2026-12-22")
    assert [(one["starts_on"], one["ends_on"]) for one in after["freezes"]] == [
        ("2026-11-18", "2026-11-22")
    ]
    member = owner.get(f"/api/v1/members/{after['member_id']}").json()
    assert member["status"] == "active"


def test_a_freeze_to_come_is_taken_back_whole(owner: ApiClient, assign: Do, do: Do) -> None:
    key = assign()
    before = read(owner, key)
    frozen = do(key, "freeze", starts_on="2026-12-01", ends_on="2026-12-10").json()
    assert (frozen["state"], frozen["ends_on"]) == ("active", "2026-12-27")
    [freeze] = frozen["freezes"]
    after = do(key, "unfreeze", freeze_id=freeze["freeze_id"]).json()
    kept = before.keys() - {"history"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    refused(do(key, "unfreeze", freeze_id=freeze["freeze_id"]), "move_not_possible")


def test_how_long_and_how_often_is_the_plans(assign: Do, do: Do) -> None:
    key = assign()
    assert "7 days at least" in refused(
        do(key, "freeze", ends_on="2026-11-23"), "freeze_limit_reached"
    )
    assert "No more than 60 days" in refused(
        do(key, "freeze", ends_on="2027-01-17"), "freeze_limit_reached"
    )
    for first, last in (
        ("11-20", "11-26"),
        ("11-28", "12-04"),
        ("12-06", "12-12"),
        ("12-14", "12-20"),
    ):
        made = do(key, "freeze", starts_on=f"2026-{first}", ends_on=f"2026-{last}")
        assert made.status_code == 200, made.text
    again = do(key, "freeze", starts_on="2027-01-02", ends_on="2027-01-08")
    assert "No more than 4 freezes" in refused(again, "freeze_limit_reached")


def test_two_freezes_share_no_day_and_none_lies_in_the_past(assign: Do, do: Do) -> None:
    key = assign()
    do(key, "freeze", starts_on="2026-12-01", ends_on="2026-12-07")
    answer = do(key, "freeze", starts_on="2026-12-07", ends_on="2026-12-14")
    assert "from 1 December 2026 to 7 December 2026" in refused(answer, "freeze_overlaps")
    past = do(key, "freeze", starts_on="2026-11-17", ends_on="2026-11-30")
    assert "18 November 2026 or later" in refused(past, "day_outside_term", 422)
    backwards = do(key, "freeze", starts_on="2026-12-20", ends_on="2026-12-10")
    refused(backwards, "day_outside_term", 422)


def test_a_renewal_asked_for_twice_is_one(owner: ApiClient, assign: Do, do: Do) -> None:
    key = assign()
    assert read(owner, key)["next_term"] == 2
    once, twice = (do(key, "renew", term=2).json() for _ in range(2))
    assert once["paid_until"] == twice["paid_until"] == "2027-01-17"
    assert [(term["term"], term["price"]) for term in twice["terms"]] == [(2, 30.0), (1, 30.0)]
    assert [event["kind"] for event in twice["history"]] == ["renewed", "assigned"]
    refused(do(key, "renew", term=5), "day_outside_term", 422)


def test_a_renewal_asked_for_by_eight_at_once_is_one(owner: ApiClient, assign: Do, do: Do) -> None:
    key = assign()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: do(key, "renew", term=2), range(8)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    after = read(owner, key)
    assert [term["term"] for term in after["terms"]] == [2, 1]
    assert after["paid_until"] == "2027-01-17"


def test_freezing_and_cancelling_at_once_leave_one_truth(
    owner: ApiClient, assign: Do, do: Do, gym: Gym, in_gym: InGym
) -> None:
    """Whoever comes second decides by what the first one left."""
    for _ in range(4):
        key = assign()
        with ThreadPoolExecutor(2) as pool:
            freezing = pool.submit(do, key, "freeze", ends_on="2026-11-30")
            cancelling = pool.submit(do, key, "cancel", reason="other", last_day="2026-11-20")
        assert cancelling.result().status_code == 200
        after = read(owner, key)
        was_frozen = freezing.result().status_code == 200
        assert after["ends_on"] == "2026-11-20"
        assert [one["ends_on"] for one in after["freezes"]] == ["2026-11-20"] * was_frozen
        assert after["paid_until"] == ("2026-12-20" if was_frozen else "2026-12-17")
        with in_gym(gym.gym_id) as session:
            write_freely(session)
            for table in ("membership_freezes", "memberships"):
                session.execute(text(f"delete from {table} where gym_id = {gym.gym_id}"))


def test_notice_ends_what_renews_with_the_term_in_which_it_is_over(
    owner: ApiClient, assign: Do, do: Do, clock: Clock
) -> None:
    key = assign(renews_automatically=True)
    before = read(owner, key)
    assert (before["ends_on"], before["paid_until"]) == (None, "2026-12-17")
    assert before["ends_if_cancelled"] == "2027-01-17"
    noticed = do(key, "cancel", reason="too_expensive", note="For now").json()
    assert (noticed["state"], noticed["ends_on"]) == ("ending", "2027-01-17")
    assert noticed["possible_moves"] == ["withdraw_cancellation"]
    clock.advance(days=30)
    assert read(owner, key)["paid_until"] == "2027-01-17"
    clock.advance(days=31)
    assert read(owner, key)["state"] == "cancelled"
    detail = refused(do(key, "withdraw-cancellation"), "move_not_possible")
    assert detail.endswith("Assign a new one from today or later.")


def test_a_fixed_term_ends_with_what_is_paid(assign: Do, do: Do) -> None:
    key = assign()
    assert do(key, "cancel", reason="moving").json()["ends_on"] == "2026-12-17"


def test_a_notice_taken_back_leaves_what_was_before(owner: ApiClient, assign: Do, do: Do) -> None:
    key = assign(renews_automatically=True)
    before = read(owner, key)
    do(key, "cancel", reason="health", note="Knee")
    after = do(key, "withdraw-cancellation", reason="Well again").json()
    kept = before.keys() - {"history"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    said = [(event["kind"], event["by"], event["reason"]) for event in after["history"]]
    name = owner.user.name
    assert said == [
        ("withdrawn", name, "Well again"),
        ("cancelled", name, "Knee"),
        ("assigned", name, None),
    ]
    assert after["history"][1]["details"] == {
        "leaving_reason": "health",
        "last_day": "2027-01-17",
    }


def test_what_is_not_possible_says_what_is(assign: Do, do: Do) -> None:
    key = assign()
    do(key, "freeze", ends_on="2026-11-30")
    answer = do(key, "change-plan", plan_id=1_000_000)
    assert answer.status_code == 404
    answer = do(key, "withdraw-cancellation")
    detail = refused(answer, "move_not_possible")
    assert detail.startswith("The membership is frozen. This is not possible with it. Possible are")
    [entry] = answer.json()["errors"]
    assert entry["state"] == "frozen"
    assert entry["possible_moves"] == ["freeze", "unfreeze", "renew", "cancel"]


def test_a_notice_is_not_taken_back_into_another_membership(
    assign: Do, do: Do, clock: Clock
) -> None:
    key = assign(renews_automatically=True)
    do(key, "cancel", reason="other", last_day="2026-11-20")
    assign(starts_on="2026-11-21")
    refused(do(key, "withdraw-cancellation"), "already_covered")


def test_a_freeze_or_renewal_does_not_reach_into_the_next_membership(assign: Do, do: Do) -> None:
    key = assign()
    assign(starts_on="2026-12-18")
    for move, body in (("freeze", {"ends_on": "2026-11-30"}), ("renew", {"term": 2})):
        detail = refused(do(key, move, **body), "already_covered")
        assert "from 18 December 2026 until 17 January 2027" in detail


def test_a_change_of_plan_is_worked_out_before_and_the_same_after(
    owner: ApiClient, assign: Do, do: Do, rows: SimpleNamespace, clock: Clock
) -> None:
    """Ten of the 30 days from 18 November are used, so 20.00 of 30.00 come back."""
    key = assign()
    clock.advance(days=10)
    preview = owner.get(f"{URL}/{key}/change-plan", params={"plan_id": rows.annual.plan_id})
    assert preview.json() == {
        "starts_on": "2026-11-28",
        "last_day": "2026-11-27",
        "credit": 20.0,
        "price": 300.0,
        "to_pay": 280.0,
        "paid_until": "2027-11-27",
    }
    new = do(key, "change-plan", plan_id=rows.annual.plan_id, reason="Comes daily").json()
    assert (new["plan_name"], new["credit"], new["replaces_id"]) == ("Annual", 20.0, key)
    assert (new["starts_on"], new["paid_until"]) == ("2026-11-28", "2027-11-27")
    old = read(owner, key)
    assert (old["state"], old["ends_on"], old["possible_moves"]) == ("expired", "2026-11-27", [])
    assert old["history"][0]["details"]["credit"] == 20.0
    assert owner.get(f"/api/v1/members/{new['member_id']}").json()["plan_name"] == "Annual"


def test_terms_paid_ahead_come_back_whole_and_a_freeze_does_not_change_it(
    owner: ApiClient, assign: Do, do: Do, rows: SimpleNamespace, clock: Clock
) -> None:
    key = assign()
    do(key, "renew", term=2)
    do(key, "freeze", ends_on="2026-11-27")
    clock.advance(days=20)
    params = {"plan_id": rows.annual.plan_id}
    assert owner.get(f"{URL}/{key}/change-plan", params=params).json()["credit"] == 50.0


def test_the_plan_is_not_changed_on_the_first_day_or_behind_what_is_paid(
    assign: Do, do: Do, rows: SimpleNamespace
) -> None:
    key = assign()
    plan_id = rows.annual.plan_id
    for day in (None, "2026-12-19"):
        answer = do(key, "change-plan", plan_id=plan_id, **({"starts_on": day} if day else {}))
        assert "19 November 2026 and 18 December 2026" in refused(answer, "day_outside_term", 422)
    assert do(key, "change-plan", plan_id=plan_id, starts_on="2026-12-18").status_code == 200


def test_an_old_open_membership_ends_after_the_notice_and_may_stay(
    owner: ApiClient, do: Do, rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        made = create_membership(session, gym=gym, member=rows.member, plan=rows.plan)
        key = made.membership_id
    assert read(owner, key)["possible_moves"] == ["freeze", "change_plan", "cancel"]
    assert do(key, "cancel", reason="no_time").json()["ends_on"] == "2026-12-18"
    after = do(key, "withdraw-cancellation").json()
    assert (after["ends_on"], after["state"]) == (None, "active")


def test_a_stated_end_is_stretched_by_a_freeze_and_kept_by_a_notice(
    owner: ApiClient, do: Do, rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        made = create_membership(
            session, gym=gym, member=rows.member, plan=rows.plan, ends_on=date(2026, 12, 31)
        )
        key = made.membership_id
    do(key, "cancel", reason="no_time", last_day="2026-12-01")
    assert do(key, "withdraw-cancellation").json()["ends_on"] == "2026-12-31"
    assert do(key, "freeze", ends_on="2026-11-27").json()["ends_on"] == "2027-01-10"
    assert do(key, "unfreeze").json()["ends_on"] == "2026-12-31"


def test_a_day_pass_is_of_days_and_cannot_be_frozen(
    owner: ApiClient, assign: Do, do: Do, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(
            session, gym=gym, kind="day_pass", duration_months=0, duration_days=2, price="15.00"
        )
        plan_id = plan.plan_id
    key = assign(plan_id=plan_id)
    assert read(owner, key)["paid_until"] == "2026-11-19"
    answer = do(key, "freeze", ends_on="2026-11-19")
    assert refused(answer, "freeze_limit_reached") == "This plan cannot be frozen."


def test_only_a_recurring_plan_renews_by_itself(
    owner: ApiClient, rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, kind="fixed_term", duration_months=3)
        body = {"member_id": rows.member.member_id, "plan_id": plan.plan_id}
    refused(owner.post(URL, json=body | {"renews_automatically": True}), "plan_ends_by_itself", 422)
    made = owner.post(URL, json=body)
    assert made.json()["renews_automatically"] is False


def test_a_pack_stands_beside_a_membership(
    owner: ApiClient, assign: Do, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        pack = create_plan(session, gym=gym, kind="pack", visits=10, duration_months=6)
        pack_id = pack.plan_id
    first, second = assign(), assign(plan_id=pack_id)
    assert read(owner, first)["state"] == read(owner, second)["state"] == "active"


def test_the_database_refuses_what_nobody_thought_of(
    rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    """Two memberships of a member on a day; a pack beside one is marked as such."""
    days: dict[str, Any] = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    with in_gym(gym.gym_id) as session:
        create_membership(session, gym=gym, member=rows.member, plan=rows.plan, **days)
        create_membership(
            session, gym=gym, member=rows.member, plan=rows.plan, may_overlap=True, **days
        )
        with pytest.raises(IntegrityError, match="ex_memberships_one_at_a_time"):
            create_membership(session, gym=gym, member=rows.member, plan=rows.plan, **days)
        session.rollback()


def test_a_trainer_reads_and_changes_no_membership(
    trainer: ApiClient, receptionist: ApiClient, assign: Do
) -> None:
    key = assign()
    assert trainer.get(f"{URL}/{key}").status_code == 403
    assert receptionist.get(f"{URL}/{key}").status_code == 200
    answer = receptionist.post(f"{URL}/{key}/freeze", json={"ends_on": "2026-11-30"})
    assert answer.status_code == 200


def test_another_gyms_membership_does_not_exist(
    other_owner: ApiClient, assign: Do, rows: SimpleNamespace
) -> None:
    key = assign()
    assert other_owner.get(f"{URL}/{key}").status_code == 404
    for move, body in (
        ("freeze", {"ends_on": "2026-11-30"}),
        ("unfreeze", {}),
        ("renew", {"term": 2}),
        ("cancel", {"reason": "other"}),
        ("withdraw-cancellation", {}),
        ("change-plan", {"plan_id": rows.plan.plan_id}),
    ):
        assert other_owner.post(f"{URL}/{key}/{move}", json=body).status_code == 404


def test_terms_cost_what_was_agreed_whatever_the_plan_costs_later(
    owner: ApiClient, assign: Do, do: Do, rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    key = assign()
    owner.patch(f"/api/v1/membership-plans/{rows.plan.plan_id}", json={"price": 45})
    assert read(owner, key)["next_price"] == 30.0
    do(key, "renew", term=2)
    with in_gym(gym.gym_id) as session:
        prices = session.query(MembershipTerm.price).filter_by(membership_id=key)
        assert [price for (price,) in prices] == [3000, 3000]
        assert session.get_one(Membership, key).yearly_price == 36_000
