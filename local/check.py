"""`run.py test`: every check, with one line for each at the end. Fails when any of them does.

On Debian as root, a missing browser or server is installed first; elsewhere its tests are skipped
with the reason, and with CI=true such a skip is a failure.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.postgres import Postgres
from local.processes import CannotStart, die_with_parent, free_port
from local.settings import ROOT, CheckSettings, inherited_environment, read_check

BROWSER_PACKAGES = ("chromium", "libatomic1")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REDIS_PACKAGES = ("redis-server",)
BROKER_PACKAGES = ("rabbitmq-server",)
# Debian's command of the same name changes to another account first.
BROKER_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Result:
    name: str
    is_good: bool
    seconds: float
    last_line: str = ""


def main() -> int:
    settings = read_check(sys.argv[1:])
    provide_programs()
    environment = inherited_environment() | settings.environment | {"PYTHONPATH": str(ROOT)}
    results = [] if settings.pytest_arguments else list(check_statically(environment))
    try:
        results.append(run_pytest(settings, environment))
    except CannotStart as problem:
        results.append(Result("pytest", False, 0, str(problem)))
    return summarise(results)


def check_statically(environment: Mapping[str, str]) -> Iterator[Result]:
    yield run("ruff", ["ruff", "check", "."], environment)
    yield run("format", ["ruff", "format", "--check", "--quiet", "."], environment)
    yield run("mypy", ["mypy", "."], environment)
    yield run("imports", ["lint-imports"], environment)
    if (ROOT / "mkdocs.yml").exists():
        with tempfile.TemporaryDirectory() as site:
            command = ["mkdocs", "build", "--strict", "--quiet", "--site-dir", site]
            # Only its theme's advertisement; warnings of the build itself still fail it.
            yield run("docs", command, {**environment, "NO_MKDOCS_2_WARNING": "1"})


def run_pytest(settings: CheckSettings, environment: Mapping[str, str]) -> Result:
    command = ["pytest", "-q", "-n", "2", "--durations", "20", "--color", colour()]
    command += ["--max-worker-restart", "0"]  # or what hung would hang again, in the next worker
    command += ["--long"] if settings.is_long else []
    with database_for_tests(settings) as address:
        return run("pytest", [*command, *settings.pytest_arguments], {**environment, **address})


@contextmanager
def database_for_tests(settings: CheckSettings) -> Iterator[dict[str, str]]:
    """One private server for all workers, unless a server is given."""
    if "TEST_SUPERUSER_DATABASE_URL" in settings.environment:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="comeback-tests-") as folder:
        password = secrets.token_urlsafe(16)
        server = Postgres(
            Path(folder), password=password, choice=settings.postgres, port=free_port()
        )
        server.start(log=Path(folder) / "postgres.log")
        print(f"check: {server.description}", flush=True)
        try:
            yield {"TEST_SUPERUSER_DATABASE_URL": server.url()}
        finally:
            server.remove()


def run(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Result:
    """Run one of our tools, showing its output as it comes."""
    print(f"\ncheck: {' '.join(command)}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [str(SCRIPTS / command[0]), *command[1:]],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    assert process.stdout is not None
    last_line = ""
    for raw in process.stdout:
        line = raw.decode(errors="replace")
        last_line = line.strip() or last_line
        sys.stdout.write(line)
        sys.stdout.flush()
    return Result(name, process.wait() == 0, time.monotonic() - began, last_line)


def summarise(results: Sequence[Result]) -> int:
    print()
    for result in results:
        verdict = "ok" if result.is_good else "FAILED"
        print(f"check: {result.name:<8} {verdict:<7}{result.seconds:7.1f} s")
    failed = [result.name for result in results if not result.is_good]
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'all good'}")
    print(results[-1].last_line, flush=True)
    return 1 if failed else 0


def has_browser() -> bool:
    """A Chromium is installed, and Playwright's driver, which needs a library of its own,
    starts."""
    driver = [sys.executable, "-m", "playwright", "--version"]
    return (
        any(shutil.which(name) for name in BROWSERS)
        and subprocess.run(driver, capture_output=True, check=False).returncode == 0
    )


# What the tests start, which packages bring it, and how to check that it is installed.
PROGRAMS: tuple[tuple[str, tuple[str, ...], Callable[[], bool]], ...] = (
    ("browser", BROWSER_PACKAGES, has_browser),
    ("Redis server", REDIS_PACKAGES, lambda: shutil.which("redis-server") is not None),
    ("RabbitMQ server", BROKER_PACKAGES, BROKER_PROGRAM.exists),
)


def provide_programs() -> None:
    """From Debian's packages, when we may install them."""
    for name, packages, is_here in PROGRAMS:
        if not is_here():
            provide(name, packages)


def provide(name: str, packages: Sequence[str]) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"check: no {name} here, so the tests that need one are skipped", flush=True)
        return
    print(f"check: no {name} here: installing {' '.join(packages)} by apt-get", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            print(f"check: {' '.join(command)} failed: {said[-1]}", flush=True)
            return


def colour() -> str:
    return "yes" if sys.stdout.isatty() else "no"


if __name__ == "__main__":
    sys.exit(main())
