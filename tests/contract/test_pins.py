"""Every part's pins are compiled from what it names, and all parts have the same versions."""

import re
from pathlib import Path

import pytest

from tests.fixtures.postgres import ROOT

PARTS = sorted(path.parent for path in ROOT.glob("*/requirements.in"))


def read_names(path: Path) -> set[str]:
    """What a `requirements.in` asks for, with what it includes."""
    names = set()
    for line in path.read_text().split("\n"):
        if line.startswith("-r "):
            names |= read_names(path.parent / line.removeprefix("-r "))
        elif line:
            names.add(re.split(r"[\[=<>~]", line)[0])
    return names


def read_pins(path: Path) -> dict[str, str]:
    """The versions, by name, with the machines for which they hold."""
    return dict(line.split("==", 1) for line in path.read_text().split("\n") if line)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_what_a_part_names_is_pinned_as_it_is_for_all(part: Path) -> None:
    pins, all_pins = read_pins(part / "requirements.txt"), read_pins(ROOT / "constraints.txt")
    assert read_names(part / "requirements.in") - set(pins) == set()
    versions = {name: pin.partition(" ")[0] for name, pin in pins.items()}
    assert versions == {name: all_pins[name].partition(" ")[0] for name in pins}


def test_every_part_is_among_all() -> None:
    listed = (ROOT / "requirements.in").read_text().split()
    assert listed[1::2] == [f"{part.name}/requirements.in" for part in PARTS]
