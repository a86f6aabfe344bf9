"""Forecasts of gyms in the database: stored by each run, and never from what came later."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine, select, text

from core.clock import AsOf
from db.member_facts import write_freely
from db.models import Gym, Member, MembershipFreeze
from db.session import session_scope
from ds.data import read_dataset
from ds.evaluation import value
from ds.evaluation.value import OURS, PEER, RECENT, SEED, evaluate_gym, main
from ds.pipeline import run_gym
from ds.value.forecast import Forecasts, forecast_members
from ds.value.history import read_history
from etl.demo_gyms import BOUTIQUE, NEIGHBOURHOOD
from etl.seed import seed_gyms
from etl.settings import SeedSettings
from tests.ds.transactions import Computed, Look
from tests.ds.world import DAY, NOW, World, day, fill_gym
from tests.fixtures.postgres import MigratedDatabase, Server

FORECASTS = (
    "select customer_id, forecast_value, forecast_low, forecast_high, forecast_basis,"
    " forecast_stay, forecast_units, forecast_unit_value, clv_value, run_id"
    " from clv where gym_id = :gym_id order by 1"
)


def forecast(world: World, gym: Gym, on: date = DAY) -> Forecasts:
    with session_scope(world.factory) as session:
        dataset = read_dataset(
            session, gym, AsOf(datetime(on.year, on.month, on.day, 12, tzinfo=UTC), on, True)
        )
    assert dataset.history is not None
    return forecast_members(dataset.members, dataset.history, as_of=on, decimals=2)


def fill_with_contracts(world: World, gym: Gym) -> None:
    world.add_members(
        gym,
        [
            {
                "joined": 700 - 7 * number,
                "visits": tuple(range(number % 30, 600, 9 + number % 5)),
                "covered": (700 - 7 * number, None if number % 3 else 40 + number),
                "paid": (2500,) * (number % 13),
            }
            for number in range(60)
        ],
    )


def test_each_run_stores_what_every_member_is_expected_to_pay(world: World) -> None:
    gym = world.add_gym()
    contract = world.add_member(gym, visits=(2, 5), paid=(2500,), covered=(200, None))
    by_visit = world.add_member(gym, visits=(2, 5, 9), paid=(900,))
    for ago in (80, 60, 45, 20, 10):
        world.add_line(gym, by_visit, 900, date=day(ago))
    gone = world.add_member(gym, paid=(2500,), covered=(200, 50))
    unknown = world.add_member(gym, visits=(3,))
    assert run_gym(world.factory, gym, NOW).failure is None
    rows = {row[0]: row[1:] for row in world.query(FORECASTS, gym_id=gym.gym_id)}

    value, low, high, basis, stay, units, unit_value, clv, _ = rows[contract]
    assert (basis, unit_value, clv) == ("contract", Decimal("25.00"), Decimal("25.00"))
    assert value == round(Decimal(str(units)) * unit_value, 2)
    assert low < value < high
    assert 0.5 < stay < 0.9
    assert 9 < units < 12
    value, low, high, basis, stay, units, unit_value, _, _ = rows[by_visit]
    assert (basis, unit_value) == ("visits", Decimal("9.00"))
    assert value == round(Decimal(str(units)) * unit_value, 2)
    assert 5 < units < 30
    assert 0 < stay < 1
    assert rows[gone][:7] == (0, 0, 0, "contract", 0, 0, 0)
    assert rows[unknown][:7] == (None,) * 7

    assert run_gym(world.factory, gym, NOW).failure is None
    assert {row[0]: row[1:] for row in world.query(FORECASTS, gym_id=gym.gym_id)} == rows
    [(details,)] = world.query("select details from analytics_runs order by run_id limit 1")
    assert set(details["forecasts"]) == {"leaving", "orders", "paid_per_price"}


def test_nothing_after_the_day_is_read(world: World) -> None:
    """The future is appended to everything a forecast is made from, and no figure moves.

    One thing of it is seen: that a contract ends with its term, as agreed from the start.
    """
    gym = world.add_gym()
    fill_with_contracts(world, gym)
    fill_gym(world, gym, 24)
    on = day(30)
    world.query("update transactions set date = date - 60 where gym_id = :g", g=gym.gym_id)
    before = forecast(world, gym, on)
    members = before.members["member_id"].tolist()
    assert before.members["forecast_basis"].value_counts().min() > 15

    world.query(
        "insert into attendance (gym_id, customer_id, check_in)"
        " select gym_id, customer_id, :soon from customers where gym_id = :g",
        g=gym.gym_id, soon=datetime.combine(day(25), time(18), UTC),
    )  # fmt: skip
    payer = members[-4]
    world.add_line(gym, payer, 90_000, date=day(3))
    [(line,)] = world.query(
        "select min(transaction_id) from transactions where customer_id = :m", m=payer
    )
    world.add_line(gym, payer, -3000, date=day(2), kind="reversal", reverses_id=line)
    world.query(
        "update memberships set cancelled_on = :soon, last_day = :later, ends_on = :later"
        " where gym_id = :g and ends_on is null and abs(:later - starts_on - 365) > 5"
        " and customer_id % 2 = 0",
        g=gym.gym_id, soon=day(20), later=day(5),
    )  # fmt: skip
    world.add_line(gym, world.add_member(gym, joined=10, covered=(10, None)), 9900, date=day(9))
    world.query(  # who had left comes back
        "insert into memberships (gym_id, customer_id, package_id, starts_on, yearly_price)"
        " select gym_id, customer_id, package_id, :soon, 30000 from memberships"
        " where gym_id = :g and ends_on = :ended",
        g=gym.gym_id, soon=day(12), ended=day(40),
    )  # fmt: skip
    with session_scope(world.factory) as session:
        write_freely(session)
        for member_id in members[60:66]:  # who had paid without a membership gets one later
            world._add_membership(session, session.get_one(Member, member_id), 9, None)
        [(membership, member_id)] = world.query(
            "select membership_id, customer_id from memberships where gym_id = :g"
            " and ends_on is null order by 1 limit 1", g=gym.gym_id,
        )  # fmt: skip
        session.add(
            MembershipFreeze(
                gym_id=gym.gym_id, membership_id=membership, member_id=member_id,
                starts_on=day(8), ends_on=day(-30),
            )
        )  # fmt: skip
        world._refresh(session, gym)

    after = forecast(world, gym, on)
    known = after.members[after.members["member_id"].isin(members)].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, before.members)
    assert after.details == before.details


def test_another_gyms_members_move_nothing(world: World) -> None:
    ours, theirs = world.add_gym("Ours"), world.add_gym("Theirs")
    fill_with_contracts(world, ours)
    before = forecast(world, ours)
    fill_with_contracts(world, theirs)
    fill_gym(world, theirs, 8)
    after = forecast(world, ours)
    pd.testing.assert_frame_equal(after.members, before.members)
    assert after.details == before.details


@pytest.fixture(scope="module")
def simulated(postgres_server: Server, template_database: str) -> Iterator[World]:
    """Two gyms whose lives are known for the year after `THEN`, too."""
    database = postgres_server.copy(template_database, f"comeback_test_{secrets.token_hex(6)}")
    gyms = (replace(NEIGHBOURHOOD, members=150), replace(BOUTIQUE, members=90))
    settings = SeedSettings(ops_database_url=database.ops_url, seed=11, environment="development")
    seed_gyms(settings, gyms, until=THEN + timedelta(days=366), since=date(2023, 6, 1))
    world = World(database.ops_url)
    yield world
    world.engine.dispose()
    postgres_server.drop(database.name)


THEN = date(2025, 3, 31)
YEAR_AFTER = """
select c.customer_id as member_id, coalesce(p.paid, 0) / 100.0 as paid,
       coalesce(m.stays, 0) as stays, coalesce(m.months, 0) as months
from customers c
left join (select customer_id, sum(amount) as paid from transactions
           where date > :then and date <= :end group by 1) p using (customer_id)
left join (
  select customer_id, max((starts_on <= :end and coalesce(ends_on, :end) >= :end)::int) as stays,
         sum(greatest(0, least(coalesce(ends_on, :end), :end) - greatest(starts_on, :then + 1) + 1))
           / 30.4375 as months
  from memberships group by 1
) m using (customer_id)
order by 1
"""


@pytest.fixture(scope="module")
def came_true(simulated: World) -> pd.DataFrame:
    """Forecasts of the members who had a contract, beside their next year."""
    with session_scope(simulated.factory) as session:
        gyms = list(session.scalars(select(Gym).order_by(Gym.gym_id)))
    told = pd.concat([forecast(simulated, gym, THEN).members for gym in gyms])
    rows = simulated.query(YEAR_AFTER, then=THEN, end=THEN + timedelta(days=365))
    truth = pd.DataFrame(rows, columns=["member_id", "paid", "stays", "months"]).astype(float)
    both = told[told["forecast_units"] > 0].merge(truth, on="member_id", validate="1:1")
    assert len(both) > 180
    return both


def test_about_8_in_10_members_pay_what_the_band_says(came_true: pd.DataFrame) -> None:
    paid = came_true["paid"]
    is_below, is_above = paid < came_true["forecast_low"], paid > came_true["forecast_high"]
    assert 0.73 <= 1 - (is_below | is_above).mean() <= 0.93
    assert is_below.mean() < 0.22
    assert is_above.mean() < 0.12


def test_the_totals_come_true(came_true: pd.DataFrame) -> None:
    told = came_true["forecast_value"].sum()
    assert told == pytest.approx(came_true["paid"].sum(), rel=0.12)
    assert came_true["forecast_units"].mean() == pytest.approx(came_true["months"].mean(), rel=0.08)
    assert came_true["forecast_stay"].mean() == pytest.approx(came_true["stays"].mean(), abs=0.09)


def test_who_is_told_to_stay_stays_more_often(came_true: pd.DataFrame) -> None:
    ranks = came_true["forecast_units"].rank()
    lower, upper = came_true[ranks < ranks.median()], came_true[ranks >= ranks.median()]
    assert upper["months"].mean() > lower["months"].mean() + 0.5
    assert np.corrcoef(came_true["forecast_value"], came_true["paid"])[0, 1] > 0.6


def test_a_gym_is_evaluated_from_its_ledger(
    simulated: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", simulated.ops_url)
    split = ["--split", THEN.isoformat(), "--horizon", "365", "--json"]
    assert main(["--gym", NEIGHBOURHOOD.email, *split]) == 0
    told = json.loads(capsys.readouterr().out)
    rmse = {row["method"]: row["rmse"] for row in told["methods"]}
    assert list(rmse) == [SEED, RECENT, PEER, OURS]
    assert min(rmse, key=lambda method: rmse[method]) == OURS
    assert "12 months that the gym would have had on 2025-03-31" in told["ours"]
    assert main(["--gym", "nobody@example.com"]) == 1
    assert "no gym has the owner nobody@example.com" in capsys.readouterr().err


def test_no_transaction_is_open_while_it_computes(
    simulated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look(simulated.ops_url)
    monkeypatch.setattr(value, "forecast_members", look)
    with pytest.raises(Computed):
        evaluate_gym(simulated.factory, NEIGHBOURHOOD.email)
    assert look.open == 0


def test_a_gym_without_payments_cannot_be_evaluated(world: World) -> None:
    gym = world.add_gym()
    with pytest.raises(ValueError, match="no payments"):
        evaluate_gym(world.factory, gym.email)
    with session_scope(world.factory) as session:
        history = read_history(session, gym, DAY)
    assert history.contracts.empty
    assert history.orders.empty
    assert history.past.empty


def test_analysts_see_the_forecasts_of_each_segment(
    world: World, fresh_database: MigratedDatabase
) -> None:
    gym = world.add_gym()
    world.add_members(gym, [{"visits": (2,), "covered": (200, None)}] * 2 + [{"visits": (2,)}])
    run_gym(world.factory, gym, NOW)
    [(told,)] = world.query("select sum(forecast_value) from clv")
    analyst = create_engine(fresh_database.analyst_url)
    with analyst.connect() as connection:
        found = connection.execute(
            text("select members, members_with_forecast, total_forecast from reporting.segments")
        )
        assert [tuple(row) for row in found] == [(3, 2, told)]
    analyst.dispose()
