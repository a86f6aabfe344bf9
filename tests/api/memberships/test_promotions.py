"""A code makes the first terms cheaper: for whom it is, while it lasts, each member once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Gym, PromotionUse
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient, Clock

PROMOTIONS, PLANS = "/api/v1/promotions", "/api/v1/membership-plans"
URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class Desk:
    """Sells a plan of 40 a month."""

    def __init__(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        self.owner, self.gym, self.in_gym = owner, gym, in_gym
        self.plan_id = self.add_plan()
        self.member_id = self.add_member()

    def add_plan(self, **over: Any) -> int:
        values: dict[str, Any] = {"duration_months": 1, "price": "40.00"}
        with self.in_gym(self.gym.gym_id) as session:
            return create_plan(session, gym=self.gym, **values | over).plan_id

    def add_member(self) -> int:
        with self.in_gym(self.gym.gym_id) as session:
            return create_member(session, gym=self.gym).member_id

    def promote(self, **over: Any) -> Any:
        body = {"code": "SPRING", "name": "Spring", "percent_off": 50} | over
        answer = self.owner.post(PROMOTIONS, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def quote(self, **over: Any) -> Any:
        asked = {"member_id": self.member_id, "code": "SPRING"} | over
        plan_id = asked.pop("plan_id", self.plan_id)
        return self.owner.get(f"{PLANS}/{plan_id}/quote", params=asked)

    def sell(self, **over: Any) -> Any:
        body = {"member_id": self.member_id, "plan_id": self.plan_id, "code": "SPRING"}
        return self.owner.post(URL, json=body | over)

    def refusal(self, **over: Any) -> tuple[str, str]:
        """What quote and sale say alike."""
        said = [answer(**over).json() for answer in (self.quote, self.sell)]
        assert said[0]["code"] == said[1]["code"]
        assert said[0]["detail"] == said[1]["detail"]
        return said[0]["code"], said[0]["detail"]


@pytest.fixture
def desk(owner: ApiClient, gym: Gym, in_gym: InGym) -> Desk:
    return Desk(owner, gym, in_gym)


def test_the_sale_charges_what_the_quote_said_and_later_terms_cost_the_plans_price(
    desk: Desk,
) -> None:
    desk.promote(terms=2)
    quote = desk.quote().json()
    assert [(step["kind"], step["amount"]) for step in quote["steps"]] == [
        ("plan", 40), ("promotion", -20),
    ]  # fmt: skip
    assert quote["steps"][1]["text"] == "Spring (SPRING)"
    assert (quote["price"], quote["first_terms"], quote["later_price"]) == (20, 2, 40)
    sold = desk.sell(code=" spring ").json()
    for term in (2, 3):
        sold = desk.owner.post(f"{URL}/{sold['membership_id']}/renew", json={"term": term}).json()
    assert [term["price"] for term in reversed(sold["terms"])] == [20, 20, 40]
    assert sold["yearly_price"] == 480
    assert sold["history"][-1]["details"] == {
        "price": 20,
        "first_terms": 2,
        "steps": [
            {"kind": "plan", "name": sold["plan_name"], "amount": 40},
            {"kind": "promotion", "name": "SPRING", "amount": -20},
        ],
    }


def test_without_a_code_a_plan_costs_its_price(desk: Desk) -> None:
    desk.promote()
    quote = desk.owner.get(f"{PLANS}/{desk.plan_id}/quote?member_id={desk.member_id}").json()
    assert (quote["price"], quote["first_terms"], quote["later_price"]) == (40, None, 40)
    assert [term["price"] for term in desk.sell(code=None).json()["terms"]] == [40]


def test_more_off_than_there_is_leaves_nothing_to_pay(desk: Desk) -> None:
    desk.promote(percent_off=None, amount_off=45)
    assert desk.quote().json()["price"] == 0
    assert desk.sell().json()["terms"][0]["price"] == 0


def test_what_was_used_and_taken_off_is_kept(desk: Desk, gym: Gym, in_gym: InGym) -> None:
    promotion = desk.promote()
    sold = desk.sell().json()
    with in_gym(gym.gym_id) as session:
        use = session.scalars(select(PromotionUse).where(PromotionUse.in_gym(gym.gym_id))).one()
        assert (use.member_id, use.membership_id) == (desk.member_id, sold["membership_id"])
        assert use.taken_off == 2000
    url = f"{PROMOTIONS}/{promotion['promotion_id']}"
    assert desk.owner.get(url).json()["uses"] == 1
    refused = desk.owner.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion_used")


def test_fifty_at_once_on_ten_uses_get_exactly_ten(desk: Desk) -> None:
    """Of several plans, since those who ask for one plan wait for each other in any case."""
    promotion = desk.promote(max_uses=10)
    plans = [desk.add_plan() for _ in range(10)]
    with desk.in_gym(desk.gym.gym_id) as session:
        members = [create_member(session, gym=desk.gym).member_id for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda key: desk.sell(member_id=key, plan_id=plans[key % len(plans)]), members)
        )
    said = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert said == {(201, None): 10, (409, "code_not_usable"): 40}
    url = f"{PROMOTIONS}/{promotion['promotion_id']}"
    assert desk.owner.get(url).json()["uses"] == 10
    assert desk.refusal()[1].startswith("'SPRING' was for 10 members")


def test_each_member_uses_a_code_once(desk: Desk) -> None:
    desk.promote()
    sold = desk.sell(renews_automatically=False).json()
    assert desk.sell(starts_on="2027-06-01").status_code == 409
    assert desk.refusal(starts_on="2027-06-01")[1] == (
        "This member has used 'SPRING' before; each member can once."
    )
    assert sold["terms"][0]["price"] == 20


def test_a_code_for_new_members_is_for_who_never_had_a_membership(desk: Desk) -> None:
    desk.promote(new_members_only=True)
    desk.sell(code=None, starts_on="2025-01-01", ends_on="2025-02-01")
    code, said = desk.refusal()
    assert (code, "for new members" in said) == ("code_not_usable", True)
    assert desk.sell(member_id=desk.add_member()).status_code == 201


def test_a_code_for_some_plans_names_them_to_who_asks_for_another(desk: Desk) -> None:
    desk.promote(plan_ids=[desk.add_plan(name="Gold"), desk.add_plan(name="Basic")])
    assert desk.refusal() == (
        "code_not_usable",
        "'SPRING' is not for this plan but for: Basic, Gold. Sell one of these, or without it.",
    )


def test_a_code_counts_from_its_first_day_to_its_last(desk: Desk, clock: Clock) -> None:
    desk.promote(valid_from="2026-11-20", valid_until="2026-11-21")
    assert "counts from 20 November 2026 on" in desk.refusal()[1]
    clock.advance(days=2)
    assert desk.quote().status_code == 200
    clock.advance(days=1)
    assert desk.quote().status_code == 200
    clock.advance(days=1)
    assert "counted until 21 November 2026" in desk.refusal()[1]


def test_a_code_that_nobody_made_or_that_is_retired_is_refused(desk: Desk) -> None:
    assert desk.refusal(code="SUMMER")[0] == "code_unknown"
    promotion = desk.promote()
    url = f"{PROMOTIONS}/{promotion['promotion_id']}"
    assert desk.owner.patch(url, json={"is_active": False}).status_code == 200
    assert "is over" in desk.refusal()[1]


def test_a_code_needs_the_terms_of_a_plan(desk: Desk) -> None:
    desk.promote()
    refused = desk.sell(ends_on="2027-01-31")
    assert (refused.status_code, refused.json()["code"]) == (409, "code_not_usable")


def test_what_is_refused_uses_nothing_up(desk: Desk) -> None:
    promotion = desk.promote(max_uses=1)
    desk.sell(code=None)
    assert desk.sell().json()["code"] == "already_covered"
    url = f"{PROMOTIONS}/{promotion['promotion_id']}"
    assert desk.owner.get(url).json()["uses"] == 0


def test_who_is_moved_keeps_the_promotion_until_it_is_over(desk: Desk) -> None:
    desk.promote(terms=2)
    key = desk.sell().json()["membership_id"]
    desk.owner.patch(f"{PLANS}/{desk.plan_id}", json={"price": 50})
    desk.owner.post(f"{PLANS}/{desk.plan_id}/price-moves", json={})
    for term in (2, 3):
        sold = desk.owner.post(f"{URL}/{key}/renew", json={"term": term}).json()
    assert [term["price"] for term in reversed(sold["terms"])] == [20, 20, 50]


def test_who_is_moved_and_let_off_pays_after_the_promotion_what_was_agreed(desk: Desk) -> None:
    desk.promote()
    key = desk.sell().json()["membership_id"]
    desk.owner.patch(f"{PLANS}/{desk.plan_id}", json={"price": 50})
    moves = f"{PLANS}/{desk.plan_id}/price-moves"
    desk.owner.post(moves, json={})
    assert desk.owner.get(f"{URL}/{key}").json()["next_price"] == 50
    desk.owner.post(f"{moves}/withdraw", json={})
    assert desk.owner.get(f"{URL}/{key}").json()["next_price"] == 40


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"percent_off": None}, "percent_off"),
        ({"amount_off": 5}, "percent_off"),
        ({"percent_off": None, "amount_off": 0}, "amount_off"),
        ({"percent_off": None, "amount_off": 1.005}, "amount_off"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "valid_until"),
    ],
)
def test_a_promotion_that_contradicts_itself_is_refused_with_its_field(
    desk: Desk, fields: dict[str, Any], field: str
) -> None:
    body = {"code": "SPRING", "name": "Spring", "percent_off": 50} | fields
    refused = desk.owner.post(PROMOTIONS, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


def test_a_code_is_taken_however_it_is_written(desk: Desk) -> None:
    desk.promote(code="Março")
    refused = desk.owner.post(
        PROMOTIONS, json={"code": "MARCO", "name": "Again", "percent_off": 10}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "code_taken")


def test_a_promotion_keeps_its_figure_in_another_currency(desk: Desk) -> None:
    desk.promote(percent_off=None, amount_off=10)
    changed = desk.owner.patch("/api/v1/organizations/me", json={"currency": "KWD"})
    assert changed.status_code == 200, changed.text
    assert desk.quote().json()["price"] == 30
