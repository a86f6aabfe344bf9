"""`run.py` makes its environment on a machine that has nothing but Python, or says why it cannot.

Tried on a small stand-in project: one package of our own making, installed without a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.postgres import ROOT

UP = "import greeting, sys; print(greeting.WORD, *sys.argv[1:])"


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        (folder / "local").mkdir(parents=True)
        (folder / "local" / "__init__.py").touch()
        (folder / "local" / "up.py").write_text(UP)
        shutil.copy(ROOT / "run.py", folder)
        self.pin("1.0", "hello")

    @property
    def packages(self) -> Path:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.folder / ".venv" / "lib" / version / "site-packages"

    def pin(self, version: str, word: str) -> None:
        self.wheels.mkdir(exist_ok=True)
        info = f"greeting-{version}.dist-info"
        with zipfile.ZipFile(self.wheels / f"greeting-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("greeting/__init__.py", f"WORD = {word!r}\n")
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(
                f"{info}/RECORD",
                f"greeting/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
            )
        (self.folder / "constraints.txt").write_text(f"greeting=={version}\n")

    def run(
        self, *arguments: str, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        # The system's own programs only: no uv that a developer may have.
        kept = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder)}
        return subprocess.run(
            [sys.base_prefix + "/bin/python3", str(self.folder / "run.py"), *arguments],
            env=kept | offline | environment,
            cwd=cwd or "/",
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project") / "a folder with spaces")


def test_the_first_run_installs_and_the_second_starts_at_once(project: Project) -> None:
    first = project.run("up", "--some", "option")
    assert first.stderr == ""
    assert first.returncode == 0
    assert first.stdout.splitlines() == [
        "run.py: installing 1 packages into .venv, this once; it takes a minute or two",
        "hello --some option",
    ]
    assert project.run("up").stdout == "hello\n"


def test_the_callers_folder_does_not_get_in_the_way(project: Project, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "up.py").write_text("print('the wrong one')")
    (tmp_path / "greeting.py").write_text("WORD = 'wrong'")
    assert project.run("up", cwd=tmp_path).stdout == "hello\n"


def test_tools_of_the_environment_find_the_project(project: Project) -> None:
    project.run("up")
    python = project.folder / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", "import local; print(local.__file__)"],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(project.folder / "local" / "__init__.py")


def test_new_pins_are_installed(project: Project) -> None:
    project.run("up")
    project.pin("2.0", "good day")
    assert project.run("up").stdout.splitlines()[-1] == "good day"


def test_a_missing_module_is_put_back(project: Project) -> None:
    project.run("up")
    shutil.rmtree(project.packages / "greeting")
    done = project.run("up")
    assert done.returncode == 0
    assert "run.py: greeting is missing from .venv, so it is made anew" in done.stdout
    assert done.stdout.splitlines()[-1] in {"hello", "good day"}


def test_without_a_network_one_line_says_so_and_nothing_half_made_is_used(
    project: Project,
) -> None:
    project.run("up")
    project.pin("3.0", "from afar")
    shutil.rmtree(project.wheels)
    done = project.run(
        "up", PIP_NO_INDEX="", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_FIND_LINKS=""
    )
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: no network: the package index cannot be reached")
    assert done.stderr.count("\n") == 1
    project.pin("3.0", "from afar")
    assert project.run("up").stdout.splitlines()[-1] == "from afar"


def test_a_python_without_pip_is_told_in_one_line(tmp_path: Path) -> None:
    bare = Project(tmp_path / "bare")
    (tmp_path / "shadow" / "ensurepip").mkdir(parents=True)
    (tmp_path / "shadow" / "ensurepip" / "__init__.py").touch()
    done = bare.run("up", PYTHONPATH=str(tmp_path / "shadow"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: this Python comes without")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="apt-get is for root")
def test_as_root_what_python_lacks_is_installed_and_said(tmp_path: Path) -> None:
    bare = Project(tmp_path / "bare")
    shadow = tmp_path / "shadow" / "ensurepip"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "apt-get").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nrm -rf {tmp_path}/shadow\n'
    )
    (programs / "apt-get").chmod(0o755)
    done = bare.run("up", PYTHONPATH=str(tmp_path / "shadow"), PATH=f"{programs}:/usr/bin:/bin")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert f"installing {package} by apt-get" in done.stdout
    assert (tmp_path / "asked").read_text().splitlines() == [
        "update -qq",
        f"install -y -qq --no-install-recommends {package}",
    ]
    assert done.stdout.splitlines()[-1] == "hello"


def test_an_unknown_command_shows_the_commands(project: Project) -> None:
    done = project.run("upp")
    assert done.returncode == 2
    assert "python3 run.py up " in done.stderr
    assert "python3 run.py demo " in project.run("--help").stdout
