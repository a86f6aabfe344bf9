"""The API, started as its own process with an unedited copy of `.env.example` as its `.env`."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx

from local.processes import free_port
from tests.contract.test_env_example import EXAMPLE, ROOT
from tests.fixtures.postgres import MigratedDatabase

PATIENCE = 300


def test_d_g3_4_the_api_starts_and_is_ready_with_the_committed_settings(
    api_database: MigratedDatabase, tmp_path: Path
) -> None:
    """Only the database's address is another one: the example names the container's."""
    shutil.copy(EXAMPLE, tmp_path / ".env")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port)],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": api_database.app_url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        status = None
        while status != 200 and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[0]
            try:
                status = httpx.get(f"http://127.0.0.1:{port}/ready").status_code
            except httpx.TransportError:
                time.sleep(0.1)
        assert status == 200
    finally:
        process.kill()
        process.communicate()
