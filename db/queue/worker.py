"""A Celery worker process: logging, heartbeat, child processes, shutdown."""

import gc
import logging
import signal
import warnings
from collections.abc import Callable, Sequence
from socket import gethostname
from typing import Any, ClassVar

from celery import Celery, bootsteps, signals
from celery.worker import consumer

from db.logs import configure_json_logs
from db.queue.heartbeat import beat

BEAT_SECONDS = 5.0

log = logging.getLogger("worker")


def add_task(app: Celery, name: str, handle: Callable[[int, int], None]) -> None:
    """A task that takes a row's number and its gym's; with any other arguments it does nothing."""

    def take(*arguments: object, **keywords: object) -> None:
        ids = [number for number in arguments if type(number) is int and 0 < number < 2**63]
        if keywords or len(arguments) != 2 or len(ids) != 2:
            log.error("message_refused", extra={"reason": "no row and gym", "task": name})
            return
        handle(*ids)

    app.task(take, name=name)


class _Consumer(consumer.Consumer):  # type: ignore[misc]
    """Without Celery's delayed messages and its gossip among workers: rows have their own time, and
    workers need not know each other.

    An unknown message goes to the dead letters, and the log has its kind and size. Celery would log
    all of it.
    """

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc]
        default_steps: ClassVar = [
            "celery.worker.consumer.connection:Connection",
            "celery.worker.consumer.mingle:Mingle",
            "celery.worker.consumer.events:Events",
            "celery.worker.consumer.heart:Heart",
            "celery.worker.consumer.tasks:Tasks",
            "celery.worker.consumer.consumer:Evloop",
        ]

    def on_unknown_message(self, _body: Any, message: Any) -> None:
        self._refuse(message, "names no task")

    def on_unknown_task(self, _body: Any, message: Any, _error: Exception) -> None:
        self._refuse(message, "names an unknown task")

    def on_invalid_task(self, _body: Any, message: Any, error: Exception) -> None:
        self._refuse(message, type(error).__name__)

    def on_decode_error(self, message: Any, error: Exception) -> None:
        self._refuse(message, type(error).__name__)

    def _refuse(self, message: Any, reason: str) -> None:
        body = message.body
        size = len(body) if isinstance(body, str | bytes | memoryview) else None
        log.error("message_refused", extra={"reason": reason, "size": size})
        message.reject_log_error(log, self.connection_errors)


def run_worker(
    app: Celery,
    name: str,
    queues: Sequence[str],
    *,
    concurrency: int,
    log_level: str,
    on_process_start: Callable[[], None],
    on_process_stop: Callable[[], None],
) -> int:
    """Work until SIGTERM, then finish the current tasks; return the exit code.

    `on_process_start` and `on_process_stop` run in each child: connections must not be shared.
    """

    def begin(**_: Any) -> None:
        # A signal to the whole process group is meant for the parent, which lets its children
        # finish.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # Modules live for ever: without this, each collection scans them again.
        gc.freeze()
        on_process_start()

    connections = [
        (signals.setup_logging, lambda **_: configure_json_logs(log_level)),
        (signals.worker_process_init, begin),
        (signals.worker_process_shutdown, lambda **_: on_process_stop()),
    ]
    for event, receiver in connections:
        event.connect(receiver, weak=False)
    # Start and end of a task are logged by us, with its gym.
    logging.getLogger("celery").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")
    app.conf.worker_consumer = "db.queue.worker:_Consumer"
    app.steps["consumer"].add(_make_heartbeat(name))
    worker = app.Worker(
        hostname=f"{name}@{gethostname()}",
        queues=list(queues),
        concurrency=concurrency,
        pool="prefork",
        loglevel=log_level,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _make_heartbeat(name: str) -> type[bootsteps.StartStopStep]:
    class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
        """Beats while the worker's main loop turns and has its broker."""

        requires: ClassVar = {"celery.worker.consumer.tasks:Tasks"}

        def start(self, parent: Any) -> None:
            beat(name)
            self._timer = parent.timer.call_repeatedly(BEAT_SECONDS, beat, (name,))
            log.info("started", extra={"worker": name})

        def stop(self, _parent: Any) -> None:
            self._timer.cancel()

    return Heartbeat
