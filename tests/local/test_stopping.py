"""The API ends when it is told to, whatever a caller holds open."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from local.platform import UVICORN
from local.processes import HOST, free_port
from local.settings import inherited_environment
from tests.fixtures.processes import wait_for

# Streams for ever, is slow, or waits for a body that never ends.
APP = """
import anyio
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/stream")
async def stream():
    async def tick():
        while True:
            yield b"tick"
            await anyio.sleep(0.05)
    return StreamingResponse(tick())

@app.get("/slow")
async def slow():
    await anyio.sleep(900)

@app.post("/half")
async def half(request: Request):
    return len(await request.body())
"""
LIMIT = int(UVICORN[-1])


@contextmanager
def serve(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (folder / "held.py").write_text(APP)
    port = free_port()
    process = subprocess.Popen(
        [*UVICORN, "held:app", "--app-dir", str(folder), "--port", str(port)],
        cwd=folder,
        env=inherited_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _listens(port))
        yield process, port
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) == 0


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        "GET /half a request",
    ],
    ids=["stream", "slow", "half a body", "half a header"],
)
def test_what_is_open_keeps_the_process_no_longer_than_the_limit(
    tmp_path: Path, request_text: str
) -> None:
    with serve(tmp_path) as (process, port), socket.create_connection((HOST, port)) as held:
        held.sendall(request_text.encode())
        time.sleep(0.3)  # until it is under way
        process.terminate()
        began = time.monotonic()
        process.wait(timeout=LIMIT + 30)
        # Generous to a busy machine, and far less than what is open would take.
        assert time.monotonic() - began < LIMIT + 20
