"""No regular expression takes long over a text that somebody else wrote.

Python tries every way to match: where two pieces can take the same characters the time
grows with the square of the text, where three can with its cube. Every pattern of the code runs
here against long texts of its own characters. A slow machine is no failure: what counts is how the
time grows.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # what a pattern is made of
from time import thread_time
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("api", "core", "db", "ds", "etl", "frontend", "local", "run.py")
LONGEST = 20_000
"""As long as any text may be that a pattern reads, unless its caller lets through less."""
BOUNDS = {
    "core.importing.times": 60,  # MAX_TIME_LENGTH
    "frontend.kit.typed_numbers": 40,  # what is longer is cut
}
_MEASURABLE = 0.01
_FACTOR = 3.0
"""Twice the text takes a linear pattern twice the time, a quadratic one four times."""
_METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


@dataclass(frozen=True)
class Use:
    """A pattern and a method that the code calls on it."""

    place: str
    pattern: re.Pattern[Any]
    method: str

    @property
    def longest(self) -> int:
        return BOUNDS.get(self.place.partition(":")[0], LONGEST)

    def run(self, text: str) -> None:
        subject: Any = text.encode() if isinstance(self.pattern.pattern, bytes) else text
        if self.method in ("match", "fullmatch", "search"):
            getattr(self.pattern, self.method)(subject)
        else:
            self.pattern.sub(subject[:0], subject)


def _find_files() -> Iterator[Path]:
    for place in PLACES:
        path = ROOT / place
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _find_uses() -> Iterator[Use]:
    for path in _find_files():
        tree = ast.parse(path.read_text())
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        called = _find_methods(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _read_call(node, module, called)


def _find_methods(tree: ast.AST) -> dict[str, set[str]]:
    """Names and the methods called on them, as `_EMAIL.match`."""
    called: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in _METHODS
        ):
            called.setdefault(node.value.id, set()).add(node.attr)
    return called


def _read_call(node: ast.Call, module: str, called: dict[str, set[str]]) -> Iterator[Use]:
    function = node.func
    for keyword in node.keywords:
        if keyword.arg == "pattern" and isinstance(keyword.value, ast.Constant):
            yield Use(f"{module}:{node.lineno}", re.compile(keyword.value.value), "search")
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in _METHODS | {"compile"}
    ):
        return
    place = f"{module}:{node.lineno}"
    for pattern in _evaluate(node, module):
        if function.attr != "compile":
            yield Use(place, pattern, function.attr)
            continue
        names = [name for name, methods in called.items() if methods and _is(module, name, pattern)]
        methods = set().union(*(called[name] for name in names)) or {"search"}
        yield from (Use(place, pattern, method) for method in sorted(methods))


def _evaluate(node: ast.Call, module: str) -> Iterator[re.Pattern[Any]]:
    flags = [word.value for word in node.keywords if word.arg == "flags"]
    flags += (
        node.args[1:2]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "compile"
        else []
    )
    expression = ast.Tuple([node.args[0], *flags], ast.Load())
    code = compile(ast.fix_missing_locations(ast.Expression(expression)), module, "eval")
    try:
        pattern, *given = eval(code, {"re": re})
    except NameError:
        pattern, *given = eval(code, vars(import_module(module)))
    yield re.compile(pattern, *given)


def _is(module: str, name: str, pattern: re.Pattern[Any]) -> bool:
    source = (ROOT / (module.replace(".", "/") + ".py")).read_text()
    if not re.search(rf"(?m)^{name}\b.* = re\.compile\(", source):
        return False
    return getattr(import_module(module), name, None) == pattern


USES = sorted(set(_find_uses()), key=lambda use: (use.place, use.method, str(use.pattern.pattern)))


def _find_characters(pattern: re.Pattern[Any]) -> list[str]:
    """Characters that the pattern names, and some of each kind."""
    found: dict[str, None] = {}

    def look(parts: Any) -> None:
        for operation, value in parts:
            if operation in (_constants.LITERAL, _constants.NOT_LITERAL):
                found[chr(value)] = None
            elif operation is _constants.RANGE:
                found[chr(value[0])] = None
            else:
                descend(value)

    def descend(value: Any) -> None:
        if isinstance(value, _parser.SubPattern):
            look(value.data)
        elif isinstance(value, list):
            if value and isinstance(value[0], tuple):
                look(value)
            else:
                for item in value:
                    descend(item)
        elif isinstance(value, tuple):
            for item in value:
                descend(item)

    look(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE).data)
    own = [character for character in found if character.isprintable()]
    return list(dict.fromkeys([" ", *own[:5], "a", "1", "\n"]))


def _find_beginning(pattern: re.Pattern[Any]) -> str:
    """The text that a match must begin with."""
    beginning = ""
    for operation, value in _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE).data:
        if operation is _constants.AT:
            continue
        if operation is not _constants.LITERAL:
            break
        beginning += chr(value)
    return beginning


def _make_texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginning, what is repeated, and an end that does not match."""
    characters = _find_characters(pattern)
    literal = _find_beginning(pattern)
    beginnings = dict.fromkeys(["", literal, *(literal + one for one in characters)])
    units = [*characters, *map("".join, itertools.permutations(characters[:5], 2))]
    yield from itertools.product(beginnings, units, ("", "\x01"))


def _measure(use: Use, text: str, repeats: int = 1) -> float:
    best = float("inf")
    for _ in range(repeats):
        begun = thread_time()
        use.run(text)
        best = min(best, thread_time() - begun)
    return best


def _grows_too_fast(use: Use, beginning: str, unit: str, end: str) -> bool:
    length = 16
    while length <= use.longest * 2:
        text = beginning + (unit * length)[: min(length, use.longest)] + end
        if _measure(use, text) > _MEASURABLE:
            half = beginning + (unit * length)[: len(text) // 2] + end
            if _measure(use, text, 3) > max(_FACTOR * _measure(use, half, 3), _MEASURABLE):
                return True
        # In small steps at first: what doubles with each character must not run for hours.
        length = length + 3 if length < 40 else length * 2
    return False


@pytest.mark.parametrize("use", USES, ids=[f"{use.place}-{use.method}" for use in USES])
def test_no_pattern_takes_longer_than_its_text_is_long(use):
    slow = next((parts for parts in _make_texts(use.pattern) if _grows_too_fast(use, *parts)), None)
    assert slow is None, f"{use.pattern.pattern!r}.{use.method}: {slow!r}, the second repeated"


def test_the_patterns_of_the_whole_code_base_are_tried():
    modules = {use.place.partition(":")[0] for use in USES}
    assert {
        "api.kit.middleware",
        "api.kit.schemas",
        "core.importing.values",
        "frontend.auth.auth_pages",
    } <= modules
    assert len(USES) > 60


@pytest.mark.parametrize(
    "pattern",
    [
        r"\{\{\s*([^{}|]*?)\s*(?:\|([^{}]*))?\}\}",  # the cube: a thousand blanks took minutes
        r"(a+)+$",
        r"\s+$",
        r"[^@]+\.[^@]+",
    ],
)
def test_a_slow_pattern_is_found(pattern):
    use = Use("here", re.compile(pattern), "search")
    assert any(_grows_too_fast(use, *parts) for parts in _make_texts(use.pattern))
