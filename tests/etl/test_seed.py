"""Seeding the demo gyms: the same again, on to the next day, never twice and never by halves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.orm import Session

import etl.seed
from core.text import fold
from db.addresses import key_of_address
from db.member_words import Texts, list_words
from db.models import Base, Gym, Member, MemberWord
from etl.seed import SeedRefused
from etl.settings import SeedMode
from etl.simulation import SimulationWriter
from tests.etl.simulated import GYMS, instant, picture, read, simulate
from tests.fixtures.planner import knows_visits
from tests.fixtures.postgres import MigratedDatabase

DAY = date(2025, 9, 17)


def count_rows(database: MigratedDatabase) -> dict[str, int]:
    return {
        table.name: read(database, f"select count(*) from {table.name}")[0][0]
        for table in Base.metadata.sorted_tables
    }


def test_the_same_seed_and_day_make_the_same_rows(make_database) -> None:
    one, other = make_database(), make_database()
    simulate(one, DAY)
    simulate(other, DAY)
    assert picture(one) == picture(other)


def test_another_seed_makes_other_lives(make_database) -> None:
    one, other = make_database(), make_database()
    simulate(one, DAY, seed=7)
    simulate(other, DAY, seed=8)
    assert not set(picture(one)["visits"]) & set(picture(other)["visits"])


def test_d_g3_15_seeding_twice_adds_nothing_and_keys_hold(fresh_database) -> None:
    simulate(fresh_database, DAY)
    before = count_rows(fresh_database)
    simulate(fresh_database, DAY)
    assert count_rows(fresh_database) == before
    assert before["attendance"] > 1000

    engine = create_engine(fresh_database.ops_url)
    catalog = inspect(engine)
    for table in ("customers", "packages", "attendance", "transactions", "rfm", "clv"):
        assert catalog.get_pk_constraint(table)["constrained_columns"], table
        assert catalog.get_foreign_keys(table), table
    columns = {column["name"]: column["type"] for column in catalog.get_columns("attendance")}
    assert columns["check_in"].python_type.__name__ == "datetime"
    engine.dispose()


def test_a_second_run_on_the_same_day_adds_nothing(fresh_database) -> None:
    simulate(fresh_database, instant("2025-09-17T15:00"))
    before = count_rows(fresh_database)
    simulate(fresh_database, instant("2025-09-17T21:00"))
    assert count_rows(fresh_database) == before


def test_an_earlier_day_takes_nothing_back(fresh_database) -> None:
    simulate(fresh_database, DAY)
    before = count_rows(fresh_database)
    simulate(fresh_database, DAY - timedelta(days=9))
    assert count_rows(fresh_database) == before


def test_a_life_continued_day_by_day_is_the_life_told_at_once(make_database) -> None:
    continued, at_once = make_database(), make_database()
    first = instant("2025-12-28T17:40")  # people are inside, and some hours are missing
    for days in (0, 1, 2, 4, 9, 10, 40, 41):
        simulate(continued, first + timedelta(days=days, hours=days % 5))
    last = first + timedelta(days=41, hours=1)
    simulate(at_once, last)
    expected = picture(at_once)
    for name, rows in picture(continued).items():
        assert rows == expected[name], name
    assert any(joined > date(2026, 1, 1) for *_, joined, _, _, _, _, _ in expected["members"])


def test_a_run_that_dies_leaves_no_part_of_a_gym(fresh_database, monkeypatch) -> None:
    write = SimulationWriter.write

    def die_in_the_second_gym(self: SimulationWriter, first: int, end: int) -> None:
        write(self, first, end)
        if self.profile.key == GYMS[1].key:
            raise KeyboardInterrupt

    monkeypatch.setattr(SimulationWriter, "write", die_in_the_second_gym)
    with pytest.raises(KeyboardInterrupt):
        simulate(fresh_database, DAY)
    assert read(fresh_database, "select username from gyms") == [("admin",)]
    assert read(fresh_database, "select count(distinct gym_id) from customers") == [(1,)]

    monkeypatch.undo()
    written = simulate(fresh_database, DAY)
    first, second = written.values()
    assert first == 0
    assert second > 0


def test_reset_makes_the_demo_gyms_anew_and_spares_the_others(fresh_database) -> None:
    simulate(fresh_database, DAY)
    engine = create_engine(fresh_database.ops_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into gyms (name, username, email, hashed_password)"
                " values ('Real', 'real', 'real@gym.example', 'x')"
            )
        )
    engine.dispose()
    before = count_rows(fresh_database)
    old = read(fresh_database, "select max(gym_id) from gyms where is_demo")
    simulate(fresh_database, DAY, mode=SeedMode.RESET)
    assert count_rows(fresh_database) == before
    assert read(fresh_database, "select min(gym_id) from gyms where is_demo") > old
    assert read(fresh_database, "select name from gyms where not is_demo") == [("Real",)]


def test_a_database_with_somebodys_gym_gets_no_demo_beside_it(fresh_database) -> None:
    engine = create_engine(fresh_database.ops_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into gyms (name, username, email, hashed_password)"
                " values ('Real', 'real', 'real@gym.example', 'x')"
            )
        )
    engine.dispose()
    assert simulate(fresh_database, DAY) == {}
    assert read(fresh_database, "select count(*) from gyms") == [(1,)]


def test_off_writes_nothing(fresh_database) -> None:
    assert simulate(fresh_database, DAY, mode=SeedMode.OFF) == {}
    assert read(fresh_database, "select count(*) from gyms") == [(0,)]


@pytest.mark.parametrize("mode", [SeedMode.IF_EMPTY, SeedMode.RESET])
def test_production_gets_no_demo_gym(fresh_database, mode: SeedMode) -> None:
    with pytest.raises(SeedRefused, match="production"):
        simulate(fresh_database, DAY, mode=mode, environment="production")
    assert read(fresh_database, "select count(*) from gyms") == [(0,)]


def test_a_gym_of_another_version_is_not_continued(fresh_database, monkeypatch) -> None:
    simulate(fresh_database, DAY)
    before = count_rows(fresh_database)
    monkeypatch.setattr(etl.seed, "VERSION", etl.seed.VERSION + 1)
    with pytest.raises(SeedRefused, match="reset"):
        simulate(fresh_database, DAY + timedelta(days=1))
    assert count_rows(fresh_database) == before


def test_what_the_gym_decided_itself_is_not_overwritten(fresh_database) -> None:
    simulate(fresh_database, DAY)
    engine = create_engine(fresh_database.ops_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "update memberships set ends_on = '2025-09-20', last_day = '2025-09-20',"
                " cancelled_on = '2025-09-18',"
                " cancel_reason = 'The gym said so' where ends_on is null"
            )
        )
    engine.dispose()
    kept = "select count(*) from memberships where cancel_reason = 'The gym said so'"
    ended = read(fresh_database, kept)
    simulate(fresh_database, DAY + timedelta(days=120))
    assert read(fresh_database, kept) == ended


def test_a_gym_may_grow_to_any_size(fresh_database) -> None:
    few_days = date(2025, 4, 9)
    simulate(fresh_database, few_days, gyms=[replace(GYMS[0], members=2300)])
    assert read(fresh_database, "select count(*) > 2000 from customers") == [(True,)]


def test_each_gym_that_was_just_seeded_is_known_to_the_planner(fresh_database) -> None:
    for gym in GYMS:  # one after the other, so that the first is known when the second comes
        simulate(fresh_database, DAY, gyms=[gym])
    engine = create_engine(fresh_database.ops_url)
    with Session(engine) as session:
        for gym_id in session.scalars(select(Gym.gym_id)):
            assert knows_visits(session, gym_id)
    engine.dispose()


def test_each_member_of_the_demo_has_the_keys_of_their_address_and_name(demo) -> None:
    engine = create_engine(demo.ops_url)
    with engine.connect() as connection:
        rows = connection.execute(select(Member.email, Member.email_key)).all()
        names = connection.execute(select(Member.name, Member.name_key)).all()
    engine.dispose()
    assert all(key == fold(name) for name, key in names)
    assert sum(key is not None for _, key in rows) > 100
    for email, key in rows:
        assert key == (None if email is None else key_of_address(email))


def test_each_member_of_the_demo_is_found_by_their_words(demo) -> None:
    engine = create_engine(demo.ops_url)
    with Session(engine) as session:
        # The members of a demo have no further numbers.
        columns = (getattr(Member, field) for field in Texts._fields if field != "other_numbers")
        members = session.execute(select(*columns))
        wanted = {(row.member_id, word) for row in members for word in list_words(Texts(*row))}
        kept = session.execute(select(MemberWord.member_id, MemberWord.word)).all()
    engine.dispose()
    assert len(kept) == len(wanted) > 1_000
    assert {tuple(row) for row in kept} == wanted


def test_each_visit_of_the_demo_was_at_the_gyms_one_location(demo) -> None:
    elsewhere = """
        select count(*) from attendance a join locations l using (gym_id)
        where a.location_id is distinct from l.location_id
    """
    assert read(demo, elsewhere) == [(0,)]
