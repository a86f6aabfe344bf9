"""The folder that stands in for RabbitMQ on one machine."""

from pathlib import Path

import pytest

from db.queues import JOBS, RUN_JOB, make_app


@pytest.mark.parametrize(
    "rubbish", [b"", b"half a mess", b"\xff\xfe", b"[]", b"{}", b'{"properties": 1}'], ids=repr
)
def test_a_file_that_is_no_message_is_passed_over(tmp_path: Path, rubbish: bytes) -> None:
    """After a power cut there may be empty ones. Each of them ended the whole platform."""
    app = make_app(f"filesystem://{tmp_path}")
    folder = tmp_path / "messages" / JOBS
    folder.mkdir(parents=True)
    (folder / "00000000000000000001-1-1").write_bytes(rubbish)
    app.send_task(RUN_JOB, args=(7, 1), queue=JOBS)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(JOBS).get(timeout=5)
        assert message.payload[0] == [7, 1]
        message.ack()
    assert list(folder.iterdir()) == []
