"""The at-risk rule, member by member: who is on the list, in which tab, from which day."""

import importlib
import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select

from core.closed_days import ClosedDays, count_closed, is_any_closed
from core.risk.rule import RiskRule
from db.member_facts import write_freely
from db.models import Gym, Member, MembershipFreeze, MemberStats
from db.models.member_stats import WINDOW_DAYS
from db.session import GymSession
from db.stats import at_risk as rule
from db.stats.at_risk import DROP_LIMITS, HIGH_CHURN, Tab
from db.stats.member_stats import count_visited_days, read_weekly_days, refresh_member_stats
from tests.factories.members import create_member, create_membership, create_visits

DAY = date(2026, 11, 18)
InGym = Callable[[int], AbstractContextManager[GymSession]]


@dataclass
class Judge:
    """Makes members who came on given days ago, and asks the rule about them."""

    gym: Gym
    in_gym: InGym

    def make(self, *days_ago: int, joined: int = 400, **over: object) -> int:
        with self.in_gym(self.gym.gym_id) as session:
            member = create_member(
                session, gym=self.gym, join_date=DAY - timedelta(days=joined), **over
            )
            moments = [
                datetime.combine(DAY - timedelta(days=ago), time(18), UTC) for ago in days_ago
            ]
            create_visits(session, gym=self.gym, member=member, at=moments)
            return member.member_id

    def freeze(self, member_id: int, first: int, last: int, *, ends_on: date | None = None) -> None:
        """A membership that rested from `first` to `last` days ago (negative: days ahead)."""
        with self.in_gym(self.gym.gym_id) as session:
            member = session.get_one(Member, member_id)
            membership = create_membership(session, gym=self.gym, member=member, ends_on=ends_on)
            write_freely(session)
            session.add(
                MembershipFreeze(
                    gym_id=self.gym.gym_id,
                    membership_id=membership.membership_id,
                    member_id=member_id,
                    starts_on=DAY - timedelta(days=first),
                    ends_on=DAY - timedelta(days=last),
                )
            )
            refresh_member_stats(session, self.gym.gym_id, [member_id])

    def score(self, member_id: int, probability: float, *, days_ago: int = 1) -> None:
        """As ds writes it: a score of a day that was over."""
        with self.in_gym(self.gym.gym_id) as session:
            stats = session.get_one(MemberStats, (self.gym.gym_id, member_id))
            stats.churn_probability = probability
            stats.churn_scored_on = DAY - timedelta(days=days_ago)

    def visit(self, member_id: int, *, days_ago: int = 0) -> None:
        with self.in_gym(self.gym.gym_id) as session:
            moment = datetime.combine(DAY - timedelta(days=days_ago), time(7), UTC)
            member = session.get_one(Member, member_id)
            create_visits(session, gym=self.gym, member=member, at=[moment])

    def tab(self, member_id: int, day: date = DAY, closed: ClosedDays = ()) -> str | None:
        """The member's tab on `day`, None when not at risk."""
        with self.in_gym(self.gym.gym_id) as session:
            return session.scalar(
                select(rule.tab_of(day)).where(
                    MemberStats.member_id == member_id,
                    rule.is_at_risk(day, RiskRule(closed=closed)),
                )
            )

    def holds(self, condition: Callable[[date], object], member_id: int, day: date = DAY) -> bool:
        with self.in_gym(self.gym.gym_id) as session:
            return bool(
                session.scalar(select(condition(day)).where(MemberStats.member_id == member_id))
            )


@pytest.fixture
def judge(gym: Gym, in_gym: InGym) -> Judge:
    return Judge(gym, in_gym)


class TestAbsence:
    @pytest.mark.parametrize(("away", "tab"), [(14, None), (15, Tab.DRIFTING)])
    def test_a_frequent_member_is_absent_after_fourteen_days(
        self, judge: Judge, away: int, tab: str | None
    ) -> None:
        # Two visits a week, and a fall that is not significant yet on its own.
        member = judge.make(*range(away, away + 40, 4))
        assert judge.tab(member) == tab

    @pytest.mark.parametrize(("away", "tab"), [(21, None), (22, Tab.DRIFTING)])
    def test_a_weekly_member_is_absent_after_three_usual_gaps(
        self, judge: Judge, away: int, tab: str | None
    ) -> None:
        member = judge.make(*range(away, away + 42, 7))
        assert judge.tab(member) == tab

    @pytest.mark.parametrize(
        ("own", "away"),
        [(RiskRule(7, 2), 9), (RiskRule(10, 3), 13), (RiskRule(14, 5), 21), (RiskRule(30, 3), 31)],
    )
    def test_a_gym_chooses_from_which_day_on(self, judge: Judge, own: RiskRule, away: int) -> None:
        """For somebody who comes every fourth day."""
        member = judge.make(*range(away - 1, away + 40, 4))
        days = [DAY, DAY + timedelta(days=1)]
        assert [judge.holds(partial(rule.is_absent, rule=own), member, day) for day in days] == [
            False,
            True,
        ]

    def test_a_gym_chooses_when_somebody_has_not_started(self, judge: Judge) -> None:
        member = judge.make(joined=10)
        assert judge.holds(partial(rule.is_at_risk, rule=RiskRule(9)), member)
        assert not judge.holds(partial(rule.is_at_risk, rule=RiskRule(10)), member)

    def test_d_ff_25_a_stable_weekly_member_is_never_at_risk(self, judge: Judge) -> None:
        member = judge.make(*range(3, 180, 7))
        for ahead in range(4):
            assert judge.tab(member, DAY + timedelta(days=ahead)) is None

    def test_moves_at_midnight_without_any_event(self, judge: Judge) -> None:
        member = judge.make(*range(14, 54, 4))
        days = [judge.tab(member, DAY + timedelta(days=ahead)) for ahead in range(33)]
        assert days[0] is None
        assert days[1] == Tab.DRIFTING
        assert days[31] == Tab.DRIFTING  # last visit 45 days ago
        assert days[32] == Tab.GONE

    def test_a_visit_takes_the_member_off_at_once(self, judge: Judge) -> None:
        member = judge.make(*range(20, 60, 4))
        assert judge.tab(member) == Tab.DRIFTING
        with judge.in_gym(judge.gym.gym_id) as session:
            create_visits(
                session,
                gym=judge.gym,
                member=session.get_one(Member, member),
                at=[datetime.combine(DAY, time(7), UTC)],
            )
        assert not judge.holds(rule.is_absent, member)


class TestDrop:
    def test_half_or_less_of_the_own_rate_and_significant(self, judge: Judge) -> None:
        before = [21 + 7 * week + weekday for week in range(10) for weekday in (0, 2, 4)]
        steady = judge.make(*before, *(7 * w + d for w in range(3) for d in (0, 2, 4)))
        fallen = judge.make(*before, 2, 9)
        assert judge.tab(steady) is None
        assert judge.tab(fallen) == Tab.DRIFTING
        assert judge.holds(rule.has_dropped, fallen)
        assert not judge.holds(rule.is_absent, fallen)

    def test_one_missed_visit_of_a_weekly_member_is_chance(self, judge: Judge) -> None:
        member = judge.make(*(25 + 7 * week for week in range(10)), 4, 11)
        assert judge.tab(member) is None

    def test_the_table_of_drops_follows_the_poisson_tail(self) -> None:
        assert DROP_LIMITS[9] == -1, "e^-2.7 is 0.067: nine visits in ten weeks prove nothing"
        assert DROP_LIMITS[10] == 0, "e^-3 is 0.0498"
        assert DROP_LIMITS[30] == 3
        assert all(2 * visits <= 0.3 * days for days, visits in enumerate(DROP_LIMITS))

    @pytest.mark.parametrize(("away", "fell"), [(21, True), (81, True), (82, False)])
    def test_a_drop_is_seen_for_as_long_as_the_ten_weeks_have_days_enough(
        self, judge: Judge, away: int, fell: bool
    ) -> None:
        """The shortcut by the last visit hides nobody: ten days before a silence still are one."""
        assert min(days for days, drop in enumerate(DROP_LIMITS) if drop >= 0) == 10
        member = judge.make(*range(away, 91))
        assert judge.holds(rule.has_dropped, member) is fell

    def test_days_that_rested_are_no_drop(self, judge: Judge) -> None:
        before = [21 + 7 * week + weekday for week in range(10) for weekday in (0, 2, 4)]
        member = judge.make(*before, 0)
        assert judge.holds(rule.has_dropped, member)
        judge.freeze(member, 20, 2)
        assert not judge.holds(rule.has_dropped, member)


class TestNotStarted:
    @pytest.mark.parametrize(("joined", "tab"), [(0, None), (14, None), (15, Tab.NOT_STARTED)])
    def test_fourteen_days_after_joining(self, judge: Judge, joined: int, tab: str | None) -> None:
        assert judge.tab(judge.make(joined=joined)) == tab


STEADY = range(3, 120, 3)
"""Comes every third day, last seen three days ago: nothing in the days says a word."""


class TestChurn:
    """A high chance of not coming puts a member on the list, while the score holds."""

    @pytest.mark.parametrize(
        ("probability", "tab"), [(HIGH_CHURN, Tab.DRIFTING), (HIGH_CHURN - 0.001, None)]
    )
    def test_from_the_threshold_on(self, judge: Judge, probability: float, tab: str | None) -> None:
        member = judge.make(*STEADY)
        assert judge.tab(member) is None
        judge.score(member, probability)
        assert judge.tab(member) == tab
        assert not judge.holds(rule.has_cause, member)

    @pytest.mark.parametrize(
        ("days_ago", "tab"),
        [(-1, None), (0, Tab.DRIFTING), (3, Tab.DRIFTING), (7, Tab.DRIFTING), (8, None)],
    )
    def test_a_score_holds_for_a_week_and_not_before_its_day(
        self, judge: Judge, days_ago: int, tab: str | None
    ) -> None:
        member = judge.make(*range(8, 120, 3))
        judge.score(member, 0.9, days_ago=days_ago)
        assert judge.tab(member) == tab
        assert judge.holds(rule.is_score_current, member) is (tab is not None)

    def test_a_score_of_the_day_of_the_last_visit_has_seen_it(self, judge: Judge) -> None:
        member = judge.make(*STEADY)
        judge.score(member, 0.9, days_ago=3)
        assert judge.tab(member) == Tab.DRIFTING

    @pytest.mark.parametrize("days_ago", [0, 1, 2])
    def test_any_visit_that_is_recorded_later_voids_it(self, judge: Judge, days_ago: int) -> None:
        """Also one of a day that the score seems to know: it was written down too late."""
        member = judge.make(*STEADY)
        judge.score(member, 0.9)
        judge.visit(member, days_ago=days_ago)
        assert judge.tab(member) is None
        assert not judge.holds(rule.is_score_current, member)

    def test_a_visit_while_scores_are_written_voids_it_as_well(self, judge: Judge) -> None:
        member = judge.make(*STEADY)
        judge.visit(member)
        judge.score(member, 0.9)
        assert judge.tab(member) is None
        assert not judge.holds(rule.is_score_current, member)

    def test_what_is_no_visit_leaves_the_score(self, judge: Judge) -> None:
        member = judge.make(*STEADY)
        judge.score(member, 0.9)
        with judge.in_gym(judge.gym.gym_id) as session:
            refresh_member_stats(session, judge.gym.gym_id)
        assert judge.tab(member) == Tab.DRIFTING

    def test_never_frozen_cancelled_or_expired(self, judge: Judge) -> None:
        frozen, expired = judge.make(*STEADY), judge.make(*STEADY)
        judge.freeze(frozen, 1, -5)
        judge.freeze(expired, 300, 299, ends_on=DAY - timedelta(days=1))
        for member in (frozen, expired):
            judge.score(member, 0.9)
            assert judge.tab(member) is None

    def test_who_never_came_has_a_rule_of_their_own(self, judge: Judge) -> None:
        member = judge.make(joined=5)
        judge.score(member, 0.9)
        assert judge.tab(member) is None
        assert not judge.holds(rule.is_score_current, member)

    def test_a_low_score_takes_nobody_off(self, judge: Judge) -> None:
        member = judge.make(*range(20, 60, 4))
        judge.score(member, 0.01)
        assert judge.tab(member) == Tab.DRIFTING


class TestNeverAtRisk:
    def test_d_g3_11_frozen_cancelled_and_expired_are_left_out(self, judge: Judge) -> None:
        away = range(30, 60, 3)
        frozen, expired, active = (judge.make(*away) for _ in range(3))
        judge.freeze(frozen, 5, -5)
        judge.freeze(expired, 300, 299, ends_on=DAY - timedelta(days=1))
        judge.freeze(active, 300, 299)
        assert judge.tab(frozen) is None
        assert judge.tab(expired) is None
        assert judge.tab(active) == Tab.DRIFTING

    def test_after_a_freeze_the_absence_counts_from_its_end(self, judge: Judge) -> None:
        member = judge.make(*range(40, 80, 3))
        judge.freeze(member, 38, 5)
        assert judge.tab(member) is None
        assert judge.tab(member, DAY + timedelta(days=9)) is None
        assert judge.tab(member, DAY + timedelta(days=10)) == Tab.GONE

    def test_a_freeze_still_to_come_hides_nobody(self, judge: Judge) -> None:
        member = judge.make(*range(30, 60, 3))
        judge.freeze(member, -10, -20)
        assert judge.tab(member) == Tab.DRIFTING


def closed_days(*ranges: tuple[int, int]) -> ClosedDays:
    """Closed from `first` to `last` days ago."""
    days = {DAY - timedelta(days=ago) for first, last in ranges for ago in range(last, first + 1)}
    return tuple(sorted(days))


class TestClosedDays:
    """Days on which the whole gym was closed are in nobody's absence."""

    @pytest.mark.parametrize(
        ("closed", "tab"),
        [
            ((), Tab.DRIFTING),
            (closed_days((10, 9)), Tab.DRIFTING),
            (closed_days((10, 8)), None),
            (closed_days((17, 15)), Tab.DRIFTING),
            (closed_days((16, 14)), None),
            (closed_days((40, 18)), Tab.DRIFTING),
        ],
        ids=["none", "two of 17", "three", "the visit's own day", "its first three", "before"],
    )
    def test_an_absence_is_as_long_as_its_open_days(
        self, judge: Judge, closed: ClosedDays, tab: str | None
    ) -> None:
        member = judge.make(*range(17, 60, 4))
        assert judge.tab(member, closed=closed) == tab

    def test_after_a_freeze_only_closed_days_since_then_are_left_out(self, judge: Judge) -> None:
        member = judge.make(*range(60, 90, 3))
        judge.freeze(member, 50, 20)
        assert judge.tab(member, closed=closed_days((40, 25))) == Tab.GONE
        assert judge.tab(member, closed=closed_days((19, 14))) is None

    def test_who_joined_before_a_closure_has_as_long_to_start(self, judge: Judge) -> None:
        member = judge.make(joined=17)
        assert judge.tab(member, closed=closed_days((5, 4))) == Tab.NOT_STARTED
        assert judge.tab(member, closed=closed_days((5, 3))) is None

    @pytest.mark.parametrize(("ago", "fell"), [(0, False), (20, False), (21, True)])
    def test_one_closed_day_suspends_the_drop_for_three_weeks(
        self, judge: Judge, ago: int, fell: bool
    ) -> None:
        before = [21 + 7 * week + weekday for week in range(10) for weekday in (0, 2, 4)]
        member = judge.make(*before, 2, 9)
        tab = judge.tab(member, closed=closed_days((ago, ago)))
        assert tab == (Tab.DRIFTING if fell else None)

    def test_the_model_is_not_asked_about_an_absence_with_closed_days(self, judge: Judge) -> None:
        member = judge.make(*range(5, 120, 3))
        judge.score(member, 0.9)
        assert judge.tab(member, closed=closed_days((0, 0))) == Tab.DRIFTING
        assert judge.tab(member, closed=closed_days((30, 5))) == Tab.DRIFTING
        assert judge.tab(member, closed=closed_days((4, 4))) is None

    def test_sql_and_python_agree_and_closed_days_only_take_members_off(self, judge: Judge) -> None:
        """So `risk_from`, which knows nothing of closed days, stays a lower bound."""
        chance = random.Random(11)
        for _ in range(30):
            rate, fade = chance.choice([0.1, 0.2, 0.5]), chance.choice([0, 5, 20, 40, 100])
            judge.make(*(ago for ago in range(fade, 180) if chance.random() < rate))
        judge.make(joined=30)
        found = 0
        with judge.in_gym(judge.gym.gym_id) as session:
            for _ in range(25):
                firsts = [chance.randrange(120) for _ in range(chance.randrange(1, 4))]
                closed = closed_days(*((ago, max(ago - chance.randrange(15), 0)) for ago in firsts))
                day = DAY + timedelta(days=chance.randrange(30))
                for stats, away, absent, fell, unstarted, cause, plain in session.execute(
                    select(
                        MemberStats,
                        rule.days_away(day, closed),
                        func.coalesce(rule.is_absent(day, RiskRule(closed=closed)), False),
                        rule.has_dropped(day, closed),
                        rule.has_not_started(day, RiskRule(closed=closed)),
                        rule.has_cause(day, RiskRule(closed=closed)),
                        rule.has_cause(day),
                    )
                ):
                    last, gap = stats.last_visit_on, stats.usual_gap or 0
                    start = last or stats.join_date
                    open_days = (day - start).days - count_closed(closed, start, day)
                    assert away == (None if last is None else open_days)
                    assert absent is (last is not None and open_days > max(14, 3 * gap))
                    assert unstarted is (last is None and open_days > 14)
                    assert not (fell and is_any_closed(closed, day - timedelta(days=20), day))
                    assert not cause or (plain and stats.risk_from <= day)
                    found += bool(plain and not cause)
        assert found > 5, "closed days must take somebody off, or this proves nothing"


class TestTabs:
    def test_every_member_at_risk_is_in_exactly_one(self, judge: Judge) -> None:
        for away in (15, 30, 45, 46, 100, 300):
            judge.make(*range(away, away + 40, 4))
        judge.make(joined=100)
        with judge.in_gym(judge.gym.gym_id) as session:
            tabs = dict(
                session.execute(
                    select(rule.tab_of(DAY), func.count())
                    .where(rule.is_at_risk(DAY))
                    .group_by(rule.tab_of(DAY))
                ).all()
            )
        assert tabs == {Tab.DRIFTING: 3, Tab.GONE: 3, Tab.NOT_STARTED: 1}


class TestRiskFrom:
    def test_no_member_is_found_before_the_day_that_the_index_keeps(self, judge: Judge) -> None:
        """Many habits, every day of the next three months: the shortcut never hides anybody."""
        chance = random.Random(7)
        for _ in range(60):
            rate = chance.choice([0.05, 0.1, 0.2, 0.4, 0.8])
            fade = chance.choice([0, 5, 20, 40])
            judge.make(*(ago for ago in range(fade, 180) if chance.random() < rate))
        found = 0
        with judge.in_gym(judge.gym.gym_id) as session:
            for ahead in range(95):
                day = DAY + timedelta(days=ahead)
                missed, some = session.execute(
                    select(
                        func.count().filter(MemberStats.risk_from > day, rule.has_cause(day)),
                        func.count().filter(rule.has_dropped(day)),
                    ).select_from(MemberStats)
                ).one()
                assert missed == 0, day
                found += some
        assert found > 100, "the simulated habits must show drops, or this proves nothing"

    def test_the_migration_knows_the_same_table_of_drops(self) -> None:
        migration = importlib.import_module("db.migrations.versions.0002_earliest_risk")
        assert tuple(migration.LARGEST_DROPS) == DROP_LIMITS

    def test_nobody_is_hidden_whatever_rule_a_gym_chose(self, judge: Judge) -> None:
        """The index is kept for the usual rule, and others are looked up by it as well."""
        chance = random.Random(48)
        for _ in range(60):
            rate, fade = chance.choice([0.05, 0.1, 0.3, 0.8]), chance.choice([0, 5, 9, 30])
            judge.make(*(ago for ago in range(fade, 180) if chance.random() < rate))
        for joined in range(5, 45, 3):
            judge.make(joined=joined)
        found = dict.fromkeys(((7, 3), (10, 2), (14, 3), (25, 4), (40, 5), (7, 5)), 0)
        with judge.in_gym(judge.gym.gym_id) as session:
            for days, gaps in found:
                own = RiskRule(days, gaps)
                for ahead in range(0, 60, 3):
                    day = DAY + timedelta(days=ahead)
                    listed, caused = session.execute(
                        select(
                            func.count().filter(rule.is_at_risk(day, own)),
                            func.count().filter(rule.has_cause(day, own)),
                        ).select_from(MemberStats)
                    ).one()
                    assert listed == caused, (days, gaps, day)
                    found[days, gaps] += listed
        assert found[7, 3] > found[14, 3] > found[25, 4] > found[40, 5]

    def test_the_quick_functions_compute_what_the_first_ones_did(
        self, migrator_engine: Engine
    ) -> None:
        """Rows that were computed by those before stay true."""
        chance = random.Random(48)
        first = importlib.import_module("db.migrations.versions.0001_first_schema").USUAL_GAP
        risk = importlib.import_module("db.migrations.versions.0002_earliest_risk").EARLIEST_RISK
        days = ["0" * WINDOW_DAYS, "1" * WINDOW_DAYS, "1" + "0" * (WINDOW_DAYS - 1)]
        for _ in range(1_500):
            rate, fade = chance.choice([0.03, 0.1, 0.3, 0.6, 0.9]), chance.choice([0, 1, 20, 90])
            rest = ("01"[chance.random() < rate] for _ in range(WINDOW_DAYS - fade))
            days.append("0" * fade + "".join(rest))
        with migrator_engine.connect() as connection:
            for source in (first, risk):
                renamed = re.sub(r"\b(usual_gap|earliest_risk)\(", r"\1_at_first(", source)
                connection.exec_driver_sql(renamed)
            found = connection.exec_driver_sql(
                "select count(distinct risk), count(gap),"
                " count(*) filter (where gap is distinct from usual_gap_at_first(days)"
                "  or risk is distinct from earliest_risk_at_first('2026-01-01', last, days)),"
                " max(earliest_risk('2026-01-01', null, days))"
                " from (select days, last, usual_gap(days) as gap,"
                "   earliest_risk('2026-01-01', last, days) as risk"
                "  from unnest(%s::bit(182)[]) days, cast('2026-02-01' as date) last) computed",
                (days,),
            ).one()
        different, gaps, wrong, of_nobody = found
        assert (wrong, of_nobody) == (0, date(2026, 1, 16))
        assert different > 10, "they must differ, or this proves nothing"
        assert gaps > 1_000, "they must have a habit, or this proves nothing"


class TestStatistics:
    def test_windows_in_sql_and_python_agree(self, judge: Judge) -> None:
        member = judge.make(0, 1, 5, 20, 21, 22, 50, 90, 91, 120, 181)
        for ahead in (0, 1, 10, 30, 100, 200):
            day = DAY + timedelta(days=ahead)
            with judge.in_gym(judge.gym.gym_id) as session:
                stats, recent, baseline = session.execute(
                    select(MemberStats, rule.recent_days(day), rule.baseline_days(day)).where(
                        MemberStats.member_id == member
                    )
                ).one()
                days, last = stats.visited_days, stats.last_visit_on
            assert recent == count_visited_days(days, last, day, days=21)
            assert baseline == count_visited_days(days, last, day, days=70, ago=21)

    def test_weeks_are_oldest_first(self, judge: Judge) -> None:
        member = judge.make(0, 1, 6, 7, 83, 84)
        with judge.in_gym(judge.gym.gym_id) as session:
            stats = session.get_one(MemberStats, (judge.gym.gym_id, member))
            weeks = read_weekly_days(stats.visited_days, stats.last_visit_on, DAY)
        assert weeks == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3]

    def test_a_rebuild_of_the_gym_changes_nothing(self, judge: Judge) -> None:
        judge.freeze(judge.make(*range(0, 170, 3)), 30, 20)
        judge.make()
        judge.make(500, 400, 1)
        with judge.in_gym(judge.gym.gym_id) as session:
            query = select(MemberStats.__table__).order_by(MemberStats.member_id)
            before = session.execute(query).all()
            refresh_member_stats(session, judge.gym.gym_id)
            assert session.execute(query).all() == before

    def test_two_visits_on_one_local_day_are_one_visited_day(
        self, make_gym: Callable[..., Gym], in_gym: InGym
    ) -> None:
        gym = make_gym(timezone="Pacific/Auckland")
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            # 10:30 UTC and 11:30 UTC on 17 November are 23:30 and 00:30 in Auckland.
            late = datetime(2026, 11, 17, 10, 30, tzinfo=UTC)
            create_visits(session, gym=gym, member=member, at=[late, late + timedelta(hours=1)])
            stats = session.get_one(MemberStats, (gym.gym_id, member.member_id))
            assert stats.last_visit_on == date(2026, 11, 18)
            assert stats.visited_days.startswith("11000")
