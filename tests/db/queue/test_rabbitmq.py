"""What RabbitMQ does for the platform: keeps, repeats, gives up, and may be away."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import PreconditionFailed
from kombu import Connection, Exchange, Queue

from db.queue import relay as relay_module
from db.queue.broker import (
    DEAD,
    DELIVERIES,
    NOTIFICATIONS,
    SEND_NOTIFICATION,
    count_waiting,
    declare,
    make_app,
)
from db.queue.dispatch import SOURCES
from db.queue.relay import BrokerUnavailable, Relay
from tests.db.queue.conftest import Rows
from tests.fixtures.postgres import ROOT, MigratedDatabase
from tests.fixtures.processes import Processes, wait_for
from tests.fixtures.rabbitmq import RabbitMQ

MakeProcesses = Callable[[Mapping[str, str]], Processes]
PROMISED = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 5,
    "x-dead-letter-exchange": "dlx",
    "x-dead-letter-routing-key": "dead",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


@pytest.fixture
def connection(broker_url: str) -> Iterator[Connection]:
    """To a broker whose queues are there and empty."""
    with make_app(broker_url).connection_for_write() as connection:
        declare(connection)
        for name in (NOTIFICATIONS, DEAD):
            connection.default_channel.queue_purge(name)
        yield connection


@pytest.mark.parametrize("name", ["notifications", "jobs", "ds"])
@pytest.mark.parametrize("changed", [None, *PROMISED])
def test_the_queues_are_what_they_are_said_to_be(
    connection: Connection, broker_url: str, name: str, changed: str | None
) -> None:
    """RabbitMQ refuses to declare a queue again with anything else about it."""
    arguments: dict[str, Any] = dict(PROMISED)
    if changed == "x-delivery-limit":
        arguments[changed] = 6
    elif changed is not None:
        del arguments[changed]
    with Connection(broker_url) as other:
        queue = Queue(name, Exchange("comeback"), name, queue_arguments=arguments)
        bound = queue(other.default_channel)
        if changed is None:
            bound.queue_declare()
        else:
            with pytest.raises(PreconditionFailed):
                bound.queue_declare()


def test_a_message_that_kills_workers_ends_with_the_dead_and_the_next_one_is_done(
    connection: Connection, broker_url: str, make_processes: MakeProcesses, tmp_path: Path
) -> None:
    app = make_app(broker_url)
    for outbox_id in (13, 14):
        app.send_task(SEND_NOTIFICATION, args=(outbox_id, 1), queue=NOTIFICATIONS)
    processes = make_processes({**os.environ, "BROKER_URL": broker_url, "PYTHONPATH": str(ROOT)})
    processes.modules["poisoned"] = "tests.db.queue.poisoned"
    processes.start("poisoned")
    wait_for(lambda: count_waiting(connection, DEAD) == 1, 300)
    deliveries = (tmp_path / "poisoned" / "deliveries").read_text().split()
    assert 1 < deliveries.count("13") <= DELIVERIES + 1
    wait_for(lambda: "14" in (tmp_path / "poisoned" / "deliveries").read_text().split())
    connection.default_channel.queue_purge(DEAD)


def test_what_the_broker_does_not_confirm_stays_pending(
    rows: Rows, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Queue(
        "full",
        Exchange("comeback"),
        "full",
        queue_arguments={"x-max-length": 1, "x-overflow": "reject-publish"},
    )
    app = make_app(broker_url)
    app.amqp.queues.add(full)
    monkeypatch.setattr(relay_module, "SOURCES", (replace(SOURCES[0], queue="full"),))
    rows.add_mails(rows.add_gym(), 3)
    with app.connection_for_write() as connection:
        bound = full(connection.default_channel)
        bound.delete()
        bound.declare()
        relay = Relay(rows.factory, app, repeat_after=timedelta(seconds=30))
        with pytest.raises(BrokerUnavailable):
            relay.step()
        relay.close()
        bound.delete()
    assert rows.query("select state, count(*) from outbox group by 1 order by 1") == [
        ("pending", 2),
        ("queued", 1),
    ]


def test_a_broker_that_dies_loses_no_row_and_a_new_connection_goes_on(
    rows: Rows, rabbitmq: RabbitMQ, make_relay: Callable[..., Relay]
) -> None:
    """Also: what is published while no worker runs outlives the broker itself."""
    with make_app(rabbitmq.url).connection_for_write() as connection:
        declare(connection)
        connection.default_channel.queue_purge(NOTIFICATIONS)
    gym = rows.add_gym()
    rows.add_mails(gym, 3)
    relay = make_relay(rabbitmq.url)
    assert relay.step() == 3
    rows.add_mails(gym, 2)
    rabbitmq.kill()
    with pytest.raises(BrokerUnavailable):
        relay.step()
    relay.close()
    assert rows.count(state="pending") == 2
    rabbitmq.start()

    def goes_on() -> bool:
        try:
            relay.step()
        except BrokerUnavailable:
            relay.close()
        return rows.count(state="queued") == 5

    wait_for(goes_on)
    with make_app(rabbitmq.url).connection_for_write() as connection:
        # More if one was taken and its confirmation was lost: it is handed out again.
        wait_for(lambda: count_waiting(connection, NOTIFICATIONS) >= 5)


def test_while_the_broker_is_away_requests_are_answered_and_later_their_work_is_done(
    rows: Rows,
    rabbitmq: RabbitMQ,
    fresh_database: MigratedDatabase,
    make_processes: MakeProcesses,
) -> None:
    """The API asks for jobs by writing rows; here relay and worker start without a broker."""
    rabbitmq.stop()
    processes = make_processes(fresh_database.environment | {"BROKER_URL": rabbitmq.url})
    processes.start("relay", "worker")
    gym = rows.add_gym()
    rows.add_job(gym)
    wait_for(lambda: processes.read_log("relay").count("broker_unavailable") >= 2)
    assert rows.count("job_runs", state="pending") == 1
    rabbitmq.start()
    wait_for(lambda: rows.count("job_runs", state="done") == 1)
    assert processes.stop("worker") == 0
    assert processes.stop("relay") == 0
