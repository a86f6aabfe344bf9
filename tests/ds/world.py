"""A gym with chosen members, visits and money, written as the platform writes them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.member_facts import write_freely
from db.models import CheckIn, Gym, Member, Membership, MembershipPlan, Role, Transaction, User
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours
from etl.export_csv import export

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = NOW.date()


class World:
    """One database with gyms in it. `ago` counts days back from DAY."""

    def __init__(self, ops_url: str) -> None:
        self.ops_url = ops_url
        self.engine = make_engine(ops_url, pool_size=2, statement_timeout_ms=0)  # as ds does
        self.factory = make_session_factory(self.engine)

    def add_gym(
        self, name: str = "Harbour Gym", timezone: str = "Europe/Lisbon", currency: str = "EUR"
    ) -> Gym:
        email = f"{name.replace(' ', '.').lower()}@example.com"
        with session_scope(self.factory) as session:
            gym = Gym(
                name=name,
                username=name,
                email=email,
                hashed_password="x",
                timezone=timezone,
                currency=currency,
                is_demo=True,
            )
            session.add(gym)
            session.flush()
            session.add(User(gym_id=gym.gym_id, role=Role.OWNER, name=name, email=email))
        return gym

    def add_member(
        self,
        gym: Gym,
        *,
        joined: int = 200,
        visits: tuple[int, ...] = (),
        paid: tuple[int, ...] = (),
        covered: tuple[int, int | None] | None = None,
    ) -> int:
        """`joined`, `visits`, `covered` (first and last day) are days ago, `paid` minor units."""
        with session_scope(self.factory) as session:
            write_freely(session)
            member_id = self._add_member(session, gym, joined, visits, paid, covered)
            self._refresh(session, gym)
        return member_id

    def add_members(self, gym: Gym, members: Iterable[dict[str, Any]]) -> list[int]:
        """Many members at once, each as the arguments of `add_member`."""
        blank = {"joined": 200, "visits": (), "paid": (), "covered": None}
        with session_scope(self.factory) as session:
            write_freely(session)
            ids = [self._add_member(session, gym, **{**blank, **member}) for member in members]
            self._refresh(session, gym)
        return ids

    def _add_member(
        self,
        session: GymSession,
        gym: Gym,
        joined: int,
        visits: tuple[int, ...],
        paid: tuple[int, ...],
        covered: tuple[int, int | None] | None,
    ) -> int:
        joined_on = DAY - timedelta(joined)
        member = Member(gym_id=gym.gym_id, name="Ana Reis", join_date=joined_on)
        session.add(member)
        session.flush()
        for ago in visits:
            self._add_visit(session, member, ago)
        for amount in paid:
            self._add_line(session, member, amount)
        if covered is not None:
            self._add_membership(session, member, *covered)
        return member.member_id

    def _add_visit(self, session: GymSession, member: Member, ago: int) -> None:
        came = datetime.combine(DAY - timedelta(ago), time(9), UTC)
        session.add(CheckIn(gym_id=member.gym_id, member_id=member.member_id, check_in=came))

    def _add_line(self, session: GymSession, member: Member, amount: int, **more: Any) -> None:
        line = {"date": DAY - timedelta(30), "currency": "EUR", **more}
        session.add(
            Transaction(gym_id=member.gym_id, member_id=member.member_id, amount=amount, **line)
        )

    def _add_membership(
        self, session: GymSession, member: Member, first: int, last: int | None
    ) -> None:
        plan = MembershipPlan(
            gym_id=member.gym_id, name=f"Plan {member.member_id}", duration_months=12, price=300
        )
        session.add(plan)
        session.flush()
        session.add(
            Membership(
                gym_id=member.gym_id,
                member_id=member.member_id,
                plan_id=plan.plan_id,
                starts_on=DAY - timedelta(first),
                ends_on=None if last is None else DAY - timedelta(last),
                yearly_price=30000,
            )
        )

    def add_visits(self, gym: Gym, member_id: int, *agos: int) -> None:
        with session_scope(self.factory) as session:
            write_freely(session)
            member = session.get_one(Member, member_id)
            for ago in agos:
                self._add_visit(session, member, ago)
            self._refresh(session, gym)

    def add_line(self, gym: Gym, member_id: int, amount: int, **more: Any) -> None:
        with session_scope(self.factory) as session:
            write_freely(session)
            self._add_line(session, session.get_one(Member, member_id), amount, **more)
            self._refresh(session, gym)

    def _refresh(self, session: GymSession, gym: Gym) -> None:
        refresh_member_stats(session, gym.gym_id)
        rebuild_visit_hours(session, gym.gym_id)

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            write_freely(connection)
            result = connection.execute(text(sql), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []

    def export(self, folder: Path) -> None:
        """Write the tables as the etl service exports them."""
        export(self.ops_url, folder)


def fill_gym(world: World, gym: Gym, members: int = 60) -> list[int]:
    """A gym of regulars, big spenders, newcomers and people who stopped, all of them different."""
    chosen: list[dict[str, Any]] = []
    for number in range(members):
        kind, step = number % 4, number // 4
        if kind == 0:
            visits, paid, joined = tuple(range(step % 3, 120, 3)), (3000,) * 4, 300 + step
        elif kind == 1:
            visits, paid, joined = tuple(range(step % 5, 100, 7)), (9000 + step,) * 12, 400 + step
        elif kind == 2:
            visits, paid, joined = tuple(range(step % 4, 14, 6)), (2500,), 20 + step
        else:
            visits, paid, joined = tuple(range(130 + step, 200, 6)), (3000,) * 5, 350 + step
        chosen.append({"joined": joined, "visits": visits, "paid": paid})
    return world.add_members(gym, chosen)


def day(ago: int) -> date:
    return DAY - timedelta(ago)
