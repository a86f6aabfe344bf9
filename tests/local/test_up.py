"""`run.py up` tells in one line what keeps it from starting."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.credentials import Credentials, read_values
from local.processes import HOST, CannotStart, free_port
from local.settings import inherited_environment, read_up
from tests.fixtures.postgres import ROOT


def up(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "local.up", *arguments],
        cwd=ROOT,
        env=inherited_environment() | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["api", "web", "mail", "smtp", "database"])
def test_a_busy_port_is_told_in_one_line_before_anything_starts(tmp_path: Path, name: str) -> None:
    others = [f"--{other}-port=0" for other in ("api", "web") if other != name]
    with socket.create_server((HOST, 0)) as busy:
        port = busy.getsockname()[1]
        code, output = up("--data-dir", str(tmp_path), *others, f"--{name}-port={port}")
    assert code == 1
    assert output.startswith(f"comeback: port {port} for the ")
    assert output.endswith(
        f" is in use: stop what listens there, or choose another with --{name}-port\n"
    )
    assert output.count("\n") == 1
    assert not list(tmp_path.glob("pg-*"))


def test_a_port_may_be_chosen_by_the_environment(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as busy:
        port = busy.getsockname()[1]
        code, output = up("--data-dir", str(tmp_path), COMEBACK_API_PORT=str(port))
    assert (code, output.split(" for ")[0]) == (1, f"comeback: port {port}")


def test_one_port_for_two_purposes_is_refused(tmp_path: Path) -> None:
    port = free_port()
    code, output = up("--data-dir", str(tmp_path), f"--api-port={port}", f"--web-port={port}")
    assert code == 1
    assert "already taken by another option" in output


def test_a_database_of_ones_own_needs_all_its_roles(tmp_path: Path) -> None:
    ports = ["--api-port=0", "--web-port=0"]
    code, output = up("--data-dir", str(tmp_path), *ports, DATABASE_URL="postgresql://a:b@c/d")
    assert code == 1
    assert "OPS_DATABASE_URL and MIGRATOR_DATABASE_URL not" in output
    assert output.count("\n") == 1


def test_a_folder_that_may_not_be_written_is_told_in_one_line() -> None:
    code, output = up("--data-dir", "/proc/comeback")  # not even by root
    assert code == 1
    assert output.count("\n") == 1


def test_a_file_in_place_of_the_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, output = up("--data-dir", str(tmp_path / "file"))
    assert code == 1
    assert output.count("\n") == 1
    assert "choose another --data-dir" in output


def test_passwords_are_random_kept_and_for_the_owner_only(tmp_path: Path) -> None:
    made = Credentials.keep_in(tmp_path)
    assert Credentials.keep_in(tmp_path) == made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o600
    values = list(read_values(tmp_path / "secrets").values())
    assert len(set(values)) == 6
    assert min(len(value) for value in values) >= 32


def test_lost_passwords_are_told_instead_of_replaced(tmp_path: Path) -> None:
    (tmp_path / "pg-18").mkdir()
    with pytest.raises(CannotStart, match="put it back, or delete"):
        Credentials.keep_in(tmp_path)


def test_what_the_caller_set_for_another_platform_does_not_leak_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    foreign = ["OPS_DATABASE_URL", "SECRET_KEY", "SMTP_HOST", "SEED_MODE", "PYTHONHOME", "API_URL"]
    for name in foreign:
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("KEPT", "yes")
    environment = inherited_environment()
    assert environment["KEPT"] == "yes"
    assert not set(foreign) & set(environment)
    assert {"127.0.0.1", "localhost"} <= set(environment["NO_PROXY"].split(","))


def test_the_default_ports_are_the_documented_ones() -> None:
    settings = read_up([])
    assert (settings.api_port, settings.web_port) == (8000, 8501)
    assert settings.data_dir == ROOT / ".comeback"
    anywhere = read_up(["--api-port", "0", "--web-port", "0"])
    assert (anywhere.api_port, anywhere.web_port) == (None, None)
