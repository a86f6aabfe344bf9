"""A gym's money is counted in its own currency, from the price of a plan to every figure."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, create_engine, text

from core.money import DECIMALS, to_major, to_minor
from db.member_facts import write_freely
from db.models import Gym, Member, Payment
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_regular_visits,
    create_transaction,
    create_visits,
)
from tests.fixtures.api import NOON, ApiClient
from tests.fixtures.postgres import MigratedDatabase

ME = "/api/v1/organizations/me"
PLANS = "/api/v1/membership-plans"
MEMBERS = "/api/v1/members"
MEMBERSHIPS = "/api/v1/memberships"
OVERVIEW = "/api/v1/analytics/overview"
AT_RISK = "/api/v1/analytics/at-risk"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class Money(NamedTuple):
    currency: str
    price: float
    """Of seven months."""
    yearly: float
    paid: int
    """Minor units."""
    paid_shown: float
    too_fine: float
    nearest: str


MONIES = [
    Money("EUR", 349.99, 599.98, 4_999, 49.99, 0.125, "0.13"),
    Money("INR", 8_999.5, 15_427.71, 149_950, 1_499.5, 0.125, "0.13"),
    Money("JPY", 56_000, 96_000, 8_000, 8_000, 49.5, "50"),
    Money("VND", 4_500_001, 7_714_287, 650_000, 650_000, 0.5, "1"),
    Money("KWD", 126.125, 216.214, 18_125, 18.125, 0, ""),
]


@pytest.fixture(params=MONIES, ids=lambda money: money.currency)
def money(request: pytest.FixtureRequest, owner: ApiClient) -> Money:
    """The gym keeps its books in it."""
    money: Money = request.param
    assert owner.patch(ME, json={"currency": money.currency.lower()}).status_code == 200
    return money


@pytest.fixture(scope="module")
def analyst(api_database: MigratedDatabase) -> Iterator[Engine]:
    engine = create_engine(api_database.analyst_url)
    yield engine
    engine.dispose()


def add_plan(owner: ApiClient, money: Money) -> dict[str, Any]:
    plan = {"name": "Seven", "duration_months": 7, "price": money.price}
    answer = owner.post(PLANS, json=plan)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_price_is_kept_as_it_was_sent(owner: ApiClient, money: Money) -> None:
    plan = add_plan(owner, money)
    assert plan["price"] == money.price
    assert owner.get(f"{PLANS}/{plan['plan_id']}").json()["price"] == money.price


def test_a_price_that_cannot_be_paid_is_refused_with_the_nearest(
    owner: ApiClient, money: Money
) -> None:
    if not money.too_fine:
        pytest.skip("no request has more than three decimals")
    plan = add_plan(owner, money)
    body = {"name": "Fine", "duration_months": 1, "price": money.too_fine}
    for answer in (
        owner.post(PLANS, json=body),
        owner.patch(f"{PLANS}/{plan['plan_id']}", json={"price": money.too_fine}),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "price_too_fine"
        assert f"nearest amount is {money.nearest}." in answer.json()["errors"][0]["message"]
    assert len(owner.get(PLANS).json()["items"]) == 1


def test_a_year_of_membership_is_worth_the_same_on_every_page(
    owner: ApiClient, money: Money, gym: Gym, in_gym: InGym
) -> None:
    plan = add_plan(owner, money)
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, name="Dora Dear")
        create_regular_visits(
            session, gym=gym, member=member, last=NOON - timedelta(days=20), every_days=3, count=30
        )
        regular = create_member(session, gym=gym, name="Rita Regular")
        create_visits(session, gym=gym, member=regular, at=[NOON])
    body = {"member_id": member.member_id, "plan_id": plan["plan_id"], "starts_on": "2026-06-01"}
    assert owner.post(MEMBERSHIPS, json=body).json()["yearly_price"] == money.yearly
    detail = owner.get(f"{MEMBERS}/{member.member_id}").json()
    assert detail["yearly_value"] == money.yearly
    assert detail["memberships"][0]["yearly_price"] == money.yearly
    assert owner.get(MEMBERS).json()["items"][0]["yearly_value"] == money.yearly
    at_risk = owner.get(AT_RISK).json()
    assert [item["yearly_value"] for item in at_risk["items"]] == [money.yearly]
    assert (at_risk["yearly_value"], at_risk["currency"]) == (money.yearly, money.currency)
    assert owner.get(OVERVIEW).json()["at_risk_yearly_value"] == money.yearly


@pytest.mark.parametrize(
    ("currency", "price", "third", "term", "year"),
    [
        ("JPY", 8_001, -2_640, 5_361, 64_332),
        ("EUR", 39.99, -13.2, 26.79, 321.48),
        ("KWD", 18.125, -5.981, 12.144, 145.728),
    ],
)
def test_from_the_price_of_a_plan_to_the_payment_it_is_the_same_money(
    owner: ApiClient,
    gym: Gym,
    in_gym: InGym,
    currency: str,
    price: float,
    third: float,
    term: float,
    year: float,
) -> None:
    """A third off for the second of a household: quoted, sold, renewed, paid and shown."""
    assert owner.patch(ME, json={"currency": currency}).status_code == 200
    body = {"name": "Month", "duration_months": 1, "price": price}
    plan_id = owner.post(PLANS, json=body).json()["plan_id"]
    rule = {"name": "Family", "percent_off": 33, "further_only": True}
    assert owner.post(f"{PLANS}/{plan_id}/price-rules", json=rule).status_code == 201
    ana, rui = (owner.post(MEMBERS, json={"name": n}).json()["member_id"] for n in ("Ana", "Rui"))
    household = owner.post("/api/v1/households", json={"payer_id": ana, "member_ids": [rui]}).json()
    sales = [
        owner.post(MEMBERSHIPS, json={"member_id": one, "plan_id": plan_id}).json()
        for one in (ana,)
    ]
    quote = owner.get(f"{PLANS}/{plan_id}/quote", params={"member_id": rui}).json()
    assert [step["amount"] for step in quote["steps"]] == [price, third]
    sales.append(owner.post(MEMBERSHIPS, json={"member_id": rui, "plan_id": plan_id}).json())
    assert [one["terms"][0]["price"] for one in sales] == [price, quote["price"]] == [price, term]
    assert sales[1]["yearly_price"] == year
    key = sales[1]["membership_id"]
    renewed = owner.post(f"{MEMBERSHIPS}/{key}/renew", json={"term": 2}).json()
    assert renewed["terms"][0]["price"] == term
    owed = to_minor(Decimal(str(term)), currency)
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        payment = Payment(
            gym_id=gym.gym_id, member_id=ana, membership_id=key, amount=owed, currency=currency,
            state="paid", due_on=NOON.date(),
        )  # fmt: skip
        session.add(payment)
        session.flush()
        create_transaction(
            session, gym=gym, member=session.get_one(Member, ana), at=NOON, amount=owed,
            currency=currency, payment_id=payment.payment_id,
        )  # fmt: skip
    [paid] = owner.get(f"{MEMBERS}/{ana}/payments").json()["items"]
    assert (paid["amount"], paid["currency"], paid["for_name"]) == (term, currency, "Rui")
    assert owner.get(f"{MEMBERS}/{ana}").json()["spend"] == term
    people = owner.get(f"/api/v1/households/{household['household_id']}").json()["people"]
    assert [person["paid"] for person in people] == [0, term]


def test_what_was_paid_is_counted_alike_in_figures_and_reporting_views(
    owner: ApiClient, money: Money, gym: Gym, in_gym: InGym, analyst: Engine
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_transaction(
            session,
            gym=gym,
            member=member,
            at=NOON - timedelta(days=3),
            amount=money.paid,
            currency=money.currency,
        )
    assert owner.get(OVERVIEW).json()["revenue_30_days"] == money.paid_shown
    assert owner.get(f"{MEMBERS}/{member.member_id}").json()["spend"] == money.paid_shown
    shown = str(to_major(money.paid, money.currency))
    with analyst.connect() as connection:
        for column, view in (
            ("spend", "members"),
            ("amount", "transactions"),
            ("revenue", "months where money_in > 0 and gym_id"),
        ):
            condition = view if "where" in view else f"{view} where gym_id"
            found = connection.scalars(
                text(f"select {column}::text from reporting.{condition} = :gym_id"),
                {"gym_id": gym.gym_id},
            ).all()
            assert found == [shown], view


def test_the_database_counts_each_currency_as_the_code_does(analyst: Engine) -> None:
    with analyst.connect() as connection:
        for currency, decimals in DECIMALS.items():
            row = connection.execute(
                text(
                    "select currency_decimals(:code), major_units(12345, :code)::text,"
                    " minor_units(0.0005, :code), minor_units(7.125, :code)"
                ),
                {"code": currency},
            ).one()
            assert tuple(row) == (
                decimals,
                str(to_major(12345, currency)),
                to_minor(Decimal("0.0005"), currency),
                to_minor(Decimal("7.125"), currency),
            ), currency


@pytest.mark.parametrize(
    ("currency", "price", "yearly"),
    [("JPY", 350, 600), ("KWD", 349.99, 599.98), ("USD", 349.99, 599.98)],
)
def test_another_currency_before_the_first_payment_keeps_the_figures(
    owner: ApiClient, gym: Gym, in_gym: InGym, currency: str, price: float, yearly: float
) -> None:
    """600 euros a year do not become 60,000 yen, nor 60 dinars."""
    plan = add_plan(owner, MONIES[0])
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
    body = {"member_id": member.member_id, "plan_id": plan["plan_id"], "starts_on": "2026-11-01"}
    assert owner.post(MEMBERSHIPS, json=body).json()["yearly_price"] == 599.98
    assert owner.patch(ME, json={"currency": currency}).status_code == 200
    assert owner.get(f"{PLANS}/{plan['plan_id']}").json()["price"] == price
    detail = owner.get(f"{MEMBERS}/{member.member_id}").json()
    assert detail["memberships"][0]["yearly_price"] == yearly
    assert detail["yearly_value"] == yearly


@pytest.mark.parametrize("currency", ["JPY", "KRW", "CLP", "VND", "KWD", "BHD", "inr"])
def test_a_gym_signs_up_with_any_currency_of_the_list(client: ApiClient, currency: str) -> None:
    account = {
        "name": "Far Gym",
        "username": f"far-{currency.lower()}",
        "email": f"far-{currency.lower()}@example.com",
        "password": "correct horse battery staple",
        "currency": currency,
    }
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
