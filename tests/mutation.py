"""Which small mistakes in a noun's code do the noun's tests notice?

`python -m tests.mutation members memberships` plants mistakes in `api/<noun>/service.py` and
`repository.py`, one at a time (`<` for `<=`, an argument left out, `and` for `or`), and runs the
tests that call the changed function until one of them fails. The score goes into docs/testing.md;
what no test noticed is printed. `--survivors` tries only those of the last run again, after tests
were added.

The mistakes are mutmut's. It changes functions without decorators, never annotations, docstrings
or what stands outside of functions.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.check import database_for_tests
from local.processes import die_with_parent
from local.settings import ROOT, inherited_environment, read_check

WORKSPACES = ROOT / ".comeback-mutation"
PAGE = ROOT / "docs" / "testing.md"
COLUMNS = ("noun", "mistakes", "killed", "survived", "never called", "killed %")
FOR_EVERY_NOUN = ("tests/api/conformance/test_conformance.py", "tests/api/test_security_tenants.py")
MUTMUT = Path(sys.executable).with_name("mutmut")
# What a text says is no promise: a line that is nothing but a sentence is left as it is.
SENTENCE = r"""^\s*(raise \w+\(|super\(\).__init__\()?f?"[^"]* [^"]*"[),]*$"""
# Generous, for a busy machine: only an endless loop or a deadlock is to run into it.
SETTINGS = {
    "do_not_mutate_patterns": [SENTENCE],
    "timeout_constant": 60.0,
    "timeout_multiplier": 3.0,
    "use_git_change_detection": False,
    "use_setproctitle": False,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("nouns", nargs="+", metavar="NOUN", help="a folder of api/")
    parser.add_argument("--survivors", action="store_true", help="only those of the last run")
    options = parser.parse_args()
    settings = read_check([])
    with database_for_tests(settings) as address:
        environment = {**inherited_environment(), **settings.environment, **address}
        for noun in options.nouns:
            if options.survivors:
                run_mutmut(noun, environment, "run", *read_survivors(noun, environment))
            else:
                make_workspace(noun)
                run_mutmut(noun, environment, "run")
            for survivor in read_survivors(noun, environment):
                run_mutmut(noun, environment, "show", survivor)
            write_row(count(noun, environment))


def make_workspace(noun: str) -> None:
    """A folder where mutmut finds the packages, the noun's files and its tests; it copies them."""
    workspace = WORKSPACES / noun
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    packages = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    for package in packages:
        (workspace / package).symlink_to(ROOT / package)
    settings = SETTINGS | {
        "source_paths": [package for package in packages if package != "tests"],
        "only_mutate": [f"api/{noun}/service.py", f"api/{noun}/repository.py"],
        "pytest_add_cli_args_test_selection": find_tests(noun),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    project = (ROOT / "pyproject.toml").read_text()
    (workspace / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]))


def find_tests(noun: str) -> list[str]:
    """The noun's own tests, and those that walk all nouns."""
    return [name for name in (f"tests/api/{noun}", *FOR_EVERY_NOUN) if (ROOT / name).exists()]


def run_mutmut(noun: str, environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(
        [MUTMUT, *arguments],
        cwd=WORKSPACES / noun,
        env=environment,
        check=True,
        preexec_fn=die_with_parent(),  # without the database every mistake would look killed
    )


def read_survivors(noun: str, environment: Mapping[str, str]) -> list[str]:
    done = subprocess.run(
        [MUTMUT, "results"],
        cwd=WORKSPACES / noun,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return re.findall(r"^\s*(\S+): survived$", done.stdout, re.MULTILINE)


def count(noun: str, environment: Mapping[str, str]) -> list[str]:
    run_mutmut(noun, environment, "export-cicd-stats")
    found = json.loads((WORKSPACES / noun / "mutants" / "mutmut-cicd-stats.json").read_text())
    killed = found["killed"] + found["timeout"] + found["segfault"]
    tried = found["total"]
    numbers = [tried, killed, found["survived"], found["no_tests"]]
    return [noun, *map(str, numbers), f"{100 * killed / tried:.0f}"]


def write_row(row: Sequence[str]) -> None:
    """Put the noun's row into the page's table, in place of its last one."""
    page = PAGE.read_text()
    before, start, rest = page.partition("<!-- mutation -->\n")
    table, end, after = rest.partition("<!-- /mutation -->")
    rows = {line.split("|")[1].strip(): line for line in table.splitlines()[2:]}
    rows[row[0]] = f"| {' | '.join(row)} |"
    head = [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 1)}"]
    lines = [*head, *(rows[noun] for noun in sorted(rows))]
    PAGE.write_text(before + start + "\n".join(lines) + "\n" + end + after)


if __name__ == "__main__":
    main()
