"""What the linter of imports cannot say: pure rules need nothing but Python."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def list_imports(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield str(path.relative_to(ROOT)), node.module
            elif isinstance(node, ast.Import):
                yield from ((str(path.relative_to(ROOT)), alias.name) for alias in node.names)


def test_core_needs_the_standard_library_only() -> None:
    found = list(list_imports("core"))
    assert len(found) > 30
    foreign = [
        (path, module)
        for path, module in found
        if module.split(".")[0] not in sys.stdlib_module_names | {"core"}
    ]
    assert foreign == []
