"""A sale costs what its quote has said, whoever joins with whatever code."""

from concurrent.futures import ThreadPoolExecutor
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


def family_of(desk: Desk, *names: str) -> list[int]:
    """The first pays."""
    with desk.in_gym(desk.gym.gym_id) as session:
        ids = [create_member(session, gym=desk.gym, name=name).member_id for name in names]
    body = {"payer_id": ids[0], "member_ids": ids[1:]}
    assert desk.owner.post("/api/v1/households", json=body).status_code == 201
    return ids


def quote_and_sale(desk: Desk, member_id: int, **over: Any) -> tuple[float, float]:
    desk.member_id = member_id
    asked = {"member_id": member_id, **over}
    quote = desk.owner.get(f"{PLANS}/{desk.plan_id}/quote", params=asked).json()
    return quote["price"], desk.sell(code=None, **over).json()["terms"][-1]["price"]


def test_the_second_of_a_household_pays_less(desk: Desk) -> None:
    add_rule(desk, name="Family", percent_off=25, further_only=True)
    ana, rui, bia = family_of(desk, "Ana", "Rui", "Bia")
    alone = desk.member_id
    prices = [quote_and_sale(desk, one) for one in (ana, rui, bia, alone)]
    assert prices == [(40, 40), (30, 30), (30, 30), (40, 40)]


def test_who_pays_for_others_need_not_train(desk: Desk) -> None:
    add_rule(desk, name="Family", price=30, further_only=True)
    _, rui, bia = family_of(desk, "Ana", "Rui", "Bia")
    assert [quote_and_sale(desk, one) for one in (rui, bia)] == [(40, 40), (30, 30)]


def test_a_membership_counts_on_its_days_and_if_it_costs_something(desk: Desk) -> None:
    """Ana trains free of charge, Rui until 24 November."""
    add_rule(desk, name="Family", price=30, further_only=True)
    ana, rui, bia, leo = family_of(desk, "Ana", "Rui", "Bia", "Leo")
    desk.member_id = ana
    free = desk.add_plan(price="0")
    assert desk.sell(plan_id=free, code=None).status_code == 201
    assert quote_and_sale(desk, rui, starts_on="2026-10-25") == (40, 40)
    assert quote_and_sale(desk, bia, starts_on="2026-11-25") == (40, 40)
    assert quote_and_sale(desk, leo, starts_on="2026-11-24") == (30, 30)


def test_a_change_of_plan_makes_nobody_the_second(desk: Desk) -> None:
    add_rule(desk, name="Family", price=30, further_only=True)
    ana, rui = family_of(desk, "Ana", "Rui")
    first, second = (
        desk.owner.post(
            URL, json={"member_id": one, "plan_id": desk.plan_id, "starts_on": "2026-11-01"}
        ).json()["membership_id"]
        for one in (ana, rui)
    )
    desk.plan_id = desk.add_plan()
    add_rule(desk, name="Family", price=30, further_only=True)
    prices = []
    for membership_id in (first, second):
        change = f"{URL}/{membership_id}/change-plan"
        asked = {"plan_id": desk.plan_id}
        previewed = desk.owner.get(change, params=asked).json()["price"]
        changed = desk.owner.post(change, json=asked).json()
        prices.append((previewed, changed["terms"][-1]["price"]))
    assert prices == [(40, 40), (30, 30)]


def test_of_two_who_are_sold_one_at_once_one_is_the_first(desk: Desk) -> None:
    """Of different plans, because the sales of one wait for each other anyway."""
    plans = []
    for _ in range(4):
        desk.plan_id = desk.add_plan()
        add_rule(desk, name="Family", price=30, further_only=True)
        plans.append(desk.plan_id)

    def buy(member_id: int, plan_id: int) -> float:
        body = {"member_id": member_id, "plan_id": plan_id}
        price: float = desk.owner.post(URL, json=body).json()["terms"][0]["price"]
        return price

    for _ in range(3):
        family = family_of(desk, "Ana", "Rui", "Bia", "Leo")
        with ThreadPoolExecutor(4) as desks:
            assert sorted(desks.map(buy, family, plans)) == [30, 30, 30, 40]


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
