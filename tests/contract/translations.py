"""What the code says to people, found by extraction, beside what the catalogue translates."""

import ast
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from api.kit.errors import DomainError

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "core" / "translations" / "pt_BR" / "LC_MESSAGES" / "comeback.po"
FOLDERS = ("api", "core", "db", "frontend")


def extract() -> Catalog:
    """Every template that the code hands to `t`, `count`, `mark` or `mark_forms`, and the titles of
    errors."""
    found = Catalog(locale="pt_BR", fuzzy=False)
    for error in list_errors(DomainError):
        found.add(error.title)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for message in read_code(path):
                found.add(message)
        for path in sorted((ROOT / folder).rglob("templates/*.html")):
            with path.open("rb") as page:
                for _, _, said, _ in babel_extract(page, ["t"], [], {}):
                    found.add(said if isinstance(said, str) else said[0])
    return found


def read_code(path: Path) -> Iterator[str | tuple[str, str]]:
    """By the syntax tree: Babel's own extraction sees nothing that stands in an f-string."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        said = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
        if node.func.id in ("t", "mark") and said and isinstance(said[0], str):
            yield said[0]
        elif (node.func.id, len(said)) in (("count", 3), ("mark_forms", 2)):
            one, many = said[-2:]
            if isinstance(one, str) and isinstance(many, str):
                yield one, many


def list_errors(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """It and all that derive from it, wherever they are."""
    import_module("api.main")
    yield kind
    for child in kind.__subclasses__():
        yield from list_errors(child)


def read() -> Catalog:
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="pt_BR")


def write(catalogue: Catalog) -> None:
    """Sorted, and without places in the code: two changes at a time seldom touch the same line."""
    text = BytesIO()
    write_po(text, catalogue, width=100, no_location=True, sort_output=True, omit_header=False)
    CATALOGUE.write_bytes(text.getvalue())


def update() -> None:
    """Add what is new with an empty translation, and leave out what the code no longer says."""
    known, found = read(), extract()
    for message in list(known):
        if message.id and not is_same(message, found.get(message.id)):
            known.delete(message.id)
    for message in found:
        if message.id and known.get(message.id) is None:
            known.add(message.id)
    write(known)


def is_same(message: Message, other: Message | None) -> bool:
    return other is not None and message.id == other.id
