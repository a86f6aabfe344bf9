"""The order of rows, the size of steps and dying workers change nothing of what comes out."""

import io
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.check_ins.bulk.jobs import BulkCheckIns
from core.importing import ImportFile, Kind
from db import planning
from db.addresses import keep_address
from db.loading import load_import
from db.member_facts import write_freely
from db.models import Gym, Job, JobState, Role
from db.queue.catalogue import CHECK_INS
from db.queue.jobs import ClaimedJob, LeaseLost, claim_job, process_job
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours
from db.types import GymId
from tests.api.check_ins.bulk.uploads import Bulk, InGym, counts, snapshot, write_csv
from tests.etl.door_log import ZONE, count_visits, simulate_taps
from tests.fixtures.api import NOON, ApiClient, SignInAs
from tests.fixtures.planner import count_analyses

AddMembers = Callable[[Gym, int], None]
MakeGym = Callable[..., Gym]
Row = tuple[str, str, str, str]
MEMBERS = 6


@pytest.fixture
def make_owner(
    make_gym: MakeGym, add_members: AddMembers, sign_in_as: SignInAs
) -> Callable[[], ApiClient]:
    """Owners of gyms that are all alike: the members 1 to 6."""

    def make() -> ApiClient:
        gym = make_gym(timezone="Europe/Lisbon")
        add_members(gym, MEMBERS)
        return sign_in_as(Role.OWNER, gym=gym)

    return make


def make_rows(seed: int, count: int = 150) -> list[Row]:
    """Taps so close that most belong to another, with exits, chains, and the same tap twice."""
    chance = random.Random(seed)
    rows: list[Row] = []
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    while len(rows) < count:
        at = start + timedelta(minutes=chance.randrange(1200), seconds=chance.choice([0, 0, 1, 59]))
        out = at + timedelta(minutes=chance.randrange(40)) if chance.random() < 0.2 else None
        row = (
            str(chance.randint(1, MEMBERS)),
            f"{at:%Y-%m-%dT%H:%M:%SZ}",
            f"{out:%Y-%m-%dT%H:%M:%SZ}" if out else "",
            chance.choice(["qr", "card"]),
        )
        rows += [row] * chance.choice([1, 1, 1, 2])
    return rows[:count]


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_rows_nor_the_size_of_steps_matters(
    make_owner: Callable[[], ApiClient], bulk: Bulk, in_gym: InGym, seed: int
) -> None:
    rows = make_rows(seed)
    chance = random.Random(seed)
    results = []
    for read, store in [(50_000, 10_000), (7, 10_000), (50_000, 1), (20, 30), (1, 60)]:
        owner = make_owner()
        job = bulk.load(owner, write_csv(rows), read=read, store=store)
        with in_gym(owner.gym_id) as session:
            results.append((counts(job), snapshot(session, owner.gym_id)))
        chance.shuffle(rows)
    assert results[0][0][1] > 20
    assert results[0][0][2] > 40
    for result in results[1:]:
        assert result == results[0]


def test_a_chain_of_taps_over_the_border_of_two_steps_is_one_visit(
    make_owner: Callable[[], ApiClient], bulk: Bulk
) -> None:
    """Though its last tap comes twenty minutes after its first."""
    times = ("08:00", "08:07", "08:14", "08:20")
    rows = [("1", f"2026-11-16T{time}:00Z", "", "") for time in times]
    for order in (rows, rows[::-1], [rows[0], rows[3], rows[2], rows[1]]):
        assert counts(bulk.load(make_owner(), write_csv(order), read=1)) == (4, 1, 3, 0, 0)


def test_an_import_of_the_same_file_finds_the_same_visits(
    make_gym: MakeGym, sign_in_as: SignInAs, bulk: Bulk, in_gym: InGym
) -> None:
    taps = simulate_taps(seed=5, members=15)
    rows = [(number, at.isoformat(), "", "x") for number, at in taps]
    content = write_csv(rows)
    snapshots = []
    for is_bulk in (False, True):
        gym = make_gym(timezone=ZONE)
        with in_gym(gym.gym_id) as session:
            write_freely(session)
            for number in sorted({number for number, _ in taps}):
                session.connection().exec_driver_sql(
                    "insert into customers (gym_id, number, name, name_key, join_date)"
                    " values (%s, %s, 'x', 'x', '2024-01-01')",
                    (gym.gym_id, number),
                )
            refresh_member_stats(session, gym.gym_id)
        owner = sign_in_as(Role.OWNER, gym=gym)
        if is_bulk:
            bulk.load(owner, content, read=100, store=100)
        else:
            source = ImportFile(
                io.BytesIO(content.encode()),
                kind=Kind.VISITS, filename="x", timezone=ZONE, now=NOON,
                keep_address=keep_address)  # fmt: skip
            with in_gym(gym.gym_id) as session:
                load_import(session, gym, source, created_by=owner.user.user_id, now=NOON)
        with in_gym(gym.gym_id) as session:
            snapshots.append(snapshot(session, gym.gym_id))
    assert snapshots[0] == snapshots[1]
    expected = count_visits(taps)
    assert len(snapshots[1][0]) == sum(map(len, expected.values()))


def test_every_figure_is_what_a_rebuild_finds(
    make_owner: Callable[[], ApiClient], bulk: Bulk, in_gym: InGym
) -> None:
    owner = make_owner()
    bulk.load(owner, write_csv(make_rows(9)), read=40, store=40)
    bulk.load(owner, write_csv(make_rows(10)), read=40, store=40)
    with in_gym(owner.gym_id) as session:
        kept = snapshot(session, owner.gym_id)
        refresh_member_stats(session, owner.gym_id)
        rebuild_visit_hours(session, owner.gym_id)
        assert snapshot(session, owner.gym_id) == kept


class Killed(BaseException):
    """As a kill -9: nothing in the process catches it."""


def test_a_worker_that_dies_in_any_step_loses_and_doubles_nothing(
    make_owner: Callable[[], ApiClient],
    bulk: Bulk,
    in_gym: InGym,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before each of its commits in turn, and after each."""
    rows = make_rows(21, 60)
    undisturbed = make_owner()
    expected = bulk.load(undisturbed, write_csv(rows), read=10, store=10)
    owner = make_owner()
    job_id = bulk.send(owner, write_csv(rows))
    handler = BulkCheckIns(bulk.folder, read_rows=10, store_rows=10)
    save = ClaimedJob.save_progress
    deaths = 0

    def die_on_odd_calls(work: ClaimedJob, *given: Any) -> None:
        nonlocal deaths
        deaths += 1
        if deaths % 2:
            raise Killed
        save(work, *given)

    monkeypatch.setattr(ClaimedJob, "save_progress", die_on_odd_calls)
    monkeypatch.setattr(ClaimedJob, "is_out_of_time", lambda work: True)
    for _ in range(100):
        if bulk.read(owner.gym_id, job_id).state == JobState.DONE:
            break
        bulk.expire_lease(owner.gym_id, job_id)
        with suppress(Killed):
            process_job(
                bulk.sessions, {CHECK_INS.name: handler}, GymId(owner.gym_id), job_id,
                now=bulk.now,
            )  # fmt: skip
    assert deaths >= 12
    assert counts(owner.get(f"/api/v1/jobs/{job_id}").json()) == counts(expected)
    with in_gym(owner.gym_id) as session:
        disturbed = snapshot(session, owner.gym_id)
    with in_gym(undisturbed.gym_id) as session:
        assert snapshot(session, undisturbed.gym_id) == disturbed


def test_a_worker_that_was_only_slow_keeps_nothing_once_another_has_taken_over(
    make_owner: Callable[[], ApiClient], bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make_owner()
    job_id = bulk.send(owner, write_csv(make_rows(3, 40)))
    save = ClaimedJob.save_progress
    lost: list[int] = []

    def be_overtaken_once(work: ClaimedJob, session: Any, progress: Any) -> None:
        if not lost:
            lost.append(work.job_id)
            monkeypatch.setattr(ClaimedJob, "save_progress", save)
            bulk.expire_lease(owner.gym_id, job_id)
            assert claim_job(bulk.sessions, GymId(owner.gym_id), job_id, now=bulk.now)
        try:
            save(work, session, progress)
        except LeaseLost:
            lost.append(-work.job_id)
            raise

    monkeypatch.setattr(ClaimedJob, "save_progress", be_overtaken_once)
    handlers = {CHECK_INS.name: BulkCheckIns(bulk.folder)}
    process_job(bulk.sessions, handlers, GymId(owner.gym_id), job_id, now=bulk.now)
    assert lost == [job_id, -job_id]
    assert bulk.read(owner.gym_id, job_id).progress == {}
    bulk.expire_lease(owner.gym_id, job_id)
    bulk.work(owner.gym_id, job_id)
    job: Job = bulk.read(owner.gym_id, job_id)
    assert job.state == JobState.DONE
    assert sum(job.result.values()) - job.result["rows_read"] == 40  # type: ignore[union-attr]


def test_once_it_is_read_the_file_is_no_longer_needed(
    make_owner: Callable[[], ApiClient], bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make_owner()
    job_id = bulk.send(owner, write_csv(make_rows(4, 30)))
    monkeypatch.setattr(ClaimedJob, "is_out_of_time", lambda work: True)
    handler = BulkCheckIns(bulk.folder, store_rows=10)
    process_job(bulk.sessions, {CHECK_INS.name: handler}, GymId(owner.gym_id), job_id, now=bulk.now)
    (bulk.folder / bulk.files(owner.gym_id)[0]).unlink()
    assert bulk.work(owner.gym_id, job_id, store=10).state == JobState.DONE


def test_a_file_that_vanished_fails_with_words(
    make_owner: Callable[[], ApiClient], bulk: Bulk
) -> None:
    owner = make_owner()
    job_id = bulk.send(owner, write_csv(make_rows(4, 30)))
    (bulk.folder / bulk.files(owner.gym_id)[0]).unlink()
    bulk.work(owner.gym_id, job_id)
    job = owner.get(f"/api/v1/jobs/{job_id}").json()
    assert job["state"] == "failed"
    assert "Send it again" in job["error"]


def test_a_large_load_ends_with_a_look_of_the_planner(
    make_owner: Callable[[], ApiClient],
    bulk: Bulk,
    in_gym: InGym,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_owner()
    looks = []
    for seed, many in ((4, 1_000), (5, 10)):
        monkeypatch.setattr(planning, "MANY_ROWS", many)
        assert 10 < bulk.load(owner, write_csv(make_rows(seed)))["progress"]["loaded"] < 1_000
        with in_gym(owner.gym_id) as session:
            looks.append(count_analyses(session))
    assert looks[1] == looks[0] + 1
