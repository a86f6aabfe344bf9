"""The views that analysts open in pgAdmin: every gym by name, money in major units, no secrets."""

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg2.errors
import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db.member_facts import write_freely
from db.models import (
    AttendanceReport,
    Campaign,
    Gym,
    Member,
    Notification,
    Payment,
    TransactionKind,
    User,
)
from db.session import make_engine
from tests.factories.gyms import create_gym
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_transaction,
    create_visits,
)
from tests.fixtures.postgres import MigratedDatabase, Server

NOW = datetime.now(UTC).replace(microsecond=0)
VIEWS = (
    "gyms",
    "members",
    "visits",
    "payments",
    "transactions",
    "segments",
    "campaigns",
    "months",
    "attendance_reports",
)


@pytest.fixture(scope="module")
def reported(postgres_server: Server, template_database: str) -> Iterator[MigratedDatabase]:
    """A database of this file's own, with two gyms of one member each."""
    database = postgres_server.copy(template_database, f"comeback_test_{secrets.token_hex(6)}")
    engine = make_engine(database.ops_url, pool_size=1)
    with Session(engine) as session, session.begin():
        for name, timezone in (("Reporting North", "America/New_York"), ("Reporting South", "UTC")):
            gym = create_gym(session, name=name, timezone=timezone, currency="CHF")
            member = create_member(session, gym=gym, name=f"Ana of {name}", number="17")
            plan = create_plan(session, gym=gym, name="Year", price=Decimal("600.00"))
            create_membership(session, gym=gym, member=member, plan=plan)
            create_visits(
                session,
                gym=gym,
                member=member,
                at=[NOW - timedelta(days=2, hours=n) for n in (1, 30)],
            )
            create_transaction(session, gym=gym, member=member, at=NOW, amount=60_000)
            create_transaction(
                session, gym=gym, member=member, at=NOW, amount=-1_050, kind=TransactionKind.REFUND
            )
            _owe(session, member)
            _mail(session, member)
            _report(session, gym)
    engine.dispose()
    yield database
    postgres_server.drop(database.name)


def _owe(session: Session, member: Member) -> None:
    write_freely(session)
    session.add(
        Payment(
            gym_id=member.gym_id,
            member_id=member.member_id,
            amount=4_999,
            currency="CHF",
            state="failed",
            due_on=NOW.date(),
            failure_reason="card expired",
        )
    )


def _mail(session: Session, member: Member) -> None:
    """A mail before the member's visits."""
    owner = session.query(User).filter_by(gym_id=member.gym_id).one()
    campaign = Campaign(
        gym_id=member.gym_id,
        created_by=owner.user_id,
        name="We miss you",
        subject="Hi",
        body="Come",
        audience={},
    )
    session.add(campaign)
    session.flush()
    session.add(
        Notification(
            gym_id=member.gym_id,
            campaign_id=campaign.campaign_id,
            member_id=member.member_id,
            kind="campaign",
            channel="email",
            recipient="ana@example.com",
            payload={"subject": "Hi", "body": "Come"},
            dedupe_key=f"{campaign.campaign_id}-{member.member_id}",
            provider_id=f"<{member.member_id}@example.com>",
            unsubscribe_hash=f"hash-{member.member_id}",
            state="sent",
            sent_at=NOW - timedelta(days=9),
        )
    )


def _report(session: Session, gym: Gym) -> None:
    session.add(
        AttendanceReport(
            gym_id=gym.gym_id,
            day=date(2026, 11, 17),
            visits=2,
            unique_members=1,
            peak_hour=18,
            peak_visits=2,
            first_timers=1,
            returned=0,
            computed_at=datetime(2026, 11, 18, 11, tzinfo=UTC),
        )
    )


@pytest.fixture
def analyst(reported: MigratedDatabase) -> Iterator[Connection]:
    engine = create_engine(reported.analyst_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def read(analyst: Connection, view: str, gym: str = "Reporting North") -> list[dict[str, object]]:
    rows = analyst.execute(text(f"select * from reporting.{view} where gym = :gym"), {"gym": gym})
    return [dict(row) for row in rows.mappings()]


def test_all_views_are_there(analyst: Connection) -> None:
    found = analyst.execute(
        text("select table_name from information_schema.views where table_schema = 'reporting'")
    )
    assert set(found.scalars()) >= set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_reads_every_view_of_every_gym(analyst: Connection, view: str) -> None:
    if view == "segments":  # nothing is computed here
        assert read(analyst, view) == []
        return
    assert read(analyst, view, "Reporting North")
    assert read(analyst, view, "Reporting South")


def test_a_member_has_plan_figures_and_money_in_major_units(analyst: Connection) -> None:
    [member] = read(analyst, "members")
    assert member["name"] == "Ana of Reporting North"
    assert member["plan"] == "Year"
    assert member["status"] == "active"
    assert member["visits"] == 2
    assert member["yearly_value"] == Decimal("600.00")
    assert member["spend"] == Decimal("589.50")
    assert member["currency"] == "CHF"
    [gym] = read(analyst, "gyms")
    assert member["inactive_days"] == (gym["as_of"] - member["last_visit_on"]).days  # type: ignore[operator]


def test_a_visit_is_told_in_the_gyms_own_time(analyst: Connection) -> None:
    visits = read(analyst, "visits")
    assert {visit["minutes"] for visit in visits} == {60}
    newest = max(visit["came_at"] for visit in visits)  # type: ignore[type-var]
    behind = (NOW - timedelta(days=2, hours=1)).replace(tzinfo=None) - newest  # type: ignore[operator]
    assert behind in {timedelta(hours=4), timedelta(hours=5)}


def test_money_that_went_back_is_negative_and_months_add_up(analyst: Connection) -> None:
    lines = read(analyst, "transactions")
    assert sorted(line["amount"] for line in lines) == [Decimal("-10.50"), Decimal("600.00")]  # type: ignore[type-var]
    months = read(analyst, "months")
    assert sum(month["revenue"] for month in months) == Decimal("589.50")  # type: ignore[misc]
    assert sum(month["visits"] for month in months) == 2  # type: ignore[misc]
    assert sum(month["joined"] for month in months) == 1  # type: ignore[misc]
    [payment] = read(analyst, "payments")
    assert (payment["amount"], payment["failure_reason"]) == (Decimal("49.99"), "card expired")


def test_the_portuguese_views_are_the_same_rows(analyst: Connection) -> None:
    def read_portuguese(view: str) -> list[dict[str, object]]:
        rows = analyst.execute(
            text(f"select * from reporting.{view} where academia = 'Reporting North'")
        )
        return [dict(row) for row in rows.mappings()]

    [plano] = read_portuguese("planos")
    [aluno] = read_portuguese("alunos")
    checkins = read_portuguese("checkins")
    assert (plano["nome"], plano["preco"], plano["moeda"]) == ("Year", Decimal("600.00"), "CHF")
    assert (aluno["nome"], aluno["situacao"]) == ("Ana of Reporting North", "ativo")
    assert (aluno["plano_id"], aluno["visitas"]) == (plano["plano_id"], 2)
    assert {checkin["aluno_id"] for checkin in checkins} == {aluno["aluno_id"]}
    visits = read(analyst, "visits")
    assert {checkin["entrada"] for checkin in checkins} == {visit["came_at"] for visit in visits}
    assert {checkin["minutos"] for checkin in checkins} == {60}


def test_a_campaign_counts_who_came_back(analyst: Connection) -> None:
    [campaign] = read(analyst, "campaigns")
    assert (campaign["sent"], campaign["waiting"], campaign["failed"]) == (1, 0, 0)
    assert campaign["came_back"] == 1
    assert campaign["came_back_yearly_value"] == Decimal("600.00")


def test_no_view_has_a_secret_or_a_note(analyst: Connection) -> None:
    found = analyst.execute(
        text(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'reporting'"
            " and column_name ~ '(password|hash|token|notes|secret)'"
        )
    )
    assert found.all() == []


def test_every_view_and_column_says_what_it_means(migrator_engine: Engine) -> None:
    silent = text(
        "select c.relname, a.attname from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
        " where n.nspname = 'reporting' and (col_description(c.oid, a.attnum) is null"
        " or obj_description(c.oid, 'pg_class') is null)"
    )
    with migrator_engine.connect() as connection:
        assert connection.execute(silent).all() == []


def test_every_view_shows_only_what_its_reader_may_read(migrator_engine: Engine) -> None:
    with migrator_engine.connect() as connection:
        loose = connection.execute(
            text(
                "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = 'reporting' and c.relkind = 'v'"
                " and not coalesce(c.reloptions @> array['security_invoker=true'], false)"
            )
        )
        assert loose.all() == []


def test_the_api_has_no_way_into_the_views(app_engine: Engine) -> None:
    with app_engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text("select * from reporting.members"))
    assert isinstance(refused.value.orig, psycopg2.errors.InsufficientPrivilege)


def test_a_report_is_told_in_the_gyms_own_time(analyst: Connection) -> None:
    [report] = read(analyst, "attendance_reports")
    assert (report["day"], report["visits"], report["peak_hour"]) == (date(2026, 11, 17), 2, 18)
    assert report["computed_at"] == datetime(2026, 11, 18, 6)  # noqa: DTZ001 - local time
    assert report["was_mailed"] is False
