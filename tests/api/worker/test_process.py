"""`python -m api.worker` as it is really run: signals, settings, its health."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.kit.settings import Settings
from db.models import Member
from tests.factories.campaigns import read_campaign, send_mail
from tests.fixtures.api import SECRET_KEY, ApiClient
from tests.fixtures.mail import MailServer
from tests.fixtures.postgres import ROOT, MigratedDatabase
from tests.fixtures.processes import wait_for

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def environment(
    api_database: MigratedDatabase, mail_server: MailServer, tmp_path: Path
) -> dict[str, str]:
    """Of the relay and the worker, whose broker is a folder of the test's own."""
    return api_database.environment | {
        "BROKER_URL": f"filesystem://{tmp_path / 'broker'}",
        "HEARTBEAT_FOLDER": str(tmp_path),
        "SECRET_KEY": SECRET_KEY,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_server.port),
        "SMTP_FROM": "mail@comeback.example",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    running = []

    def start(*command: str, **over: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment | over,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.usefixtures("empty_outbox")
def test_sigterm_finishes_the_mail_in_hand(
    owner: ApiClient,
    add_member: Callable[..., Member],
    mail_server: MailServer,
    start: Start,
) -> None:
    members = [add_member() for _ in range(8)]
    mail_server.seconds_a_mail = 1.5
    start("db.queue.relay")
    worker = start("api.worker", WORKER_CONCURRENCY="1")
    campaign = send_mail(owner, *members).json()

    def count_arrived() -> int:
        return sum(len(mail_server.to(member.email or "")) for member in members)

    wait_for(lambda: count_arrived() and mail_server.in_hand)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(180) == 0
    shown = read_campaign(owner, campaign)
    arrived = count_arrived()
    assert shown["sent"] == arrived >= 1
    assert shown["queued"] == len(members) - arrived >= 1


@pytest.mark.parametrize(
    ("module", "name"), [("api.worker", "worker"), ("db.queue.relay", "relay")]
)
def test_the_health_check_tells_whether_a_process_works(
    environment: dict[str, str], start: Start, tmp_path: Path, module: str, name: str
) -> None:
    check = ("db.queue.heartbeat", name)
    assert start(*check).wait(180) == 1
    start(module)
    [beat] = wait_for(lambda: list(tmp_path.glob(f"comeback-{name}-*.heartbeat")))
    assert start(*check).wait(180) == 0
    (tmp_path / "stale").mkdir()
    stale = tmp_path / "stale" / beat.name
    stale.touch()
    os.utime(stale, (0, 0))
    assert start(*check, HEARTBEAT_FOLDER=str(stale.parent)).wait(180) == 1


def test_a_lease_shorter_than_the_retries_of_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="WORKER_LEASE_SECONDS"):
        Settings(_env_file=None, worker_lease_seconds=30, worker_mark_seconds=30)


def test_a_worker_serves_queues_that_there_are() -> None:
    assert Settings(_env_file=None, worker_queues="jobs").worker_queues == "jobs"
    for names in ("mail", "notifications, jobs", "ds", ""):
        with pytest.raises(ValueError, match="WORKER_QUEUES may be notifications, jobs"):
            Settings(_env_file=None, worker_queues=names)
