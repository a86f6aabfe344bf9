"""The table of faults in docs/security.md names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:[\w/]+)/test_\w+\.py)(?:::(\w+))?`")


def test_every_fault_has_tests_and_every_test_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    rows = [line for line in page.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 26))
    for row in rows:
        named = NAMED.findall(row)
        assert named, row
        for path, name in named:
            path = path.removeprefix("tests/")
            source = (ROOT / "tests" / path).read_text()
            assert not name or f"def {name}(" in source, f"{path}::{name}"
