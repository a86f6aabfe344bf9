"""A platform whose parts may be killed: database, broker, relay and workers, and a mail server."""

import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from local.postgres import Postgres
from local.processes import HOST, free_port
from tests.fixtures.mail import MailServer
from tests.fixtures.postgres import MigratedDatabase, Server
from tests.fixtures.processes import Processes
from tests.fixtures.rabbitmq import RabbitMQ

LEASE_SECONDS, REPEAT_SECONDS = 15, 5
LONG_LEASE_SECONDS = 30
"""Where no process that has a mail in hand dies: PostgreSQL may then take its time to come back."""
CONCURRENCY = 2


@dataclass
class Platform:
    """`faults` counts what was done to it. Without `rabbitmq` its broker is a folder."""

    postgres: Postgres
    database: MigratedDatabase
    mail_server: MailServer
    folder: Path
    rabbitmq: RabbitMQ | None = None
    lease_seconds: int = LEASE_SECONDS
    faults: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        folder_url = f"filesystem://{self.folder / 'broker'}"
        self.processes = Processes(
            self.database.environment
            | {
                "BROKER_URL": folder_url if self.rabbitmq is None else self.rabbitmq.url,
                "SMTP_HOST": HOST,
                "SMTP_PORT": str(self.mail_server.port),
                "SMTP_FROM": "mail@comeback.example",
                "UPLOAD_DIR": str(self.folder / "uploads"),
                "WORKER_LEASE_SECONDS": str(self.lease_seconds),
                "WORKER_MARK_SECONDS": str(self.lease_seconds - 3),
                "WORKER_CONCURRENCY": str(CONCURRENCY),
                "RELAY_REPEAT_SECONDS": str(REPEAT_SECONDS),
            },
            self.folder,
        )

    def start(self, *names: str) -> None:
        self.processes.start(*names)

    def kill_worker(self, name: str = "worker-1") -> None:
        self.faults["worker"] += 1
        self.processes.restart(name)

    def kill_child(self, name: str = "worker-2") -> None:
        """One of the processes in which a worker does its tasks."""
        self.faults["child"] += 1
        self.processes.kill_child(name)

    def kill_relay(self) -> None:
        self.faults["relay"] += 1
        self.processes.restart("relay")

    def kill_rabbitmq(self) -> None:
        self.faults["rabbitmq"] += 1
        assert self.rabbitmq is not None
        self.rabbitmq.kill()
        self.rabbitmq.start()

    def kill_postgres(self) -> None:
        self.faults["postgres"] += 1
        assert self.postgres.process is not None
        self.postgres.process.kill()
        self.postgres.process.wait()
        time.sleep(0.5)
        self.postgres.start(self.folder / "postgres.log")

    def interrupt_mail(self) -> None:
        self.faults["mail server"] += 1
        self.mail_server.stop()
        time.sleep(1.0)
        self.mail_server.start()

    def count(self, table: str) -> Counter[str]:
        """Rows of a table by their state; nothing while the database is away."""
        engine = self.connect()
        try:
            with engine.connect() as connection:
                rows = connection.execute(text(f"select state, count(*) from {table} group by 1"))
                return Counter({row[0]: row[1] for row in rows})
        except DBAPIError:
            return Counter()
        finally:
            engine.dispose()

    def connect(self) -> Engine:
        return create_engine(self.database.ops_url)


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
def make_platform(
    cluster: tuple[Postgres, Path], mail_server: MailServer
) -> Iterator[Callable[..., Platform]]:
    """`make_platform(rabbitmq=...)`, with nothing of it started but the servers."""
    postgres, folder = cluster
    server = Server(make_url(postgres.url()))
    made: list[Platform] = []

    def make(*, rabbitmq: RabbitMQ | None = None, lease_seconds: int = LEASE_SECONDS) -> Platform:
        name = f"comeback_chaos_{secrets.token_hex(4)}"
        database = server.copy(server.migrated_template(), name)
        (folder / name).mkdir()
        made.append(
            Platform(postgres, database, mail_server, folder / name, rabbitmq, lease_seconds)
        )
        return made[-1]

    yield make
    for platform in made:
        platform.processes.kill_all()
        server.drop(platform.database.name)


def spread(
    faults: list[Any], *, progress: Callable[[], float], is_over: Callable[[], bool], seconds: float
) -> None:
    """Do each fault at its share of the progress, from 0 to 1; then wait until it is over."""
    ends_at = time.monotonic() + seconds
    for index, fault in enumerate(faults):
        due = (index + 1) / (len(faults) + 2)
        while progress() < due and time.monotonic() < ends_at:
            time.sleep(0.02)
        fault()
    while not is_over() and time.monotonic() < ends_at:
        time.sleep(0.25)
