"""Ports and child processes, as every part of the embedded run needs them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """An error that the user can fix: shown as one line, never as a traceback."""


def die_with_parent(death_signal: int = signal.SIGKILL) -> Callable[[], None] | None:
    """A `preexec_fn` after which the kernel ends the child when we die, even by SIGKILL.

    Linux only; None elsewhere. The kernel ties this to the thread that starts the child, so start
    children from the main thread.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may be imported
    parent = os.getpid()

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the kernel knew
            os._exit(1)

    return arm


def open_log(path: Path) -> BinaryIO:
    """To add to. The output of a process may name people, so only the owner may read it, also
    where an earlier run left the file open to others."""
    log = open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
    os.fchmod(log.fileno(), 0o600)
    return log


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that connections of a server just stopped do not count as busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(first: int = 0, *, taken: set[int] | None = None) -> int:
    """The first free port from `first` on; with 0, any that the system hands out."""
    taken = taken or set()
    if first == 0:
        while True:
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = int(probe.getsockname()[1])
            if port not in taken:
                return port
    for port in range(first, min(first + 200, 65536)):
        if port not in taken and is_free(port):
            return port
    raise CannotStart(f"no free port from {first} on")


def required_port(port: int, purpose: str, option: str) -> int:
    """`port` itself when it is free; it was requested by number, so never silently another one."""
    if not 1 <= port <= 65535:
        raise CannotStart(f"{option} {port}: a port is a number from 1 to 65535")
    if not is_free(port):
        raise CannotStart(
            f"port {port} for the {purpose} is in use: "
            f"stop what listens there, or choose another with {option}"
        )
    return port
