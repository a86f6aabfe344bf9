"""What the science reads: the same from the database and from files, and never the future."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import text

from db.as_of import read_as_of
from db.member_facts import write_freely
from db.models import Gym
from db.session import session_scope
from db.stats.member_stats import refresh_member_stats
from ds.data import Dataset, read_csv_datasets, read_dataset
from ds.frames import read_frame
from ds.report import compute_report
from tests.ds.world import DAY, NOW, World, day, fill_gym


def read(world: World, gym: Gym) -> Dataset:
    with session_scope(world.factory) as session:
        return read_dataset(session, gym, read_as_of(session, gym, NOW))


def fill_with_oddities(world: World, gym: Gym) -> None:
    fill_gym(world, gym)
    never_came = world.add_member(gym, joined=20)
    world.add_line(gym, never_came, 4000, date=day(20))
    world.add_line(gym, never_came, -1500, kind="refund", date=day(5))
    undone = world.add_member(gym, joined=90, visits=(1, 4), paid=(2500,))
    ids = world.query("select max(transaction_id) from transactions")
    world.add_line(gym, undone, -2500, kind="reversal", reverses_id=ids[0][0])
    world.add_member(gym, joined=90, visits=(30,), covered=(90, 10))
    world.add_member(gym, joined=90, visits=(2,), covered=(90, None))
    world.add_member(gym, joined=-3, visits=())


def test_files_and_database_give_the_same_members(world: World, tmp_path: Path) -> None:
    for name, timezone in (("Harbour Gym", "Europe/Lisbon"), ("Hill Gym", "Asia/Tokyo")):
        fill_with_oddities(world, world.add_gym(name, timezone))
    world.export(tmp_path)
    with session_scope(world.factory) as session:
        gyms = session.query(Gym).order_by(Gym.gym_id).all()
    datasets = read_csv_datasets(tmp_path, NOW)
    assert [dataset.gym_name for dataset in datasets] == ["Harbour Gym", "Hill Gym"]
    for gym, from_files in zip(gyms, datasets, strict=True):
        from_database = read(world, gym)
        assert from_database.as_of == from_files.as_of
        pd.testing.assert_frame_equal(from_database.members, from_files.members)
        first, second = compute_report(from_database), compute_report(from_files)
        pd.testing.assert_frame_equal(first.scores, second.scores)
        assert first.details == second.details
        assert first.retention == second.retention


def test_an_old_history_is_read_as_of_its_last_day_from_both(world: World, tmp_path: Path) -> None:
    gym = world.add_gym()
    world.add_member(gym, joined=200, visits=(40, 50, 60))
    world.export(tmp_path)
    assert read(world, gym).as_of == read_csv_datasets(tmp_path, NOW)[0].as_of == day(40)


def test_files_without_time_zones_and_memberships_are_read_in_utc(
    world: World, tmp_path: Path
) -> None:
    gym = world.add_gym(timezone="UTC")
    world.add_member(gym, visits=(3,), paid=(100,))
    world.export(tmp_path)
    (tmp_path / "gyms.csv").unlink()
    (tmp_path / "memberships.csv").unlink()
    pd.testing.assert_frame_equal(
        read_csv_datasets(tmp_path, NOW)[0].members, read(world, gym).members
    )


def test_appending_the_future_changes_nothing(world: World) -> None:
    gym = world.add_gym()
    fill_with_oddities(world, gym)
    before = read(world, gym)
    members = before.members["member_id"].tolist()
    for member_id in members[1:40:5]:
        world.add_line(gym, member_id, 7700, date=DAY + timedelta(1))
    for member_id in members[:40:3]:
        with session_scope(world.factory) as session:
            write_freely(session)
            session.execute(
                text(
                    "insert into attendance (gym_id, customer_id, check_in)"
                    " values (:gym_id, :member_id, :check_in)"
                ),
                {
                    "gym_id": gym.gym_id,
                    "member_id": member_id,
                    "check_in": NOW + timedelta(days=1),
                },
            )
    with session_scope(world.factory) as session:
        refresh_member_stats(session, gym.gym_id)
    assert world.query("select max(last_visit_on) from member_stats") == [(DAY + timedelta(1),)]
    after = read(world, gym)
    pd.testing.assert_frame_equal(after.members, before.members)
    pd.testing.assert_frame_equal(compute_report(after).scores, compute_report(before).scores)


def test_d_g3_8_every_member_is_scored_once_also_who_never_came(world: World) -> None:
    gym = world.add_gym()
    came = world.add_members(gym, ({"visits": (ago, ago + 2)} for ago in range(17)))
    never = world.add_members(gym, [{"joined": 40}] * 3)
    scores = compute_report(read(world, gym)).scores.set_index("member_id")
    assert scores.index.tolist() == came + never
    assert scores.loc[never, "recency"].tolist() == [40, 40, 40]
    assert scores.loc[never, "frequency"].tolist() == [0, 0, 0]


def test_a_gym_is_read_whole_whatever_postgresql_takes_it_for(world: World) -> None:
    """After a load it may take a gym for empty; row by row, a join would then run for minutes."""
    with session_scope(world.factory) as session:
        read = read_frame(
            session, "select current_setting('enable_nestloop') as by_row", {}, dates=[]
        )
        assert read["by_row"].tolist() == ["off"]
        assert session.execute(text("show enable_nestloop")).scalar_one() == "on"
