"""Starts the platform's processes, watches them, and stops every one of them again.

Whatever ends the supervisor ends its children: Ctrl-C and SIGTERM stop them in reverse order, the
death of one stops the others, and when the supervisor is killed the kernel ends them (Linux).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from local.processes import CannotStart, die_with_parent, open_log
from local.settings import ROOT

_STOP_SECONDS = 20.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TAIL = 15
# Addresses of our own children are never behind the proxy that the environment may name.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StopRequested(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal. Not an Exception: no handler may swallow it."""


class ChildFailed(Exception):
    """A process of the platform ended although it should not have, or reported a failure."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    pump: threading.Thread
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))

    def ended(self) -> str:
        """How it ended, with its last output when that explains it."""
        self.pump.join(2)
        code = self.process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        for line in reversed(self.tail):
            missing = re.match(r"ModuleNotFoundError: No module named '(\w+)", line)
            if missing and not (ROOT / missing[1]).exists():
                return f"{self.name} {how} ({line}): delete .venv and run run.py again"
        return f"{self.name} {how}"


@contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the data directory: two platforms in one would share a database and its ports."""
    path = data_dir / "lock"
    with open(path, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise CannotStart(
                f"already running in {data_dir} (process {owner}): stop it there with Ctrl-C, "
                "or choose another --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Supervisor:
    """`logs` is a folder for the children's output; without it they are shown, each line named."""

    def __init__(self, *, logs: Path | None = None) -> None:
        self._logs = logs
        self._children: list[Child] = []
        self._servers: list[tuple[str, subprocess.Popen[bytes], Callable[[], None]]] = []
        self._colours = sys.stdout.isatty()

    def say(self, line: str) -> None:
        self._show("comeback", line)

    def own(self, name: str, process: subprocess.Popen[bytes], stop: Callable[[], None]) -> None:
        """Watch a server that something else started; it is stopped last, after all children."""
        self._servers.append((name, process, stop))

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path
    ) -> Child:
        """Start a process that must live as long as the platform."""
        child = self._spawn(name, command, env=env, cwd=cwd)
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        """Run one step to its end; raise ChildFailed when it fails."""
        child = self._spawn(name, command, env=env, cwd=cwd)
        self._children.append(child)
        child.process.wait()
        self._children.remove(child)
        if child.process.returncode != 0:
            self._explain(child)
            raise ChildFailed(child.ended())
        child.pump.join(2)

    def wait_until_ready(self, child: Child, url: str, *, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            try:
                with _direct.open(url, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.05)
        self._explain(child)
        raise ChildFailed(f"{child.name} did not become ready in {seconds:.0f} s ({url})")

    def check(self) -> None:
        """Raise ChildFailed when a process is gone that should be there."""
        for child in self._children:
            if child.process.poll() is not None:
                self._explain(child)
                raise ChildFailed(child.ended())
        for name, process, _ in self._servers:
            if process.poll() is not None:
                raise ChildFailed(f"{name} ended with {process.returncode}")

    def watch(self) -> None:
        """Never returns: ends by StopRequested, or by ChildFailed."""
        while True:
            self.check()
            time.sleep(0.2)

    def stop(self) -> None:
        """End everything, newest first, the servers that the others need last."""
        _ignore_stop_signals()
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in reversed(self._children):
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not stop in time and was killed")
            _kill_group(child.process.pid)
            child.process.wait()
            child.pump.join(1)
        self._children.clear()
        for _, _, stop in reversed(self._servers):
            stop()
        self._servers.clear()

    def _spawn(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path
    ) -> Child:
        process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor alone
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        assert process.stdout is not None
        tail: deque[str] = deque(maxlen=_TAIL)
        pump = threading.Thread(target=self._pump, args=(name, process.stdout, tail), daemon=True)
        pump.start()
        return Child(name, process, pump, tail)

    def _pump(self, name: str, output: IO[bytes], tail: deque[str]) -> None:
        log = open_log(self._logs / f"{name}.log") if self._logs else None
        for raw in output:
            line = raw.decode(errors="replace").rstrip("\r\n").rpartition("\r")[2]
            tail.append(line)
            if log:
                log.write(raw)
                log.flush()
            else:
                self._show(name, readable(line))
        if log:
            log.close()

    def _explain(self, child: Child) -> None:
        """Show the last output of a child that logs to a file."""
        child.pump.join(0.5)
        if self._logs:
            for line in child.tail:
                self._show(child.name, line)

    def _show(self, name: str, line: str) -> None:
        label = f"\033[36m{name:>9}\033[0m" if self._colours else f"{name:>9}"
        try:
            sys.stdout.write(f"{label} | {line}\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; the platform must still be stopped properly


def readable(line: str) -> str:
    """A JSON log line as a person reads it; any other line as it is."""
    try:
        entry = json.loads(line) if line.startswith("{") else None
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return line
    said = str(entry.pop("message", None) or entry.pop("event", ""))
    level = str(entry.pop("level", "info")).lower()
    rest = [f"{k}={v}" for k, v in entry.items() if k not in {"time", "logger"} and v is not None]
    return " ".join(([] if level == "info" else [f"{level}:"]) + [said, *rest])


def _kill_group(pid: int) -> None:
    """What a child started itself is in its process group, and must not outlive it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def raise_on_stop_signals() -> None:
    """From here on a signal to stop raises StopRequested, once; then nothing interrupts stopping.

    Set explicitly, since a background job of a shell starts with SIGINT ignored.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        _ignore_stop_signals()
        raise StopRequested

    for number in _STOP_SIGNALS:
        signal.signal(number, ask)


def _ignore_stop_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
