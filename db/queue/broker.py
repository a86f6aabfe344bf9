"""The queues, and how Celery uses RabbitMQ or a folder for them.

A message names a row and nothing more. The row in PostgreSQL is the truth: a message that is lost
or delivered twice only changes when a worker gets to the row.
"""

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from kombu import Connection, Exchange, Queue

from db.queue.catalogue import DS, JOBS, NOTIFICATIONS

DEAD = "dead"
"""Messages that ended six workers, for a person to look at."""

SEND_NOTIFICATION, RUN_JOB = "notifications.send", "jobs.run"
"""Tasks; both take a row's number and its gym's."""

DELIVERIES = 5
CONFIRM_SECONDS = 5.0
_EXCHANGE = Exchange("comeback", type="direct", durable=True)
_DEAD_EXCHANGE = Exchange("dlx", type="direct", durable=True)


def make_app(broker_url: str, *, time_limit: int = 60) -> Celery:
    """A Celery application without tasks. `time_limit` is a task's longest time, in seconds.

    RabbitMQ gives a message to another worker after 30 minutes, so stay below.
    """
    app = Celery("comeback", set_as_current=False)
    app.conf.update(
        task_queues=[_make_queue(name) for name in (NOTIFICATIONS, JOBS, DS)],
        task_default_queue=JOBS,
        task_default_exchange=_EXCHANGE.name,
        task_default_exchange_type=_EXCHANGE.type,
        task_default_routing_key=JOBS,
        task_default_queue_type="quorum",
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_soft_time_limit=time_limit - 10,
        task_time_limit=time_limit,
        worker_prefetch_multiplier=1,
        worker_detect_quorum_queues=True,
        worker_enable_remote_control=False,
        worker_max_tasks_per_child=500,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        # The task goes on and marks its row; ended by force, it would be done again.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_heartbeat=10,
        **_reach(broker_url),
    )
    return app


def is_folder(broker_url: str) -> bool:
    return broker_url.startswith("filesystem:")


def is_reachable(broker_url: str) -> bool:
    """Whether a broker listens there, without signing in; within a second."""
    address = urlsplit(broker_url)
    if is_folder(broker_url):
        return Path(address.path).is_dir()
    try:
        socket.create_connection((address.hostname or "", address.port or 5672), 1.0).close()
    except OSError:
        return False
    return True


def declare(connection: Connection) -> None:
    """Make the queues, also that of the dead letters, where they are missing."""
    channel = connection.default_channel
    for name in (NOTIFICATIONS, JOBS, DS):
        _make_queue(name)(channel).declare()
    Queue(DEAD, _DEAD_EXCHANGE, routing_key=DEAD, queue_arguments={"x-queue-type": "quorum"})(
        channel
    ).declare()


def count_waiting(connection: Connection, queue: str) -> int:
    """Messages of a queue that no worker has taken yet."""
    found: int = connection.default_channel.queue_declare(queue, passive=True).message_count
    return found


def _make_queue(name: str) -> Queue:
    return Queue(
        name,
        _EXCHANGE,
        routing_key=name,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERIES,
            "x-dead-letter-exchange": _DEAD_EXCHANGE.name,
            "x-dead-letter-routing-key": DEAD,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def _reach(broker_url: str) -> dict[str, Any]:
    if not is_folder(broker_url):
        return {
            "broker_url": broker_url,
            "broker_transport_options": {
                "confirm_publish": True,
                "confirm_timeout": CONFIRM_SECONDS,
                "max_retries": 2,
                "interval_start": 0,
                "interval_step": 0.2,
                "interval_max": 0.5,
            },
        }
    folder = Path(urlsplit(broker_url).path)
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://localhost//",
        "broker_transport": "db.queue.file_broker:Transport",
        "broker_transport_options": {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        },
    }
