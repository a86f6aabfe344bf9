"""A sale costs what its quote has said, whoever joins with whatever code."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.models import Gym
from tests.api.memberships.test_promotions import Desk, InGym
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient

PLANS, URL = "/api/v1/membership-plans", "/api/v1/memberships"


@pytest.fixture
def desk(owner: ApiClient, gym: Gym, in_gym: InGym) -> Desk:
    return Desk(owner, gym, in_gym)


def add_rule(desk: Desk, **body: Any) -> Any:
    answer = desk.owner.post(f"{PLANS}/{desk.plan_id}/price-rules", json=body)
    return answer.json() if answer.status_code == 201 else answer.json()["code"]


def member_born(desk: Desk, day: str) -> int:
    with desk.in_gym(desk.gym.gym_id) as session:
        born = date.fromisoformat(day)
        return create_member(session, gym=desk.gym, birth_date=born).member_id


@pytest.mark.parametrize(
    ("currency", "price", "amount_off", "steps"),
    [
        ("JPY", "8001", 500, [8001, -2640, -500]),
        ("KWD", "18.125", 1.005, [18.125, -5.981, -1.005]),
        ("INR", "1499.50", 99.99, [1499.5, -494.83, -99.99]),
    ],
)
def test_d_ff_18_the_steps_of_a_price_add_up_in_every_currency(
    desk: Desk, currency: str, price: str, amount_off: float, steps: list[float]
) -> None:
    """A third off, halves up, and a code on top, in yen, dinars and rupees."""
    desk.owner.patch("/api/v1/organizations/me", json={"currency": currency})
    desk.plan_id = desk.add_plan(price=price)
    add_rule(desk, name="Students", percent_off=33, max_age=25, combines=True)
    desk.promote(percent_off=None, amount_off=amount_off)
    desk.member_id = member_born(desk, "2006-05-05")
    quote = desk.quote().json()
    amounts = [Decimal(str(step["amount"])) for step in quote["steps"]]
    assert amounts == [Decimal(str(step)) for step in steps]
    assert sum(amounts) == Decimal(str(quote["price"]))
    assert desk.sell().json()["terms"][0]["price"] == quote["price"]


@pytest.mark.parametrize(
    ("born", "rules", "code", "first", "later"),
    [
        ("2006-05-05", [{"percent_off": 20, "max_age": 25}], None, 32, 32),
        ("1990-05-05", [{"percent_off": 20, "max_age": 25}], None, 40, 40),
        (None, [{"percent_off": 20, "max_age": 25}], None, 40, 40),
        ("2006-05-05", [{"percent_off": 20, "max_age": 25}], "SPRING", 20, 32),
        ("2006-05-05", [{"price": 30, "max_age": 25, "combines": True}], "SPRING", 15, 30),
        ("2006-05-05", [{"price": 30, "max_age": 25}, {"price": 25, "min_age": 18}], None, 25, 25),
        ("2006-05-05", [{"price": 45, "max_age": 25}], None, 40, 40),
        (None, [{"price": 30, "joins_from": "2026-11-01", "joins_until": "2026-11-30"}], None, 30,
         30),
        (None, [{"price": 30, "joins_from": "2026-12-01"}], None, 40, 40),
    ],
)  # fmt: skip
def test_the_sale_is_the_quote(
    desk: Desk,
    born: str | None,
    rules: list[dict[str, Any]],
    code: str | None,
    first: float,
    later: float,
) -> None:
    for rule in rules:
        add_rule(desk, name="Rule", **rule)
    desk.promote(terms=1)
    if born:
        desk.member_id = member_born(desk, born)
    asked = {"code": code} if code else {}
    url = f"{PLANS}/{desk.plan_id}/quote"
    quote = desk.owner.get(url, params={"member_id": desk.member_id, **asked}).json()
    sold = desk.sell(code=code).json()
    key = sold["membership_id"]
    sold = desk.owner.post(f"{URL}/{key}/renew", json={"term": 2}).json()
    prices = [term["price"] for term in reversed(sold["terms"])]
    assert prices == [quote["price"], quote["later_price"]] == [first, later]
    assert sold["yearly_price"] == later * 12


def test_the_age_is_that_of_the_first_day(desk: Desk) -> None:
    add_rule(desk, name="Under 26", price=30, max_age=25)
    desk.member_id = member_born(desk, "2000-12-24")
    url = f"{PLANS}/{desk.plan_id}/quote?member_id={desk.member_id}&starts_on="
    prices = [desk.owner.get(url + day).json()["price"] for day in ("2026-12-23", "2026-12-24")]
    assert prices == [30, 40]


def test_a_code_that_makes_it_no_cheaper_is_kept_for_another_time(desk: Desk) -> None:
    add_rule(desk, name="Under 26", percent_off=60, max_age=25)
    promotion = desk.promote(percent_off=50)
    desk.member_id = member_born(desk, "2006-05-05")
    assert desk.refusal() == (
        "code_not_usable",
        "'SPRING' makes it no cheaper for this member. Sell without it.",
    )
    uses = desk.owner.get(f"/api/v1/promotions/{promotion['promotion_id']}").json()["uses"]
    assert uses == 0


def test_a_rule_that_is_deleted_leaves_the_price_of_who_joined_by_it(desk: Desk) -> None:
    rule = add_rule(desk, name="Under 26", price=30, max_age=25)
    desk.member_id = member_born(desk, "2006-05-05")
    key = desk.sell(code=None).json()["membership_id"]
    url = f"{PLANS}/{desk.plan_id}/price-rules/{rule['rule_id']}"
    assert desk.owner.delete(url).status_code == 204
    assert desk.owner.get(f"{URL}/{key}").json()["next_price"] == 30


def test_a_change_of_plan_costs_what_its_preview_says(desk: Desk, gym: Gym, in_gym: InGym) -> None:
    desk.member_id = member_born(desk, "2006-05-05")
    with in_gym(gym.gym_id) as session:
        before = create_plan(session, gym=gym, duration_months=1, price="10.00").plan_id
    key = desk.sell(plan_id=before, code=None, starts_on="2026-11-01").json()["membership_id"]
    add_rule(desk, name="Under 26", price=30, max_age=25)
    url = f"{URL}/{key}/change-plan"
    assert desk.owner.get(f"{url}?plan_id={desk.plan_id}").json()["price"] == 30
    changed = desk.owner.post(url, json={"plan_id": desk.plan_id}).json()
    assert changed["terms"][0]["price"] == 30


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"percent_off": 20}, "price_rule_contradicts_itself"),
        ({"max_age": 25}, "price_rule_contradicts_itself"),
        ({"percent_off": 20, "price": 3, "max_age": 25}, "price_rule_contradicts_itself"),
        ({"percent_off": 20, "min_age": 26, "max_age": 25}, "price_rule_contradicts_itself"),
        ({"percent_off": 20, "joins_from": "2026-12-02", "joins_until": "2026-12-01"},
         "price_rule_contradicts_itself"),
        ({"price": 3.005, "max_age": 25}, "price_too_fine"),
    ],
)  # fmt: skip
def test_a_rule_that_contradicts_itself_is_refused(
    desk: Desk, body: dict[str, Any], code: str
) -> None:
    assert add_rule(desk, name="Rule", **body) == code
