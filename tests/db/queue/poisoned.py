"""A worker whose mails end the process that sends them: `python -m tests.db.queue.poisoned`."""

import os
import signal
import sys
from pathlib import Path

from db.queue.broker import NOTIFICATIONS, SEND_NOTIFICATION, make_app
from db.queue.worker import add_task, run_worker


def main() -> int:
    app = make_app(os.environ["BROKER_URL"])
    deliveries = Path(os.environ["HEARTBEAT_FOLDER"]) / "deliveries"

    def die(outbox_id: int, gym_id: int) -> None:
        with deliveries.open("a") as file:
            file.write(f"{outbox_id}\n")
        if outbox_id == 13:
            os.kill(os.getpid(), signal.SIGKILL)

    add_task(app, SEND_NOTIFICATION, die)
    return run_worker(
        app,
        "poisoned",
        [NOTIFICATIONS],
        concurrency=1,
        log_level="INFO",
        on_process_start=lambda: None,
        on_process_stop=lambda: None,
    )


if __name__ == "__main__":
    sys.exit(main())
