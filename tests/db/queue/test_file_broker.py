"""The folder that stands in for RabbitMQ on one machine."""

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from db.queue.broker import JOBS, NOTIFICATIONS, RUN_JOB, SEND_NOTIFICATION, make_app
from tests.fixtures.postgres import ROOT
from tests.fixtures.processes import Processes, wait_for

SECRET = "ana@example.com"
NO_TABLE = b'{"properties": {"delivery_tag": "1", "delivery_info": {}}, "headers": [], "body": ""}'


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"half a mess", b"\xff\xfe", b"[]", b"{}", b'{"properties": 1}', NO_TABLE],
    ids=repr,
)
def test_a_file_that_is_no_message_is_passed_over(tmp_path: Path, rubbish: bytes) -> None:
    """After a power cut there may be empty ones. Each of them ended the whole platform."""
    app = make_app(f"filesystem://{tmp_path}")
    folder = tmp_path / "messages" / JOBS
    folder.mkdir(parents=True)
    (folder / "00000000000000000001-1-1").write_bytes(rubbish)
    app.send_task(RUN_JOB, args=(7, 1), queue=JOBS)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(JOBS).get(timeout=60)
        assert message.payload[0] == [7, 1]
        message.ack()
    assert list(folder.iterdir()) == []


def _encode(body: object) -> str:
    raw = body if isinstance(body, str) else json.dumps(body)
    return base64.b64encode(raw.encode()).decode()


BROKEN: dict[str, dict[str, Any]] = {
    "no task": {"headers": {}, "body": _encode({"email": SECRET})},
    "no headers": {"headers": [SECRET]},
    "another task": {"headers.task": f"mail to {SECRET}"},
    "half a body": {"body": _encode(f'[["{SECRET}"')},
    "a body of another kind": {"content-type": "application/x-python-serialize"},
    "no body": {"body": 5},
    "another row": {"body": _encode([[SECRET, 1], {}, {}])},
    "another gym": {"body": _encode([[13, True], {}, {}])},
    "more": {"body": _encode([[13, 1, SECRET], {}, {}])},
    "named": {"body": _encode([[], {SECRET: 1}, {}])},
    "shown": {"headers.argsrepr": SECRET, "body": _encode([[SECRET], {}, {}])},
}


def test_a_broken_message_ends_no_worker_and_what_it_says_is_in_no_log(
    tmp_path: Path, make_processes: Callable[[Mapping[str, str]], Processes]
) -> None:
    broker_url = f"filesystem://{tmp_path}/broker"
    app = make_app(broker_url)
    folder = tmp_path / "broker" / "messages" / NOTIFICATIONS
    app.send_task(SEND_NOTIFICATION, args=(13, 1), queue=NOTIFICATIONS)
    [sent] = folder.iterdir()
    good = sent.read_text()
    sent.unlink()
    for number, changes in enumerate(BROKEN.values()):
        message = json.loads(good)
        for path, value in changes.items():
            *parents, last = path.split(".")
            place = message
            for parent in parents:
                place = place[parent]
            place[last] = value
        (folder / f"{number:020d}-1-1").write_text(json.dumps(message))
    app.send_task(SEND_NOTIFICATION, args=(14, 1), queue=NOTIFICATIONS)

    processes = make_processes({**os.environ, "BROKER_URL": broker_url, "PYTHONPATH": str(ROOT)})
    processes.modules["poisoned"] = "tests.db.queue.poisoned"
    processes.start("poisoned")
    deliveries = tmp_path / "poisoned" / "deliveries"
    wait_for(lambda: deliveries.exists() and deliveries.read_text(), 120)
    assert deliveries.read_text().split() == ["14"]
    assert processes.stop("poisoned") == 0
    said = processes.read_log("poisoned")
    assert SECRET not in said
    assert said.count("message_refused") + said.count("message_unreadable") == len(BROKEN), said
