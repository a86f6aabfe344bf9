"""Runs: what they store, what a failed one leaves, and when the next is due."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from core.clock import AsOf
from db.as_of import read_as_of
from db.models import Gym
from db.session import make_engine, make_session_factory, session_scope
from ds import pipeline
from ds.pipeline import Outcome, main, run_gym, run_once
from ds.store_results import LOST, open_run
from tests.ds.world import DAY, NOW, World, fill_gym
from tests.fixtures.postgres import ROOT, MigratedDatabase

SCORES = (
    "select r.customer_id, recency_score, frequency_score, monetary_score, customer_segment,"
    " clv_value, average_order_value, predicted_customer_type"
    " from rfm r join clv using (gym_id, customer_id) where r.gym_id = :gym_id order by 1"
)
RUNS = "select state, as_of, members, method, error from analytics_runs order by run_id"


@pytest.fixture
def run_main(
    fresh_database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """The command, inside this process: starting one takes seconds."""

    def run(*arguments: str) -> int:
        monkeypatch.setenv("OPS_DATABASE_URL", fresh_database.ops_url)
        return main(arguments)

    return run


def test_a_run_stores_a_score_and_a_value_per_member(world: World) -> None:
    gym = world.add_gym()
    member_id = world.add_member(gym, visits=(3, 5, 9), paid=(2900, 3101))
    never_came = world.add_member(gym, joined=50)
    outcome = run_gym(world.factory, gym, NOW)
    assert outcome.failure is None
    assert world.query(SCORES, gym_id=gym.gym_id) == [
        (member_id, 3, 3, Decimal("60.01"), "High-Value", Decimal("60.01"), Decimal("30.01"),
         "High-Value"),
        (never_came, 50, 0, 0, "At Risk", 0, 0, "At Risk"),
    ]  # fmt: skip
    assert world.query(RUNS) == [("done", DAY, 2, "cutoffs", None)]
    assert world.query("select retention_rate from analytics_runs") == [(Decimal("100.00"),)]


@pytest.mark.parametrize(
    ("currency", "spent", "mean"), [("JPY", "6001", "3001"), ("KWD", "6.001", "3.001")]
)
def test_what_was_paid_is_valued_in_the_gyms_own_currency(
    world: World, currency: str, spent: str, mean: str
) -> None:
    gym = world.add_gym(currency=currency)
    member_id = world.add_member(gym, visits=(3, 5, 9), paid=(2900, 3101))
    assert run_gym(world.factory, gym, NOW).failure is None
    [row] = world.query(SCORES, gym_id=gym.gym_id)
    assert row[0] == member_id
    assert (row[3], row[5], row[6]) == (Decimal(spent), Decimal(spent), Decimal(mean))


def test_a_second_run_replaces_the_first(world: World) -> None:
    gym = world.add_gym()
    fill_gym(world, gym, 44)
    run_gym(world.factory, gym, NOW)
    first = world.query(SCORES, gym_id=gym.gym_id)
    run_gym(world.factory, gym, NOW)
    assert world.query(SCORES, gym_id=gym.gym_id) == first
    details = world.query("select details from analytics_runs order by run_id desc limit 1")[0][0]
    assert details["renamed_share"] == 0
    assert details["total"] == 44
    assert [month["month"] for month in details["monthly"]][-1] == "2026-02"
    assert details["segments"]["clusters"]


def test_a_run_changes_adds_and_removes_what_differs_and_leaves_the_rest(world: World) -> None:
    gym = world.add_gym()
    same, changed, gone = world.add_members(gym, [{"visits": (5,), "paid": (100,)}] * 3)
    run_gym(world.factory, gym, NOW)
    world.add_visits(gym, changed, 1)
    new = world.add_member(gym, joined=3)
    # A row that was kept by mistake: nothing of this member lies before the day any more.
    world.query(
        "update member_stats set join_date = '2030-01-01', visits = 0, orders = 0, spend = 0"
        " where customer_id = :gone",
        gone=gone,
    )
    run_gym(world.factory, gym, NOW)
    rows = {row[0]: row[1:4] for row in world.query(SCORES, gym_id=gym.gym_id)}
    assert rows == {same: (5, 1, 1), changed: (1, 2, 1), new: (3, 0, 0)}
    first, second = world.query("select run_id from analytics_runs order by 1")
    runs = dict(world.query("select customer_id, run_id from clv"))
    assert (runs[same], runs[new]) == (first[0], second[0])


@pytest.mark.parametrize("members", [0, 1, 2, 3])
def test_d_g3_14_a_gym_of_up_to_three_members_runs(world: World, members: int) -> None:
    gym = world.add_gym()
    for _ in range(members):
        world.add_member(gym, visits=(1,))
    assert run_gym(world.factory, gym, NOW).failure is None
    assert len(world.query(SCORES, gym_id=gym.gym_id)) == members


def test_d_g3_12_another_gyms_data_never_changes_a_score(world: World) -> None:
    ours, theirs = world.add_gym("Ours"), world.add_gym("Theirs")
    fill_gym(world, ours, 44)
    run_once(world.factory, NOW)
    before = world.query(SCORES, gym_id=ours.gym_id)
    rich = ({"visits": tuple(range(n, n + 9)), "paid": (900_000,) * 3} for n in range(50))
    world.add_members(theirs, rich)
    run_once(world.factory, NOW)
    assert len(before) == 44
    assert world.query(SCORES, gym_id=ours.gym_id) == before
    assert len(world.query(SCORES, gym_id=theirs.gym_id)) == 50


def refuse_writes(world: World, database: MigratedDatabase) -> None:
    """From now on PostgreSQL refuses the last of a run's writes."""
    with psycopg2.connect(database.superuser_url.replace("+psycopg2", "")) as connection:
        connection.cursor().execute(
            "alter table clv add constraint disk_full check (clv_value < 0) not valid"
        )
    connection.close()


def test_d_g3_19_a_failed_run_says_so_and_leaves_the_last_good_rows(
    world: World, fresh_database: MigratedDatabase
) -> None:
    gym = world.add_gym()
    member_id = world.add_member(gym, visits=(3, 5), paid=(2900,))
    assert run_gym(world.factory, gym, NOW).failure is None
    good = world.query(SCORES, gym_id=gym.gym_id)
    assert len(good) == 1
    world.add_visits(gym, member_id, 1)
    world.add_line(gym, member_id, 4500)
    refuse_writes(world, fresh_database)

    done = subprocess.run(
        [sys.executable, "-m", "ds.pipeline"],
        env=fresh_database.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Harbour Gym: " in done.stderr
    assert "disk_full" in done.stderr
    assert "disk_full" not in done.stdout
    assert world.query(SCORES, gym_id=gym.gym_id) == good
    (_, (state, _, _, _, error)) = world.query(RUNS)
    assert state == "failed"
    assert "disk_full" in error


def test_d_g3_19_one_gyms_failure_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.add_gym("First"), world.add_gym("Second")
    for gym in (first, second):
        world.add_member(gym, visits=(1,))
    compute = pipeline.compute_report

    def fail_first(dataset: Any) -> Any:
        if dataset.gym_id == first.gym_id:
            raise ValueError("no such cluster")
        return compute(dataset)

    monkeypatch.setattr(pipeline, "compute_report", fail_first)
    outcomes = run_once(world.factory, NOW)
    assert [outcome.failure for outcome in outcomes] == ["ValueError: no such cluster", None]
    assert [row[0] for row in world.query(RUNS)] == ["failed", "done"]


def test_d_g3_19_without_a_database_the_command_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", "postgresql://comeback_ops:x@127.0.0.1:1/nowhere")
    assert main([]) == 1
    assert "the database could not be read" in capsys.readouterr().err


def test_an_unknown_owner_is_an_error_and_a_known_one_runs_alone(
    world: World, run_main: Callable[..., int]
) -> None:
    world.add_gym("First")
    second = world.add_gym("Second")
    assert run_main("--gym", "nobody@example.com") == 1
    assert run_main("--gym", second.email.upper()) == 0
    assert world.query("select gym_id from analytics_runs") == [(second.gym_id,)]


def test_pictures_are_drawn_when_asked_for(
    world: World, run_main: Callable[..., int], tmp_path: Path
) -> None:
    gym = world.add_gym()
    fill_gym(world, gym, 44)
    world.add_gym("Empty Gym")
    assert run_main("--plots", str(tmp_path / "plots")) == 0
    picture = tmp_path / "plots" / f"gym-{gym.gym_id}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_ds_model_prints_the_retention_rate_from_any_folder(
    world: World, fresh_database: MigratedDatabase, tmp_path: Path
) -> None:
    gym = world.add_gym()
    world.add_members(gym, ({"joined": 300, "visits": (ago,)} for ago in (0, 90, 91, 200)))
    world.add_gym("Empty Gym")
    world.export(tmp_path)
    environment = dict(fresh_database.environment)
    del environment["PYTHONPATH"]  # a bare `python ds_model.py` is what the specification names

    def run_script(script: str, folder: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, script, *arguments],
            env=environment,
            cwd=ROOT / folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = run_script("ds/ds_model.py", ".")
    assert "Harbour Gym: retention rate 50.00% (2 of 4 members" in printed
    assert "Empty Gym: no members yet" in printed
    assert run_script("ds_model.py", "ds", "--csv", str(tmp_path)) == printed


def as_of(day_offset: int = 0) -> AsOf:
    return AsOf(NOW, DAY + timedelta(day_offset), True)


def test_two_runs_of_a_gym_never_overlap(world: World) -> None:
    gym, other = world.add_gym("First"), world.add_gym("Second")
    world.add_member(gym, visits=(1,))
    with elsewhere(world, gym):
        assert run_gym(world.factory, gym, NOW) == Outcome(gym), "neither done nor failed"
        assert run_gym(world.factory, other, NOW).failure is None
    assert run_gym(world.factory, gym, NOW).report is not None


@contextmanager
def elsewhere(world: World, gym: Gym) -> Iterator[None]:
    """Another process has a run of the gym."""
    engine = make_engine(world.ops_url, pool_size=2)
    with open_run(make_session_factory(engine), gym, as_of()) as run:
        assert run is not None
        yield
    engine.dispose()


def test_the_run_of_a_process_that_was_killed_is_taken_over_at_once(
    world: World, fresh_database: MigratedDatabase
) -> None:
    gym = world.add_gym()
    world.add_member(gym, visits=(1,))
    code = (
        "import sys, time; from datetime import UTC, datetime; from core.clock import AsOf\n"
        "from db.models import Gym; from ds.store_results import open_run\n"
        "from db.session import make_engine, make_session_factory\n"
        "factory = make_session_factory(make_engine(sys.argv[1], pool_size=2))\n"
        "now = datetime.now(UTC); as_of = AsOf(now, now.date(), True)\n"
        "with open_run(factory, Gym(gym_id=int(sys.argv[2])), as_of) as run:\n"
        "    print('begun' if run else 'refused', flush=True); time.sleep(900)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, fresh_database.ops_url, str(gym.gym_id)],
        env=fresh_database.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert run_gym(world.factory, gym, NOW).report is None
        process.kill()
    wait_for(lambda: run_gym(world.factory, gym, NOW).report is not None)
    assert [(row[0], row[4]) for row in world.query(RUNS)] == [("failed", LOST), ("done", None)]


def wait_for(is_so: Callable[[], bool]) -> None:
    """PostgreSQL notices the end of a process at once, and lets go of its lock a moment later."""
    ends_at = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_a_run_that_lost_the_database_is_taken_over_and_can_store_nothing_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = world.add_gym()
    world.add_member(gym, visits=(1,))
    compute = pipeline.compute_report

    with ExitStack() as other:

        def lose_the_lock(dataset: Any) -> Any:
            world.query(
                "select pg_terminate_backend(pid, 180000) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
            other.enter_context(elsewhere(world, gym))
            return compute(dataset)

        monkeypatch.setattr(pipeline, "compute_report", lose_the_lock)
        outcome = run_gym(world.factory, gym, NOW)
        assert outcome.failure == f"RunLost: {LOST}"
        assert world.query(SCORES, gym_id=gym.gym_id) == []
        states = [(row[0], row[4]) for row in world.query(RUNS)]
        assert states == [("failed", LOST), ("running", None)]


def test_a_run_reads_the_gyms_own_as_of(world: World) -> None:
    gym = world.add_gym()
    world.add_member(gym, joined=300, visits=(40,))
    with session_scope(world.factory) as session:
        moment = read_as_of(session, gym, NOW)
    run_gym(world.factory, gym, NOW)
    assert world.query("select as_of from analytics_runs") == [(moment.day,)]
