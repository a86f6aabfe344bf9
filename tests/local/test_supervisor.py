"""Whatever ends the supervisor ends everything it started. Tried on small stand-in processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.processes import HOST, free_port
from local.supervisor import readable
from tests.fixtures.postgres import ROOT

# A supervisor of stand-ins: {"name": {"code": program, "url": awaited}} in the order to start them.
SUPERVISE = """
import json, os, subprocess, sys
from pathlib import Path
from local.processes import CannotStart
from local.supervisor import *

folder, children = Path(sys.argv[1]), json.loads(sys.argv[2])
supervisor = Supervisor()
raise_on_stop_signals()
try:
    with exclusive(folder):
        try:
            for name, child in children.items():
                command = [sys.executable, "-c", child["code"], name]
                if name == "database":
                    server = subprocess.Popen(command, cwd=folder)
                    stop = lambda: (server.terminate(), server.wait())
                    supervisor.own(name, server, stop)
                    continue
                started = supervisor.start(name, command, env=os.environ, cwd=folder)
                if "url" in child:
                    supervisor.wait_until_ready(started, child["url"], seconds=180)
            print("all started", flush=True)
            supervisor.watch()
        finally:
            supervisor.stop()
except StopRequested:
    sys.exit(0)
except (CannotStart, ChildFailed) as problem:
    sys.exit(f"comeback: {problem}")
"""
# Each stand-in leaves its pid, and says when it was asked to stop.
BEGIN = """
import os, signal, subprocess, sys, time
name = sys.argv[1]
def note(event):
    with open("events", "a") as f: f.write(f"{event} {name}\\n")
def stop(*_):
    note("stopped"); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open(name + ".pid", "w").write(str(os.getpid()))
note("started")
"""
SLEEPER = BEGIN + "time.sleep(900)"
DEAF = BEGIN + "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(900)"
WITH_CHILD = BEGIN + (
    "grandchild = subprocess.Popen(['sleep', '901'])\n"
    "open('grandchild.pid', 'w').write(str(grandchild.pid)); time.sleep(900)"
)


class Supervised:
    def __init__(self, folder: Path, children: dict[str, dict[str, str]]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(folder), json.dumps(children)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, text: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return
        raise AssertionError(f"never said {text!r}")

    def wait_for_pids(self, *names: str) -> list[int]:
        paths = [self.folder / f"{name}.pid" for name in names]
        eventually(lambda: all(path.exists() and path.read_text() for path in paths))
        return [int(path.read_text()) for path in paths]

    def events(self, kind: str) -> list[str]:
        lines = (self.folder / "events").read_text().splitlines()
        return [line.split()[1] for line in lines if line.startswith(kind)]

    def finish(self) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=180)
        return self.process.returncode, output


def eventually(holds: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    running: list[Supervised] = []

    def start(**children: str | dict[str, str]) -> Supervised:
        described = {
            name: {"code": child} if isinstance(child, str) else child
            for name, child in children.items()
        }
        running.append(Supervised(tmp_path, described))
        return running[-1]

    yield start
    for supervised in running:
        supervised.process.kill()
        supervised.process.communicate()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_with_the_database_last_and_is_a_good_end(
    supervise: Callable[..., Supervised], sent: signal.Signals
) -> None:
    slow = SLEEPER.replace('note("stopped")', 'time.sleep(0.2); note("stopped")')
    supervised = supervise(database=SLEEPER, first=slow, second=slow)
    pids = supervised.wait_for_pids("database", "first", "second")
    supervised.wait_for("all started")
    supervised.process.send_signal(sent)
    code, _ = supervised.finish()
    assert code == 0
    stopped = supervised.events("stopped")
    assert sorted(stopped[:2]) == ["first", "second"]
    assert stopped[2:] == ["database"]
    assert not any(alive(pid) for pid in pids)


def test_ctrl_c_in_a_terminal_reaches_the_supervisor_alone(
    supervise: Callable[..., Supervised],
) -> None:
    supervised = supervise(first=SLEEPER)
    (pid,) = supervised.wait_for_pids("first")
    assert os.getsid(pid) == pid != os.getsid(supervised.process.pid)


def test_kill_9_leaves_nothing_running(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(first=SLEEPER, deaf=DEAF)
    pids = supervised.wait_for_pids("first", "deaf")
    supervised.wait_for("all started")
    supervised.process.kill()
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_what_a_child_started_itself_ends_with_it(
    supervise: Callable[..., Supervised],
) -> None:
    supervised = supervise(parent=WITH_CHILD)
    pids = supervised.wait_for_pids("parent", "grandchild")
    supervised.wait_for("all started")
    supervised.process.terminate()
    assert supervised.finish()[0] == 0
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_when_one_dies_all_are_stopped_and_it_is_a_failure(
    supervise: Callable[..., Supervised],
) -> None:
    dying = BEGIN + "while not os.path.exists('first.pid'): time.sleep(0.05)\nsys.exit(3)"
    supervised = supervise(first=SLEEPER, dying=dying)
    pids = supervised.wait_for_pids("first", "dying")
    code, output = supervised.finish()
    assert code == 1
    assert output.splitlines()[-1] == "comeback: dying ended with 3"
    assert not any(alive(pid) for pid in pids)


def test_a_missing_module_is_told_in_one_line_with_what_to_do(
    supervise: Callable[..., Supervised],
) -> None:
    code, output = supervise(api="import gone_from_the_environment").finish()
    assert code == 1
    (told,) = [line for line in output.splitlines() if line.startswith("comeback: ")]
    assert "No module named 'gone_from_the_environment'" in told
    assert told.endswith("delete .venv and run run.py again")


def test_start_waits_until_a_process_answers(supervise: Callable[..., Supervised]) -> None:
    port = free_port()
    server = BEGIN + (
        "time.sleep(0.5); from http.server import *\n"
        "class H(SimpleHTTPRequestHandler):\n"
        "    def do_GET(self): note('asked'); self.send_response(200); self.end_headers()\n"
        f"HTTPServer(('{HOST}', {port}), H).serve_forever()"
    )
    supervised = supervise(
        server={"code": server, "url": f"http://{HOST}:{port}/ready"}, after=SLEEPER
    )
    supervised.wait_for("all started")
    supervised.wait_for_pids("after")
    assert (supervised.folder / "events").read_text().split("\n")[:3] == [
        "started server",
        "asked server",
        "started after",
    ]


def test_every_line_names_its_process(supervise: Callable[..., Supervised]) -> None:
    _, output = supervise(api="print('one'); print('two')").finish()
    assert "      api | one\n      api | two\n" in output


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain words", "plain words"),
        ("{not json", "{not json"),
        (
            '{"time": "t", "level": "info", "logger": "l", "message": "hi", "gym_id": 1}',
            "hi gym_id=1",
        ),
        ('{"level": "ERROR", "event": "failed", "error": null}', "error: failed"),
    ],
)
def test_log_entries_are_shown_for_people(line: str, shown: str) -> None:
    assert readable(line) == shown


def test_a_second_platform_in_the_same_folder_is_refused_in_one_line(
    supervise: Callable[..., Supervised],
) -> None:
    first = supervise(first=SLEEPER)
    first.wait_for("all started")
    code, output = supervise(second=SLEEPER).finish()
    assert code == 1
    assert output.startswith(f"comeback: already running in {first.folder} ")
    assert f"(process {first.process.pid})" in output
    assert output.count("\n") == 1
    assert alive(first.process.pid)
