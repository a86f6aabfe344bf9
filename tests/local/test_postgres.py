"""The launcher of the private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import Engine, make_url, text

from local.postgres import Postgres
from local.processes import CannotStart, free_port
from tests.fixtures.postgres import ROOT, MigratedDatabase
from tests.fixtures.processes import wait_for


def query(server: Postgres, statement: str, database: str = "postgres") -> list[str]:
    url = make_url(server.url(database)).set(drivername="postgresql")
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []
    finally:
        connection.close()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's account reaches; under root pytest's own is closed to it."""
    with tempfile.TemporaryDirectory(prefix="comeback-tests-") as folder:
        yield Path(folder)


@pytest.fixture
def make_server(home: Path) -> Iterator[Callable[..., Postgres]]:
    made: list[Postgres] = []

    def make(folder: Path = home, password: str = "it's @ se/cret", **options: str) -> Postgres:
        made.append(Postgres(folder, password=password, port=free_port(), **options))
        return made[-1]

    yield make
    for server in made:
        server.remove()


@pytest.mark.parametrize(
    "choice",
    [
        "wheel",
        pytest.param(
            "system",
            marks=pytest.mark.skipif(
                not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
                reason="no PostgreSQL of the system's own",
            ),
        ),
    ],
)
def test_what_was_committed_survives_stop_and_start(
    make_server: Callable[..., Postgres], home: Path, choice: str
) -> None:
    first = make_server(choice=choice)
    first.start(home / "postgres.log")
    first.ensure_database("comeback")
    query(first, "create table kept as select 1 as one", "comeback")
    first.stop()
    again = make_server(choice=choice)
    again.start(home / "postgres.log")
    again.ensure_database("comeback")
    assert query(again, "select one from kept", "comeback") == [1]
    assert query(again, "select current_setting('synchronous_commit')") == ["on"]
    assert again.data.name == f"pg-{again.binaries.major}"


def test_nobody_enters_without_the_password(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    server = make_server()
    server.start(home / "postgres.log")
    server.password = "guessed"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(server, "select 1")
    assert [path.name for path in home.iterdir() if path.name == "pwfile"] == []
    server.password = "it's @ se/cret"


def test_only_the_superuser_signs_in_where_everybody_could(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    """In those databases anybody who has a password could fill the disk."""
    server = make_server()
    server.start(home / "postgres.log")
    query(server, "create role somebody login password 'theirs'")
    for _ in range(2):
        server.ensure_database("comeback")
    for database in ("postgres", "template1"):
        somebody = make_url(server.url(database)).set(
            drivername="postgresql", username="somebody", password="theirs"
        )
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(somebody.render_as_string(hide_password=False))


def test_its_log_names_no_value_whatever_goes_wrong(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    server = make_server()
    log = home / "postgres.log"
    log.touch(mode=0o644)  # as an earlier version left it
    server.start(log)
    query(server, "create table people (address text primary key, age int check (age > 0))")
    query(server, "insert into people values ('ana@private.example', 1)")
    for refused in (
        "insert into people values ('ana@private.example', 2)",
        "insert into people values ('bo@private.example', -1)",
        "select 'heart@private.example'::bigint",
        "select date 'day@private.example'",
        'select 1 / 0 as "zero@private.example"',
        "do $$ begin raise exception 'raised@private.example'; end $$",
        "do $$ begin raise warning 'warned@private.example'; end $$; select 1 / 0",
        "alter role postgres password 'secret@private.example' nonsense",
    ):
        with pytest.raises(psycopg2.Error, match=r"private\.example|zero|nonsense"):
            query(server, refused)
    url = make_url(server.url()).set(drivername="postgresql")
    victim = psycopg2.connect(url.render_as_string(hide_password=False))
    pid = victim.info.backend_pid
    waiting = threading.Thread(target=run_and_lose, args=(victim,))
    waiting.start()
    asleep = f"select 1 from pg_stat_activity where pid = {pid} and wait_event = 'PgSleep'"
    wait_for(lambda: query(server, asleep))
    os.kill(pid, signal.SIGKILL)  # as the kernel does when memory is short
    waiting.join()
    wait_for(lambda: "was terminated by signal 9" in log.read_text())
    assert "private.example" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    wait_for(lambda: answers(server))  # else it is asked to stop while it starts again, and waits


def answers(server: Postgres) -> bool:
    try:
        return bool(query(server, "select 1"))
    except psycopg2.OperationalError:
        return False


def run_and_lose(connection: psycopg2.extensions.connection) -> None:
    with pytest.raises(psycopg2.OperationalError), connection.cursor() as cursor:
        cursor.execute("select pg_sleep(600) /* asleep@private.example */")


def test_a_committed_row_survives_kill_9_and_the_left_over_server_is_replaced(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    first = make_server()
    first.start(home / "postgres.log")
    query(first, "create table kept as select 1 as one")
    assert first.process is not None
    first.process.kill()
    first.process.wait()
    second = make_server()
    second.start(home / "postgres.log")
    assert query(second, "select one from kept") == [1]
    third = make_server()  # the second still runs, as after a crash of its supervisor
    third.start(home / "postgres.log")
    assert query(third, "select one from kept") == [1]
    assert second.process is not None
    assert second.process.wait(180) == 0


def test_a_killed_servers_children_that_have_not_noticed_yet_are_waited_for(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    """They hold the memory that they share, and PostgreSQL does not start beside them."""
    first = make_server()
    first.start(home / "postgres.log")
    assert first.process is not None
    pid = first.process.pid
    child, *_ = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    os.kill(child, signal.SIGSTOP)
    first.process.kill()
    first.process.wait()
    noticing = threading.Timer(1, os.kill, (child, signal.SIGCONT))
    noticing.start()
    second = make_server()
    second.start(home / "postgres.log")
    assert query(second, "select 1") == [1]
    noticing.join()
    assert "pre-existing shared memory" in (home / "postgres.log").read_text()


def is_running(pid: int) -> bool:
    """Not so once it has ended, even where nobody collects its exit, as in a container."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_the_server_ends_when_whoever_started_it_is_killed(home: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from local.postgres import Postgres\n"
        f"server = Postgres(Path({str(home)!r}), password='x', port={free_port()})\n"
        "server.start(); print(server.process.pid, flush=True); time.sleep(900)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    deadline = time.monotonic() + 180
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def test_a_cluster_of_another_version_is_refused_in_one_line(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    server = make_server()
    (home / f"pg-{server.binaries.major}").mkdir()
    (home / f"pg-{server.binaries.major}" / "PG_VERSION").write_text("12\n")
    with pytest.raises(CannotStart, match=r"was made by PostgreSQL 12, this is 18"):
        server.start(home / "postgres.log")


def test_a_set_up_that_was_interrupted_is_begun_anew(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    server = make_server()
    half = home / f"pg-{server.binaries.major}.new"
    half.mkdir()
    (half / "PG_VERSION").write_text(f"{server.binaries.major}\n")
    server.start(home / "postgres.log")
    assert query(server, "select 1") == [1]
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
def test_as_root_a_closed_home_stays_closed(
    make_server: Callable[..., Postgres], home: Path
) -> None:
    closed = home / "root-home"
    closed.mkdir(mode=0o700)
    server = make_server(folder=closed / "data")
    # The programs too may lie in the closed home, as with a checkout there.
    wheel = server.binaries.folder.parents[1]
    for package in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(package, closed / package.name, symlinks=True)
    object.__setattr__(
        server.binaries, "folder", closed / wheel.name / server.binaries.folder.parent.name / "bin"
    )
    server.start()
    assert query(server, "select 1") == [1]
    assert closed.stat().st_mode & 0o777 == 0o700
    outside = (closed / "data" / "pg").resolve()
    assert server.data.parent == outside
    assert outside.stat().st_uid == 0
    assert server.data.stat().st_mode & 0o777 == 0o700
    server.remove()
    assert not outside.exists()


def test_every_role_signs_in_to_a_migrated_database(
    database: MigratedDatabase, app_engine: Engine, ops_engine: Engine, migrator_engine: Engine
) -> None:
    for engine, role in (
        (app_engine, "comeback_app"),
        (ops_engine, "comeback_ops"),
        (migrator_engine, "comeback_migrator"),
    ):
        with engine.connect() as connection:
            assert connection.execute(text("select current_user")).scalar_one() == role
            assert connection.execute(text("select count(*) from gyms")).scalar_one() == 0
    assert database.name.startswith("comeback_test_")
