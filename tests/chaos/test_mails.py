"""kill -9 while mails go out: none is lost, and a repeat is the same mail again.

A repeat is allowed for the one mail that a killed worker had in hand, and for nothing else: a
database that dies costs no repeat, because the worker keeps writing down what it has sent.
"""

import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from api.auth.principal import Principal
from api.campaigns import service as campaigns
from api.campaigns.schemas import SendRequest
from db.clock import read_as_of, read_now
from db.member_stats import refresh_member_stats
from db.models import Gym, Member, Message, OutboxItem, Role, User
from db.session import make_engine, make_session_factory, session_scope
from db.tenancy import GymId
from local.postgres import Postgres
from local.processes import HOST, CannotStart, free_port
from tests.factories.gyms import create_gym
from tests.fixtures.api import make_settings
from tests.fixtures.mail import MailServer
from tests.fixtures.postgres import ROOT, MigratedDatabase, Server

LEASE_SECONDS, MARK_SECONDS = 8, 6
PATIENCE = 120.0
"""On a quiet machine the mails are out after 15 seconds."""


@dataclass
class Platform:
    """A database that may be killed, a mail server, and workers that may be killed."""

    postgres: Postgres
    database: MigratedDatabase
    mail_server: MailServer
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_relay(self) -> None:
        self._start("db.relay")

    def start_worker(self) -> None:
        self.workers.append(self._start("api.worker"))

    def _start(self, module: str) -> "subprocess.Popen[bytes]":
        environment = self.database.environment | {
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self.mail_server.port),
            "SMTP_FROM": "mail@comeback.example",
            "WORKER_LEASE_SECONDS": str(LEASE_SECONDS),
            "WORKER_MARK_SECONDS": str(MARK_SECONDS),
            "BROKER_URL": f"filesystem://{self.folder / self.database.name}",
            "RELAY_REPEAT_SECONDS": "5",
            "HEARTBEAT_FOLDER": str(self.folder),
        }
        with open(self.folder / f"{module}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def kill_worker(self) -> None:
        worker = random.choice([w for w in self.workers if w.poll() is None])
        worker.kill()
        worker.wait()
        self.start_worker()

    def kill_postgres(self) -> None:
        assert self.postgres.process is not None
        self.postgres.process.kill()
        self.postgres.process.wait()
        time.sleep(0.5)
        for _ in range(20):
            try:
                self.postgres.start(self.folder / "postgres.log")
            except CannotStart:  # its children are still letting go of the shared memory
                time.sleep(0.25)
            else:
                return
        raise AssertionError("PostgreSQL did not come back")

    def interrupt_mail(self) -> None:
        self.mail_server.stop()
        time.sleep(1.0)
        self.mail_server.start()

    def stop(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[Postgres, Path]]:
    """A server of these tests' own, for nobody else may be using what they kill."""
    with tempfile.TemporaryDirectory(prefix="comeback-chaos-") as name:
        folder = Path(name)
        postgres = Postgres(folder, password=secrets.token_urlsafe(16), port=free_port())
        postgres.start(folder / "postgres.log")
        try:
            yield postgres, folder
        finally:
            postgres.remove()


@pytest.fixture
def platform_to_kill(cluster: tuple[Postgres, Path], mail_server: MailServer) -> Iterator[Platform]:
    postgres, folder = cluster
    server = Server(make_url(postgres.url()))
    name = f"comeback_chaos_{secrets.token_hex(4)}"
    database = server.copy(server.migrated_template(), name)
    platform = Platform(postgres, database, mail_server, folder)
    platform.start_relay()
    yield platform
    platform.stop()
    server.drop(name)


def queue_mails(platform: Platform, number: int) -> set[str]:
    """One campaign to so many members; answers the mails' Message-IDs."""
    settings = make_settings(platform.database)
    now = read_now()
    ops = make_engine(platform.database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        gym = create_gym(session, hashed_password="unused")
        rows = [
            {
                "gym_id": gym.gym_id,
                "name": f"Mia {index}",
                "email": f"mia-{index}@example.com",
                "join_date": now.date(),
                "email_consent": "given",
            }
            for index in range(number)
        ]
        ids = list(session.scalars(insert(Member).returning(Member.member_id), rows))
        refresh_member_stats(session, gym.gym_id, ids)
        owner = session.scalars(select(User).where(User.gym_id == gym.gym_id)).one()
    ops.dispose()
    app = make_engine(platform.database.app_url, pool_size=1)
    with session_scope(make_session_factory(app), GymId(gym.gym_id)) as session:
        found = session.get(Gym, gym.gym_id)
        assert found is not None
        campaigns.send(
            session,
            Principal(owner, found, Role.OWNER, None),
            SendRequest(member_ids=ids, subject="We miss you", body="Hi {{first_name}}"),
            as_of=read_as_of(session, found, now),
            now=now,
            settings=settings,
        )
        queued = set(session.scalars(select(Message.header_id)))
    app.dispose()
    assert len(queued) == number
    return queued


def count_states(platform: Platform) -> Counter[str]:
    engine = create_engine(platform.database.ops_url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("select state, count(*) from messages group by 1"))
            return Counter({row[0]: row[1] for row in rows})
    except DBAPIError:
        return Counter()
    finally:
        engine.dispose()


def break_things(platform: Platform, *, mails: int, faults: list[Any], seconds: float) -> None:
    """Spread the faults over the time in which the mails go out, then wait until all are out."""
    ends_at = time.monotonic() + seconds
    for index, fault in enumerate(faults):
        due = mails * (index + 1) // (len(faults) + 2)
        while len(platform.mail_server.mails) < due and time.monotonic() < ends_at:
            time.sleep(0.01)
        fault()
    while count_states(platform)["sent"] < mails and time.monotonic() < ends_at:
        time.sleep(0.25)


def check_nothing_lost(platform: Platform, queued: set[str], *, worker_kills: int) -> None:
    assert count_states(platform) == Counter({"sent": len(queued)})
    received = Counter(mail.message["Message-ID"] for mail in platform.mail_server.mails)
    assert set(received) == queued, "every mail went out, and none that was not queued"
    repeated = {header_id for header_id, times in received.items() if times > 1}
    surplus = sum(received.values()) - len(queued)
    assert surplus <= 2 * worker_kills, f"{surplus} repeats for {worker_kills} killed workers"
    for header_id in repeated:
        copies = [
            mail for mail in platform.mail_server.mails if mail.message["Message-ID"] == header_id
        ]
        assert len({(mail.text, mail.message["Subject"]) for mail in copies}) == 1
        assert len({tuple(mail.recipients) for mail in copies}) == 1
    engine = create_engine(platform.database.ops_url)
    with engine.connect() as connection:
        again = set(
            connection.scalars(
                select(Message.header_id)
                .join(OutboxItem, OutboxItem.message_id == Message.message_id)
                .where(OutboxItem.attempts > 1)
            )
        )
    engine.dispose()
    assert repeated <= again


def test_kill_9_of_worker_and_postgres_loses_no_mail(platform_to_kill: Platform) -> None:
    platform = platform_to_kill
    queued = queue_mails(platform, 300)
    for _ in range(2):
        platform.start_worker()
    faults = [platform.kill_worker, platform.kill_postgres, platform.kill_worker]
    faults += [platform.kill_postgres]
    break_things(platform, mails=300, faults=faults, seconds=PATIENCE)
    check_nothing_lost(platform, queued, worker_kills=2)


def test_kill_9_of_postgres_alone_repeats_no_mail(platform_to_kill: Platform) -> None:
    platform = platform_to_kill
    queued = queue_mails(platform, 150)
    platform.start_worker()
    break_things(platform, mails=150, faults=[platform.kill_postgres] * 2, seconds=PATIENCE)
    check_nothing_lost(platform, queued, worker_kills=0)


@pytest.mark.long
def test_many_faults_in_any_order_lose_no_mail(platform_to_kill: Platform) -> None:
    platform = platform_to_kill
    queued = queue_mails(platform, 1_500)
    for _ in range(3):
        platform.start_worker()
    faults = [platform.kill_worker] * 6 + [platform.kill_postgres] * 4
    faults += [platform.interrupt_mail] * 2
    random.Random(9).shuffle(faults)
    break_things(platform, mails=1_500, faults=faults, seconds=240)
    check_nothing_lost(platform, queued, worker_kills=6)
