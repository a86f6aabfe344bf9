"""The first demo gym shows the product: a list that an owner would act on."""

from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from db.models import Gym, MemberStats, Payment
from db.stats import at_risk
from etl.demo_gyms import NEIGHBOURHOOD
from tests.etl.simulated import simulate

DAY = date(2026, 3, 20)


@pytest.fixture
def session(fresh_database):
    simulate(fresh_database, DAY, gyms=[NEIGHBOURHOOD])
    engine = create_engine(fresh_database.ops_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_some_members_are_at_risk_in_every_tab_and_for_every_reason(session: Session) -> None:
    def count(*conditions: object) -> int:
        query = select(func.count()).select_from(MemberStats)
        return session.scalar(query.where(*conditions))

    at_risk_now = at_risk.is_at_risk(DAY)
    active, found = count(at_risk.is_active(DAY)), count(at_risk_now)
    assert session.scalar(select(Gym.name)) == "Harbor Lane Fitness"
    assert 550 < active < 800
    assert 0.05 < found / active < 0.12

    tabs = dict(
        session.execute(
            select(at_risk.tab_of(DAY).label("tab"), func.count())
            .where(at_risk_now)
            .group_by("tab")
        ).all()
    )
    assert set(tabs) == {tab.value for tab in at_risk.Tab}
    assert tabs["drifting"] > tabs["gone"] > 3
    assert count(at_risk_now, at_risk.has_dropped(DAY)) > 5
    assert count(at_risk_now, at_risk.is_absent(DAY)) > 15
    assert count(at_risk_now, MemberStats.yearly_value.is_(None)) == 0

    failed = select(Payment.member_id).where(
        Payment.state == "failed", Payment.due_on > DAY - timedelta(days=30)
    )
    assert count(at_risk_now, MemberStats.member_id.in_(failed)) > 0
    assert count(at_risk_now, ~MemberStats.covered.op("@>")(DAY + timedelta(days=31))) > 3
