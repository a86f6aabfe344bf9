"""The simulated lives: what was decided about a member is what the rows show."""

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from db.stats.member_stats import refresh_member_stats
from etl.hashed_random import Draw, derive_keys, draw, make_key
from etl.population import count_day
from etl.simulated_contracts import add_months
from etl.time_window import Window, to_date
from tests.etl.simulated import instant, read
from tests.factories.paid_days import WRONG_PAID_DAYS

UNTIL = date(2026, 5, 31)


def test_nobody_comes_after_the_day_they_stopped(demo) -> None:
    late = """
        select count(*) from attendance a join simulation_truth s using (gym_id, customer_id)
        join gyms g using (gym_id)
        where (a.check_in at time zone g.timezone)::date > s.stops_on"""
    assert read(demo, late) == [(0,)]
    stopped = "select count(*) from simulation_truth where stops_on <= :day"
    assert read(demo, stopped, day=UNTIL)[0][0] > 10


def test_nobody_comes_before_joining_while_frozen_or_without_a_membership(demo) -> None:
    strangers = """
        select count(*) from (
          select a.gym_id, a.customer_id, (a.check_in at time zone g.timezone)::date as day
          from attendance a join gyms g using (gym_id)) v
        join customers c using (gym_id, customer_id)
        where v.day <= c.join_date
          or exists (select from membership_freezes f where f.gym_id = v.gym_id
                     and f.customer_id = v.customer_id and v.day between f.starts_on and f.ends_on)
          or not exists (select from memberships m where m.gym_id = v.gym_id
                         and m.customer_id = v.customer_id and v.day >= m.starts_on
                         and (m.ends_on is null or v.day <= m.ends_on))"""
    assert read(demo, strangers) == [(0,)]
    assert read(demo, "select count(*) > 0 from membership_freezes") == [(True,)]


def test_visits_fall_while_a_habit_fades(demo) -> None:
    before, after = read(
        demo,
        """
        select count(*) filter (where v.day between s.fades_on - 28 and s.fades_on - 1),
               count(*) filter (where v.day between s.stops_on - 27 and s.stops_on)
        from simulation_truth s
        join (select gym_id, customer_id, check_in::date as day from attendance) v
          using (gym_id, customer_id)
        where s.fades_on - 28 > :start and s.stops_on <= :day""",
        start=date(2025, 4, 1),
        day=UNTIL,
    )[0]
    assert before > 30
    assert after < 0.6 * before


def test_contracts_end_on_the_day_the_truth_says(demo) -> None:
    wrong = """
        select count(*) from simulation_truth s
        where s.leaves_on <= :day and s.leaves_on <> (
          select max(m.ends_on) from memberships m
          where m.gym_id = s.gym_id and m.customer_id = s.customer_id)"""
    assert read(demo, wrong, day=UNTIL) == [(0,)]
    ends = dict(
        read(
            demo,
            "select status, count(*) from customers group by 1",
        )
    )
    assert set(ends) >= {"active", "cancelled", "expired"}


def test_a_gym_keeps_its_hours_and_closes_on_holidays(demo) -> None:
    rows = read(
        demo,
        """
        select (a.check_in at time zone g.timezone)::time,
               (a.check_out at time zone g.timezone)::time,
               to_char(a.check_in at time zone g.timezone, 'MM-DD')
        from attendance a join gyms g using (gym_id) where g.username = 'admin'""",
    )
    assert min(enters for enters, _, _ in rows).hour >= 5
    assert max(leaves for _, leaves, _ in rows if leaves).hour <= 22
    assert not {"12-25", "01-01", "07-04"} & {day for _, _, day in rows}
    recorded = sum(leaves is not None for _, leaves, _ in rows) / len(rows)
    assert 0.88 < recorded < 0.97


def test_money_moves_once_for_each_payment_that_came(demo) -> None:
    unequal = """
        select count(*) from payments p
        left join transactions t using (gym_id, payment_id)
        where (p.state = 'paid') <> (t.transaction_id is not null) or p.amount <> t.amount"""
    assert read(demo, unequal) == [(0,)]
    states = dict(read(demo, "select state, count(*) from payments group by 1"))
    assert states["failed"] > 0
    retried = """
        select count(*) from payments p join gyms g using (gym_id)
        where p.state = 'paid' and (p.attempted_at at time zone g.timezone)::date > p.due_on"""
    assert read(demo, retried)[0][0] > 0
    frozen = """
        select count(*) from payments p join membership_freezes f using (gym_id, customer_id)
        where p.due_on between f.starts_on and f.ends_on"""
    assert read(demo, frozen) == [(0,)]


def test_member_stats_are_what_a_refresh_computes(demo) -> None:

    query = "select to_jsonb(s) from member_stats s order by gym_id, customer_id"
    before = read(demo, query)
    engine = create_engine(demo.ops_url)
    with Session(engine) as session:
        for (gym_id,) in read(demo, "select gym_id from gyms"):
            refresh_member_stats(session, gym_id)
        session.commit()
    engine.dispose()
    assert len(before) > 100
    assert read(demo, query) == before


def test_draws_are_uniform_and_do_not_depend_on_their_order() -> None:
    keys = derive_keys(make_key(7, "admin"), np.arange(400))
    days = np.arange(20_000, 20_250)
    together = draw(keys[:, None], Draw.VISIT, days)
    alone = draw(keys[17:18], Draw.VISIT, days[31:32])
    assert together[17, 31] == alone[0]
    assert abs(together.mean() - 0.5) < 0.005
    counts = Counter((together * 10).astype(int).ravel().tolist())
    assert all(0.094 < count / together.size < 0.106 for count in counts.values())
    neighbours = np.corrcoef(together[:, :-1].ravel(), together[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.01


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-12-15", 14, "2026-02-15"),
        ("2025-03-31", 0, "2025-03-31"),
    ],
)
def test_months_are_calendar_months(day: str, months: int, expected: str) -> None:
    assert to_date(add_months(count_day(date.fromisoformat(day)), months)) == date.fromisoformat(
        expected
    )


def test_local_hours_are_right_on_both_sides_of_summer_time() -> None:
    window = Window(date(2025, 3, 29), "Europe/Berlin", None, instant("2025-04-02T00:00"))
    days = np.array([count_day(date(2025, 3, 29)), count_day(date(2025, 3, 31))])
    seconds = window.to_utc(days, np.array([9 * 3600, 9 * 3600])).tolist()
    assert [second % 86400 // 3600 for second in seconds] == [8, 7]
    assert (
        window.last_day == instant("2025-04-02T00:00").astimezone(ZoneInfo("Europe/Berlin")).date()
    )


def test_d_ff_16_paid_days_of_demo_members_add_up(demo) -> None:
    assert read(demo, WRONG_PAID_DAYS.text, gym_id=None) == []
    terms = "select count(*) > 100, count(distinct membership_id) > 20 from membership_terms"
    assert read(demo, terms) == [(True, True)]


def test_demo_gyms_have_members_who_renew_rest_and_gave_notice(demo) -> None:
    facts = """
        select count(*) filter (where renews_automatically and ends_on is null) > 20,
               count(*) filter (where last_day is not null) > 5,
               count(*) filter (where not renews_automatically and months > 1) > 5,
               count(*) filter (where leaving_reason is not null) > 5
        from memberships"""
    assert read(demo, facts) == [(True, True, True, True)]
    rests = "select count(*) > 0 from membership_freezes f join memberships m using (membership_id)"
    assert read(demo, f"{rests} where m.renews_automatically") == [(True,)]
