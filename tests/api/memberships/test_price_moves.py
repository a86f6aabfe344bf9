"""Members keep the price of their terms, until they are moved to what their plan costs now."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import sessionmaker

from db.models import Gym
from db.queue.catalogue import JOBS, RENEWALS, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient, Clock

PLANS, URL = "/api/v1/membership-plans", "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class Sold:
    """A plan that renews by itself, at 40 a month when its members joined, and at 50 since."""

    def __init__(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        self.owner, self.gym, self.in_gym = owner, gym, in_gym
        with in_gym(gym.gym_id) as session:
            self.plan_id = create_plan(
                session, gym=gym, duration_months=1, price="40.00", renews_automatically=True
            ).plan_id
        self.url = f"{PLANS}/{self.plan_id}/price-moves"

    def join(self, **over: Any) -> int:
        with self.in_gym(self.gym.gym_id) as session:
            member_id = create_member(session, gym=self.gym).member_id
        body = {"member_id": member_id, "plan_id": self.plan_id} | over
        key: int = self.owner.post(URL, json=body).json()["membership_id"]
        return key

    def cost(self, price: float) -> None:
        self.owner.patch(f"{PLANS}/{self.plan_id}", json={"price": price})

    def move(self, **body: Any) -> Any:
        answer = self.owner.post(self.url, json=body)
        return answer.json() if answer.status_code == 200 else answer.json()["code"]

    def keep(self, **body: Any) -> Any:
        return self.owner.post(f"{self.url}/withdraw", json=body).json()

    def read(self, membership_id: int) -> Any:
        return self.owner.get(f"{URL}/{membership_id}").json()

    def events(self, membership_id: int) -> list[str]:
        return [event["kind"] for event in self.read(membership_id)["history"]]


@pytest.fixture
def sold(owner: ApiClient, gym: Gym, in_gym: InGym) -> Sold:
    return Sold(owner, gym, in_gym)


@pytest.fixture
def renew(gym: Gym, app_sessions: sessionmaker[GymSession], clock: Clock) -> Callable[[str], None]:
    """The job `renewals` of a day, on which it is noon from then on."""

    def run(day: str) -> None:
        clock.now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        with session_scope(app_sessions, GymId(gym.gym_id)) as session:
            job_id = add_job(session, GymId(gym.gym_id), RENEWALS, day)
        assert job_id is not None
        handlers = load_handlers(JOBS, settings=None)
        process_job(app_sessions, handlers, GymId(gym.gym_id), job_id, now=clock.now)

    return run


def prices(one: Any) -> list[float]:
    return [term["price"] for term in reversed(one["terms"])]


def test_who_is_not_moved_goes_on_paying_what_was_agreed(
    sold: Sold, renew: Callable[[str], None]
) -> None:
    key = sold.join()
    sold.cost(50)
    renew("2027-01-20")
    assert prices(sold.read(key)) == [40, 40, 40]


def test_who_is_moved_pays_the_new_price_from_the_next_term_on(
    sold: Sold, renew: Callable[[str], None]
) -> None:
    key, other = sold.join(), sold.join()
    sold.cost(50)
    assert sold.move(membership_ids=[key]) == {"changed": 1, "unchanged": 0}
    assert (sold.read(key)["next_price"], sold.read(key)["yearly_price"]) == (50, 480)
    renew("2027-01-20")
    one = sold.read(key)
    assert (prices(one), one["yearly_price"]) == ([40, 50, 50], 600)
    assert prices(sold.read(other)) == [40, 40, 40]


def test_a_renewal_by_hand_costs_what_was_agreed(sold: Sold) -> None:
    key = sold.join(renews_automatically=False)
    sold.cost(50)
    sold.move()
    renewed = sold.owner.post(f"{URL}/{key}/renew", json={"term": 2}).json()
    assert (prices(renewed), renewed["yearly_price"]) == ([40, 50], 600)


def test_a_term_that_came_due_before_keeps_its_price_although_no_job_was_there(
    sold: Sold, renew: Callable[[str], None], clock: Clock
) -> None:
    key = sold.join()
    sold.cost(50)
    clock.advance(days=31)  # the second term has begun, and nobody has written it
    sold.move()
    renew("2027-01-20")
    assert prices(sold.read(key)) == [40, 40, 50]


def test_a_move_for_a_later_day_waits_for_the_first_term_from_then_on(
    sold: Sold, renew: Callable[[str], None]
) -> None:
    key = sold.join()
    sold.owner.post(f"{PLANS}/{sold.plan_id}/prices", json={"starts_on": "2027-01-01", "price": 55})
    assert sold.move(starts_on="2027-01-01")["changed"] == 1
    assert sold.read(key)["next_price"] == 40
    renew("2027-01-20")
    assert prices(sold.read(key)) == [40, 40, 55]


def test_asking_twice_moves_once_and_tells_it_once(sold: Sold) -> None:
    key = sold.join()
    sold.cost(50)
    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(lambda _: sold.move()["changed"], range(4)))
    assert sorted(changed) == [0, 0, 0, 1]
    assert sold.events(key) == ["price_moved", "assigned"]
    [event, _] = sold.read(key)["history"]
    assert event["details"] == {
        "price": 50, "price_before": 40, "term": 2, "starts_on": "2026-12-18",
    }  # fmt: skip


def test_until_it_takes_effect_a_move_is_taken_back(
    sold: Sold, renew: Callable[[str], None]
) -> None:
    key, other = sold.join(), sold.join()
    sold.cost(50)
    sold.move()
    assert sold.keep(membership_ids=[key]) == {"changed": 1, "unchanged": 0}
    assert sold.keep(membership_ids=[key]) == {"changed": 0, "unchanged": 1}
    assert sold.events(key) == ["price_kept", "price_moved", "assigned"]
    renew("2026-12-18")
    assert (prices(sold.read(key)), prices(sold.read(other))) == ([40, 40], [40, 50])
    assert sold.keep() == {"changed": 0, "unchanged": 2}


def test_a_move_that_has_not_taken_effect_gives_way_to_the_next_one(
    sold: Sold, renew: Callable[[str], None]
) -> None:
    key = sold.join()
    for price in (50, 45):
        sold.cost(price)
        sold.move()
    renew("2026-12-18")
    assert prices(sold.read(key)) == [40, 45]


def test_the_preview_says_who_pays_what_from_when_and_who_stays(sold: Sold, clock: Clock) -> None:
    first = sold.join()
    sold.cost(42)
    clock.advance(days=2)
    second = sold.join()
    ends = sold.join()
    sold.owner.post(f"{URL}/{ends}/cancel", json={"reason": "moving"})
    stated = sold.join(ends_on="2027-06-30")
    sold.cost(50)
    newest = sold.join()
    read = sold.owner.get(sold.url).json()
    assert (read["price"], read["members"], read["to_come"]) == (50, 2, [])
    assert read["groups"] == [
        {"price_before": 40, "price": 50, "members": 1, "first_day": "2026-12-18",
         "last_day": "2026-12-18"},
        {"price_before": 42, "price": 50, "members": 1, "first_day": "2026-12-20",
         "last_day": "2026-12-20"},
    ]  # fmt: skip
    assert {one["membership_id"] for one in read["listed"]} == {first, second}
    assert read["staying"] == [
        {"because": "pays_it", "members": 1},
        {"because": "ends", "members": 1},
        {"because": "no_terms", "members": 1},
    ]
    assert sold.move() == {"changed": 2, "unchanged": 3}
    after = sold.owner.get(sold.url).json()
    assert (after["members"], after["to_come"]) == (0, read["groups"])
    for key in (ends, stated, newest):
        assert "price_moved" not in sold.events(key)


def test_terms_of_another_length_than_the_plans_are_not_priced_like_them(sold: Sold) -> None:
    key = sold.join()
    sold.owner.patch(f"{PLANS}/{sold.plan_id}", json={"duration_months": 12, "price": 400})
    assert sold.move() == {"changed": 0, "unchanged": 1}
    assert sold.read(key)["next_price"] == 40


@pytest.mark.parametrize("day", ["2026-11-17", "2027-11-20"])
def test_a_day_that_is_past_or_too_far_away_is_refused(sold: Sold, day: str) -> None:
    assert sold.move(starts_on=day) == "move_day_out_of_reach"


def test_a_membership_on_another_plan_is_not_found_and_nobody_is_moved(sold: Sold) -> None:
    key = sold.join()
    sold.cost(50)
    other = Sold(sold.owner, sold.gym, sold.in_gym).join()
    assert sold.move(membership_ids=[key, other]) == "not_on_plan"
    assert sold.events(key) == ["assigned"]


def test_a_change_of_plan_counts_the_price_that_was_agreed(sold: Sold, clock: Clock) -> None:
    """The second term was paid at 50 and is not used at all."""
    key = sold.join()
    sold.cost(50)
    sold.move()
    clock.advance(days=30)
    other = Sold(sold.owner, sold.gym, sold.in_gym).plan_id
    preview = sold.owner.get(f"{URL}/{key}/change-plan?plan_id={other}").json()
    assert preview["credit"] == 50


def test_another_currency_keeps_the_figure_of_a_price_that_was_agreed(sold: Sold) -> None:
    key = sold.join()
    sold.cost(50)
    sold.move()
    changed = sold.owner.patch("/api/v1/organizations/me", json={"currency": "JPY"})
    assert changed.status_code == 200, changed.text
    assert sold.read(key)["next_price"] == 50
