#!/usr/bin/env python3
"""Comeback on one machine, with nothing but Python 3.11 or later:

    python3 run.py up      the platform with demo gyms, until Ctrl-C
    python3 run.py demo    the main job on the command line: who is at risk, a mail, its arrival
    python3 run.py test    every check

The first run installs the pinned packages into .venv. Options: python3 run.py COMMAND --help
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is told so, in one line
    sys.exit("run.py: Comeback needs Python 3.11 or later, this is " + sys.version.split()[0])

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PINS = ROOT / "constraints.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "comeback.json"
PACKAGES = VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
MODULES = {"up": "local.up", "demo": "local.demo", "test": "local.check"}
NO_NETWORK = re.compile(
    r"name resolution|resolve host|dns error|Network is unreachable|NewConnectionError"
    r"|ConnectTimeout|Connection refused|Failed to fetch|client error \(Connect\)",
)


class Problem(Exception):
    """What the person at the keyboard can put right, in one line."""


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in {"-h", "--help", "help"}:
        print(__doc__)
        return
    if command not in MODULES:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        with only_one_installs():
            prepare()
    except Problem as problem:
        sys.exit(f"run.py: {problem}")
    except PermissionError as error:
        sys.exit(f"run.py: not allowed to write {error.filename}: use a folder that is yours")
    except KeyboardInterrupt:
        sys.exit(130)
    # -P and PYTHONPATH: the folders here are the packages, whatever lies in the caller's folder.
    # exec, not a child: Ctrl-C and SIGTERM are to reach the supervisor itself.
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        os.execv(PYTHON, [str(PYTHON), "-P", "-m", MODULES[command], *sys.argv[2:]])  # noqa: S606
    except OSError as error:
        sys.exit(f"run.py: {PYTHON} does not run ({error.strerror}): delete .venv and try again")


@contextmanager
def only_one_installs() -> Iterator[None]:
    """A second first run waits for the first one instead of installing into the same folder."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare() -> None:
    """Make .venv hold exactly the pins; at once when it already does."""
    wanted = {
        "pins": hashlib.sha256(PINS.read_bytes()).hexdigest(),
        "python": sys.version,
        "root": str(ROOT),
    }
    found = read_stamp()
    same_place = all(found.get(name) == wanted[name] for name in ("python", "root"))
    missing = set(found.get("packages", ())) - set(list_packages())
    sound = same_place and PYTHON.exists() and not missing
    if sound and found.get("pins") == wanted["pins"]:
        return
    if missing:
        say(f"{min(missing)} is missing from .venv, so it is made anew")
    if found and not sound:
        shutil.rmtree(VENV)
    if VENV.exists() and not PACKAGES.is_dir() and not found:
        raise Problem(f"{VENV} is not this Python's: delete it and try again")
    VENV.mkdir(exist_ok=True)
    # Without pins yet: what an interrupted run leaves is ours, and not finished.
    STAMP.write_text(json.dumps({"python": wanted["python"], "root": wanted["root"]}))
    count = len({line.split("==")[0] for line in PINS.read_text().splitlines()})
    say(f"installing {count} packages into .venv, this once; it takes a minute or two")
    install()
    (PACKAGES / "comeback.pth").write_text(f"{ROOT}\n")
    STAMP.write_text(json.dumps({**wanted, "packages": list_packages()}))


def read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamp


def list_packages() -> list[str]:
    try:
        return sorted(name for name in os.listdir(PACKAGES) if name != "__pycache__")
    except FileNotFoundError:
        return []


def install() -> None:
    """By uv, which is many times faster; pip fetches it, and does the work where uv cannot."""
    uv = shutil.which("uv")
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)]
        log = run_all(make, [uv, *install_by_uv()])
        if log is None:
            return
    if not has_ensurepip():
        install_ensurepip()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--retries", "2"]
    log = run_all([sys.executable, "-m", "venv", str(VENV)])
    if log is None and re.search("^uv==", PINS.read_text(), re.MULTILINE):
        log = run_all([*pip, "-c", str(PINS), "uv"])
        if log is None and run_all([str(PYTHON), "-m", "uv", *install_by_uv()]) is None:
            return
    if log is None:  # also where uv failed: it does not read pip's configuration
        log = run_all([*pip, "-r", str(PINS)])
    if log is None:
        return
    (VENV / "install.log").write_text(log)
    if NO_NETWORK.search(log):
        raise Problem(
            "no network: the package index cannot be reached; "
            "connect, or set PIP_INDEX_URL to an index that can be, and try again"
        )
    said = [line for line in log.splitlines() if "rror" in line] or log.splitlines() or ["?"]
    raise Problem(f"the packages could not be installed: {said[-1].strip()}")


def install_by_uv() -> list[str]:
    return ["pip", "install", "--quiet", "--python", str(PYTHON), "-r", str(PINS)]


def run_all(*commands: list[str]) -> str | None:
    """Run one command after the other; None when all went well, else what the failing one said."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    environment.setdefault("UV_SYSTEM_CERTS", "1")  # the company's certificates, as pip is told
    environment.setdefault("PIP_ROOT_USER_ACTION", "ignore")
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    for command in commands:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return done.stdout or f"{command[0]} ended with {done.returncode}"
    return None


def has_ensurepip() -> bool:
    """Debian ships venv without ensurepip; an empty folder of that name would import, too."""
    probe = "import venv; from ensurepip import version"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False)
    return done.returncode == 0


def install_ensurepip() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not shutil.which("apt-get"):
        raise Problem("this Python comes without venv and pip: install them, or uv, and try again")
    if os.geteuid() != 0:
        raise Problem(
            f"this Python comes without pip: run `sudo apt-get install -y {package}` and try again"
        )
    say(f"this Python comes without pip: installing {package} by apt-get")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    log = run_all(
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
    )
    if log is not None or not has_ensurepip():
        reason = (log or "it is still missing").strip().splitlines()[-1]
        raise Problem(f"apt-get could not install {package}: {reason}")


def say(line: str) -> None:
    print(f"run.py: {line}", flush=True)


if __name__ == "__main__":
    main()
