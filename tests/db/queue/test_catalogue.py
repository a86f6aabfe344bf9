"""Each job is one row: declared once, done by exactly one function, of a worker that has it."""

import inspect
import subprocess
import sys
from collections import Counter

import pytest

from db.queue.catalogue import CATALOGUE, DS, JOBS, JobKind, load_handlers
from tests.fixtures.postgres import ROOT

PART_OF_QUEUE = {JOBS: "api", DS: "ds"}
"""Which package the image of the queue's worker holds."""
GIVEN = {JOBS: {"settings": None}, DS: {}}


def test_names_and_handlers_are_each_declared_once() -> None:
    for field in ("name", "handler"):
        counts = Counter(getattr(kind, field) for kind in CATALOGUE)
        assert [value for value, number in counts.items() if number > 1] == []


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.name)
def test_a_job_has_one_handler_in_one_worker_that_can_import_and_call_it(kind: JobKind) -> None:
    doers = [queue for queue in PART_OF_QUEUE if kind.name in load_handlers(queue)]
    assert doers == [kind.queue]
    assert kind.handler.partition(".")[0] == PART_OF_QUEUE[kind.queue]
    handler = load_handlers(kind.queue, **GIVEN[kind.queue])[kind.name]
    inspect.signature(handler).bind("the claimed job")


def test_reading_the_catalogue_imports_no_handler() -> None:
    """Relay and beat run from an image without `ds`."""
    program = (
        "import sys, db.queue.beat, db.queue.relay;"
        "sys.exit(str([m for m in sys.modules if m.split('.')[0] in ('api', 'ds')] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""
