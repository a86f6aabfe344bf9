"""`python -m etl.load_csv` brings a gym in with one command, or says why not and leaves nothing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.as_of import read_as_of
from db.models import CheckIn, Gym, Import, Member, MemberStats, User
from db.models.job import Job
from db.queue.catalogue import SCORES
from db.session import GymSession
from db.stats.at_risk import Tab, is_at_risk, tab_of
from tests.db.loading.test_visits import NOW
from tests.etl.door_log import ZONE, count_visits, find_real_log, read_log, simulate_taps, write_log
from tests.fixtures.postgres import MigratedDatabase

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def gym(make_gym: Callable[..., Gym]) -> Gym:
    return make_gym(timezone=ZONE)


@pytest.fixture
def load_csv(api_database: MigratedDatabase, tmp_path: Path) -> Run:
    def run(*arguments: object, **files: str | bytes) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "etl.load_csv", *map(str, arguments)]
        for kind, content in files.items():
            path = tmp_path / f"{kind}.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            command += [f"--{kind}", str(path)]
        return subprocess.run(
            command, env=api_database.environment, capture_output=True, text=True, check=False
        )

    return run


def count(session: GymSession, model: Any, gym: Gym) -> int:
    return session.scalar(
        select(func.count()).select_from(model).where(model.gym_id == gym.gym_id)
    ) or 0  # fmt: skip


def test_both_files_of_a_gym_in_one_command(
    gym: Gym, load_csv: Run, ops_session: GymSession
) -> None:
    taps = simulate_taps(seed=1)
    visits = sum(map(len, count_visits(taps).values()))
    done = load_csv(
        *("--gym", gym.email.upper(), "--lawful-basis", "Told when they joined."),
        visits=write_log(taps),
        members="number,name,email\n3500,Anna,anna@example.com\n",
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(taps)} rows: {visits} loaded, {len(taps) - visits} duplicates" in done.stdout
    assert count(ops_session, CheckIn, gym) == visits
    anna = ops_session.scalars(
        select(Member).where(Member.gym_id == gym.gym_id, Member.number == "3500")
    ).one()
    assert (anna.name, anna.email_consent) == ("Anna", "lawful_basis")
    records = ops_session.scalars(select(Import).where(Import.gym_id == gym.gym_id)).all()
    owner = ops_session.scalars(select(User).where(User.gym_id == gym.gym_id)).one()
    assert {record.created_by for record in records} == {owner.user_id}
    assert {record.kind: record.lawful_basis for record in records} == {
        "members": "Told when they joined.",
        "visits": None,
    }


def test_the_command_asks_for_the_scores_that_the_api_asks_for(
    gym: Gym, load_csv: Run, ops_session: GymSession
) -> None:
    files = {"members": "number,name\n3500,Anna\n", "visits": write_log(simulate_taps(seed=3))}

    def read_keys() -> list[str]:
        asked = select(Job.key).where(Job.gym_id == gym.gym_id, Job.name == SCORES.name)
        return sorted(ops_session.scalars(asked))

    assert load_csv("--gym", gym.email, "--dry-run", **files).returncode == 0
    assert read_keys() == []
    assert load_csv("--gym", gym.email, **files).returncode == 0
    imports = select(Import.import_id).where(Import.gym_id == gym.gym_id, Import.state == "done")
    assert read_keys() == sorted(f"import-{number}" for number in ops_session.scalars(imports))


def test_a_dry_run_writes_no_visit(gym: Gym, load_csv: Run, ops_session: GymSession) -> None:
    done = load_csv("--gym", gym.email, "--dry-run", visits=write_log(simulate_taps(seed=2)))
    assert done.returncode == 0, done.stderr
    assert "dry run, nothing written" in done.stdout
    assert (count(ops_session, CheckIn, gym), count(ops_session, Member, gym)) == (0, 0)


def test_one_bad_file_of_two_leaves_nothing(
    gym: Gym, load_csv: Run, ops_session: GymSession
) -> None:
    done = load_csv(
        "--gym", gym.email, members="number,name\n1,Anna\n", visits="shoe,colour\n38,red\n"
    )
    assert done.returncode == 1
    assert "shoe, colour" in done.stderr
    assert "Nothing was loaded." in done.stderr
    assert (count(ops_session, Member, gym), count(ops_session, Import, gym)) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gym", "nobody@example.com", "--visits", "x.csv"], "no gym with the address"),
        (["--gym", "GYM", "--visits", "/nowhere/x.csv"], "cannot be read"),
        (["--gym", "GYM"], "name a file"),
        (["--gym", "GYM", "--visits", "x.csv", "--lawful-basis", "y"], "--members"),
    ],
)
def test_a_mistake_is_one_clear_line_and_a_failure(
    gym: Gym, load_csv: Run, arguments: list[str], words: str
) -> None:
    done = load_csv(*(gym.email if part == "GYM" else part for part in arguments))
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_one_clear_line(
    gym: Gym, load_csv: Run, api_database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        MigratedDatabase,
        "environment",
        property(
            lambda self: {"OPS_DATABASE_URL": "postgresql://a:b@127.0.0.1:9/x", "PYTHONPATH": "."}
        ),
    )
    done = load_csv("--gym", gym.email, visits="member,time\n1,2024-01-01 10:00\n")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the database refused" in done.stderr


def test_the_real_log_then_a_list_for_three_who_drift_away(
    gym: Gym, load_csv: Run, ops_session: GymSession
) -> None:
    path = find_real_log()
    if path is None:
        pytest.skip("no real door log here: COMEBACK_DATA names the folder of door_log.csv")
    done = load_csv("--gym", gym.email, "--visits", path)
    assert done.returncode == 0, done.stderr
    as_of = read_as_of(ops_session, gym, NOW)
    assert as_of.day == max(at for _, at in read_log(path)).date()
    drifting = ops_session.scalars(
        select(Member)
        .join(MemberStats, MemberStats.member_id == Member.member_id)
        .where(
            Member.gym_id == gym.gym_id,
            MemberStats.gym_id == gym.gym_id,
            is_at_risk(as_of.day),
            tab_of(as_of.day) == Tab.DRIFTING,
        )
        .limit(3)
    ).all()
    assert len(drifting) == 3
    ops_session.commit()
    rows = "".join(f"{m.number},Name {m.number},m{m.number}@example.com,ja\n" for m in drifting)
    done = load_csv("--gym", gym.email, members="Medlemsnr,Navn,E-mail,Samtykke\n" + rows)
    assert done.returncode == 0, done.stderr
    assert "3 rows: 3 loaded, 0 duplicates, 0 unchanged, 0 refused" in done.stdout
    for member in drifting:
        ops_session.refresh(member)
        assert member.email == f"m{member.number}@example.com"
        assert member.email_consent == "given"
