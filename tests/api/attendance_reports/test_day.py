"""One local day, counted by hand: its borders, its hours, who is new and who is back."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.attendance_reports.repository import ReportRepository
from db.member_facts import write_freely
from db.models import CheckIn, Closure, Gym, Member, MembershipFreeze, MemberStats, Role
from db.stats.at_risk import days_away, is_absent
from db.stats.member_stats import refresh_member_stats
from db.stats.risk_rule import read_risk_rule
from tests.api.attendance_reports.conftest import URL
from tests.factories.members import create_membership


def make(caller: Any, day: str) -> Any:
    answer = caller.post(URL, json={"day": day})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def add_visit(session: Session, member: Member, at: datetime) -> None:
    write_freely(session)
    session.add(CheckIn(gym_id=member.gym_id, member_id=member.member_id, check_in=at))


def add_freeze(session: Session, member: Member, starts_on: date, ends_on: date) -> None:
    gym = session.get_one(Gym, member.gym_id)
    membership = create_membership(session, gym=gym, member=member)
    write_freely(session)
    session.add(
        MembershipFreeze(
            gym_id=gym.gym_id,
            membership_id=membership.membership_id,
            member_id=member.member_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )


def ids(members: Any) -> set[int]:
    return {one["member_id"] for one in members}


def test_a_day_counted_by_hand(owner, gym, visit):
    ana = visit(gym, "2026-11-16T07:00Z", "2026-11-17T07:10Z", name="Ana")
    ben = visit(gym, "2026-11-17T07:59:59Z", "2026-11-17T18:00Z", name="Ben")
    cleo = visit(gym, "2026-10-20T10:00Z", "2026-11-17T18:30Z", name="Cleo")
    visit(gym, "2026-11-18T00:00Z", name="Tomorrow's")
    report = make(owner, "2026-11-17")
    assert report["visits"] == 4
    assert report["unique_members"] == 3
    assert {hour: n for hour, n in enumerate(report["hours"]) if n} == {7: 2, 18: 2}
    assert (report["peak_hour"], report["peak_visits"]) == (7, 2), "of two alike the earlier"
    assert report["first_timer_members"] == [{"member_id": ben.member_id, "name": "Ben"}]
    assert report["returned_members"] == [
        {"member_id": cleo.member_id, "name": "Cleo", "days_away": 28}
    ]
    assert (report["first_timers"], report["returned"]) == (1, 1)
    assert ana.member_id not in ids(report["first_timer_members"])
    assert report["is_complete"]
    assert not report["is_outdated"]


def test_a_day_of_25_hours_has_the_doubled_hour_once_with_both(sign_in_as, make_gym, visit):
    gym = make_gym(timezone="America/New_York")
    owner = sign_in_as(Role.OWNER, gym=gym)
    visit(gym, "2025-11-02T03:59:59Z", "2025-11-03T05:00:00Z")  # 23:59:59 before, 0:00 after
    visit(gym, "2025-11-02T04:00:00Z")  # 0:00
    visit(gym, "2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z")  # 1:30 twice
    visit(gym, "2025-11-03T04:59:59Z")  # 23:59:59
    report = make(owner, "2025-11-02")
    assert {hour: n for hour, n in enumerate(report["hours"]) if n} == {0: 1, 1: 2, 23: 1}
    assert (report["visits"], report["unique_members"], report["peak_hour"]) == (4, 3, 1)


def test_a_day_of_23_hours_has_nobody_in_the_hour_left_out(sign_in_as, make_gym, visit):
    gym = make_gym(timezone="Europe/Lisbon")
    owner = sign_in_as(Role.OWNER, gym=gym)
    visit(gym, "2026-03-28T23:59:59Z", "2026-03-29T23:00:00Z")
    visit(gym, "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T22:59:59Z")
    report = make(owner, "2026-03-29")
    assert {hour: n for hour, n in enumerate(report["hours"]) if n} == {0: 1, 2: 1, 23: 1}


def test_midnight_that_the_clock_leaves_out_begins_the_day(sign_in_as, make_gym, visit):
    gym = make_gym(timezone="America/Sao_Paulo")  # 2018-11-04 began at 1:00
    owner = sign_in_as(Role.OWNER, gym=gym)
    visit(gym, "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59Z")
    report = make(owner, "2018-11-04")
    assert {hour: n for hour, n in enumerate(report["hours"]) if n} == {1: 1, 23: 1}


def test_a_day_without_visits_has_no_peak(owner, gym):
    report = make(owner, "2026-11-17")
    assert (report["visits"], report["peak_hour"], report["peak_visits"]) == (0, None, 0)
    assert report["hours"] == [0] * 24


@pytest.mark.parametrize(
    ("before", "is_back"),
    [
        (["2026-11-03"], False),  # 14 days: the rule wants more
        (["2026-11-02"], True),
        (["2026-10-01", "2026-10-08", "2026-10-15", "2026-10-22"], True),  # 26 days, 3 x 7 = 21
        (["2026-09-24", "2026-10-05", "2026-10-15", "2026-10-25"], False),  # 23 days, 3 x 10 = 30
    ],
    ids=["two weeks", "a day more", "longer than three gaps", "no longer than three gaps"],
)
def test_an_absence_is_the_at_risk_rules(owner, gym, visit, before, is_back):
    member = visit(gym, *(f"{day}T10:00Z" for day in before), "2026-11-17T10:00Z")
    report = make(owner, "2026-11-17")
    assert ids(report["returned_members"]) == ({member.member_id} if is_back else set())
    assert report["first_timers"] == 0


def test_frozen_days_are_no_absence(owner, gym, visit, in_gym):
    member = visit(gym, "2026-09-01T10:00Z", "2026-11-17T10:00Z")
    with in_gym(gym.gym_id) as session:
        add_freeze(session, member, date(2026, 9, 5), date(2026, 11, 1))
    [back] = make(owner, "2026-11-17")["returned_members"]
    assert back["days_away"] == 16


@pytest.mark.parametrize(
    ("closed", "chosen"),
    [(False, {}), (True, {}), (False, {"absence_days": 9, "absence_gaps": 2})],
    ids=["open every day", "closed for a week", "a rule of its own"],
)
def test_who_is_back_was_absent_by_the_at_risk_rule_that_morning(in_gym, make_gym, closed, chosen):
    """200 members with habits and pauses of all kinds, and freezes over some of them."""
    gym = make_gym(timezone="America/New_York", **chosen)
    day, rng = date(2026, 11, 17), Random(3)
    morning = datetime(2026, 11, 17, 11, tzinfo=UTC)
    with in_gym(gym.gym_id) as session:
        members = [
            Member(gym_id=gym.gym_id, name=f"M{n}", join_date=date(2025, 1, 1)) for n in range(200)
        ]
        write_freely(session)
        session.add_all(members)
        session.flush()
        refresh_member_stats(session, gym.gym_id)
        for member in members:
            pause, gap = rng.randrange(1, 60), rng.randrange(1, 25)
            last = morning - timedelta(days=pause, hours=rng.randrange(24))
            for back in range(rng.randrange(0, 12)):
                add_visit(session, member, last - timedelta(days=gap * back))
            if rng.random() < 0.3:
                starts = day - timedelta(days=rng.randrange(0, 40))
                add_freeze(session, member, starts, starts + timedelta(days=rng.randrange(0, 30)))
        refresh_member_stats(session, gym.gym_id)
        if closed:
            first, last = date(2026, 11, 2), date(2026, 11, 8)
            session.add(Closure(gym_id=gym.gym_id, starts_on=first, ends_on=last))
            session.flush()
        rule = read_risk_rule(session, gym.gym_id, day)
        assert len(rule.closed) == (7 if closed else 0)
        own = MemberStats.in_gym(gym.gym_id)
        stats = select(MemberStats.member_id, days_away(day, rule.closed)).where(own)
        absent = {row[0]: row[1] for row in session.execute(stats.where(is_absent(day, rule)))}
        new = {row[0] for row in session.execute(stats.where(MemberStats.visits == 0))}
        for member in members:
            add_visit(session, member, morning)
        found = ReportRepository(session, gym.gym_id).measure(day, gym.timezone)
    assert 30 < len(absent) < 180
    assert found.returned == absent
    assert set(found.first_timer_ids) == new


def test_nothing_after_the_day_is_read(owner, gym, visit):
    member = visit(gym, "2026-10-20T10:00Z", "2026-11-10T10:00Z")
    before = make(owner, "2026-11-10")
    visit(gym, *(f"2026-11-{day}T10:00Z" for day in range(11, 18)), member=member)
    after = make(owner, "2026-11-10")
    assert before | {"computed_at": None} == after | {"computed_at": None}
    assert ids(after["returned_members"]) == {member.member_id}


def test_another_gyms_visits_are_not_counted(owner, gym, other_owner, other_gym, visit):
    visit(other_gym, "2026-11-17T10:00Z", name="Foreign")
    visit(gym, "2026-11-17T18:00Z", name="Own")
    assert make(owner, "2026-11-17")["visits"] == 1
    theirs = make(other_owner, "2026-11-17")
    assert [one["name"] for one in theirs["first_timer_members"]] == ["Foreign"]
    for path in ("", "/2026-11-17", "/2026-11-17.csv"):
        assert "Foreign" not in owner.get(URL + path).text
    make(other_owner, "2026-11-16")
    assert owner.get(f"{URL}/2026-11-16").status_code == 404
    assert owner.get(URL).json()["total"] == 1
