"""`python -m api.worker`. `python -m db.queue.heartbeat worker` checks it."""

import sys

from api.kit.startup import UnsafeStart, check_database, read_settings
from api.worker.tasks import WorkerState, add_tasks
from db.queue.broker import make_app
from db.queue.catalogue import NOTIFICATIONS
from db.queue.worker import run_worker


def main() -> int:
    try:
        settings = read_settings()
        check_database(settings)
    except UnsafeStart as refusal:
        print(f"api.worker: {refusal}", file=sys.stderr)
        return 1
    queues = settings.worker_queues.split(",")
    if settings.email_problem:  # what is queued waits until mail is set up
        print(f"api.worker: {settings.email_problem}", file=sys.stderr)
        if settings.sms_problem:
            queues = [name for name in queues if name != NOTIFICATIONS]
    app, state = make_app(settings.broker_url), WorkerState(settings)
    add_tasks(app, state)
    return run_worker(
        app,
        "worker",
        queues,
        concurrency=settings.worker_concurrency,
        log_level=settings.log_level,
        on_process_start=state.start,
        on_process_stop=state.stop,
    )


if __name__ == "__main__":
    sys.exit(main())
