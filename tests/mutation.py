"""Which small mistakes in a noun's code do the noun's tests notice?

`python -m tests.mutation members memberships` plants mistakes in `api/<noun>/service.py` and
`repository.py`, one at a time (`<` for `<=`, an argument left out, `and` for `or`), and runs the
tests that call the changed function until one of them fails. The score goes into docs/testing.md;
what no test noticed is printed. `--sample 100` tries that many, drawn at random and always the same
ones. `--survivors` tries only those of the last run again, after tests were added.

The mistakes are mutmut's. It changes functions without decorators, never annotations, docstrings
or what stands outside of functions.
"""

import argparse
import json
import random
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
COLUMNS = ("noun", "mistakes", "tried", "killed", "survived", "never called", "killed %")
# One that ran out of time may only have met a busy machine.
SURVIVED = ("survived", "timeout")
FOR_EVERY_NOUN = ("tests/api/conformance/test_conformance.py", "tests/api/test_security_tenants.py")
# What decides in a noun that has neither file.
DECIDES = {
    "kit": ["repository.py"],
    "check_ins": ["entries.py", "service.py", "repository.py"],
    "at_risk": ["repository.py", "churn_repository.py", "member_at_risk.py"],
    "notifications": ["kind.py"],
    "payments": ["repository.py", "notifications.py"],
}
# Where a noun's promises are that other nouns keep.
KEPT_BY = {
    "at_risk": ["tests/api/churn_risk", "tests/api/campaigns/test_preview.py"],
    "notifications": ["tests/api/payments"],
    "organizations": ["tests/api/email_confirmations", "tests/api/test_currencies.py"],
}
WITHOUT_A_LIST = {"notifications", "organizations", "payments", "unsubscribe"}
MUTMUT = Path(sys.executable).with_name("mutmut")
# What a text says is no promise: a line that is nothing but a sentence is left as it is.
SENTENCE = r"""^\s*(raise \w+\(|super\(\).__init__\()?(t\()?f?"[^"]* [^"]*"[),]*( from \w+)?$"""
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
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--sample", type=int, metavar="N", help="so many, drawn at random")
    some.add_argument("--survivors", action="store_true", help="only those of the last run")
    options = parser.parse_args()
    settings = read_check([])
    with database_for_tests(settings) as address:
        environment = {**inherited_environment(), **settings.environment, **address}
        for noun in options.nouns:
            if options.survivors:
                chosen = read_results(noun, environment, *SURVIVED)
            else:
                make_workspace(noun)
                chosen = draw(noun, environment, options.sample) if options.sample else []
            run_mutmut(noun, environment, "run", *chosen)
            for survivor in read_results(noun, environment, *SURVIVED):
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
        "only_mutate": [
            f"api/{noun}/{name}" for name in DECIDES.get(noun, ["service.py", "repository.py"])
        ],
        "pytest_add_cli_args_test_selection": find_tests(noun),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    project = (ROOT / "pyproject.toml").read_text()
    (workspace / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]))


def find_tests(noun: str) -> list[str]:
    """The noun's own tests, those that keep its promises, and those that walk all nouns."""
    of_lists = [] if noun in WITHOUT_A_LIST else FOR_EVERY_NOUN
    names = [f"tests/api/{noun}", *KEPT_BY.get(noun, []), *of_lists]
    return [name for name in names if (ROOT / name).exists()]


def draw(noun: str, environment: Mapping[str, str], size: int) -> list[str]:
    # mutmut cannot be told only to make the mistakes; it makes them, and then finds none so called.
    run_mutmut(noun, environment, "run", "none", check=False)
    mistakes = sorted(read_results(noun, environment))
    return random.Random(0).sample(mistakes, min(size, len(mistakes)))


def run_mutmut(
    noun: str, environment: Mapping[str, str], *arguments: str, check: bool = True
) -> None:
    subprocess.run(
        [MUTMUT, *arguments],
        cwd=WORKSPACES / noun,
        env=environment,
        check=check,
        preexec_fn=die_with_parent(),  # without the database every mistake would look killed
    )


def read_results(noun: str, environment: Mapping[str, str], *statuses: str) -> list[str]:
    """The names of the mistakes that the last run left in one of these states, or of all."""
    done = subprocess.run(
        [MUTMUT, "results", "--all", "true"],
        cwd=WORKSPACES / noun,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.findall(r"^\s*(\S+): (.+)$", done.stdout, re.MULTILINE)
    return [name for name, status in found if not statuses or status in statuses]


def count(noun: str, environment: Mapping[str, str]) -> list[str]:
    def how_many(*statuses: str) -> int:
        return len(read_results(noun, environment, *statuses))

    mistakes = how_many()
    tried = mistakes - how_many("not checked")
    killed = how_many("killed", "segfault")
    numbers = [mistakes, tried, killed, how_many(*SURVIVED), how_many("no tests")]
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
