"""An API in a process of its own, for whoever sends to it from another one."""

import http.client
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.processes import free_port

SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Served:
    port: int
    pid: int

    def read_cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def read_memory(self) -> float:
        """Megabytes that the process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def serve(
    run: Callable[..., None], *args: Any, port: int | None = None, path: str = "/ready"
) -> Iterator[Served]:
    """Call `run(*args, port)` in a new process until the block ends; it answers `path` with 200
    when it is ready."""
    port = port or free_port()
    process = SPAWN.Process(target=run, args=(*args, port))
    process.start()
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                break
        except OSError:
            time.sleep(0.1)
    try:
        yield Served(port, process.pid or 0)
    finally:
        process.terminate()
        process.join()
