"""Every sentence has its Portuguese, and no sentence is kept that nobody says any more.

After a change of sentences, run this file with WRITE_TRANSLATIONS=1, and translate what is empty in
core/translations; docs/languages.md says how.
"""

import ast
import os
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog

from tests.contract import translations


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    if os.environ.get("WRITE_TRANSLATIONS"):
        translations.update()
    return translations.read()


def forms(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def fields(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


def test_the_catalogue_has_what_the_code_says_and_nothing_else(catalogue: Catalog) -> None:
    said = {forms(message.id) for message in translations.extract() if message.id}
    kept = {forms(message.id) for message in catalogue if message.id}
    assert len(said) > 700
    assert {"missing": said - kept, "obsolete": kept - said} == {
        "missing": set(),
        "obsolete": set(),
    }


def test_everything_is_translated(catalogue: Catalog) -> None:
    empty = [
        message.id
        for message in catalogue
        if message.id and (message.fuzzy or not all(forms(message.string)))
    ]
    assert empty == []


def test_a_translation_fills_in_what_the_sentence_does(catalogue: Catalog) -> None:
    """In a plural the number itself may be said in a word, such as Yesterday."""
    differ = [
        (template, translation)
        for message in catalogue
        if message.id
        for template, translation in zip(forms(message.id), forms(message.string), strict=True)
        if fields(template) - {"n"} != fields(translation) - {"n"}
        or fields(translation) - fields(template) - ({"n"} if message.pluralizable else set())
    ]
    assert differ == []


SHOWN = {"help", "placeholder", "label", "text", "title", "delta", "delta_description", "alt"}
"""Arguments of Streamlit that people read, beside those without a name."""
NOT_WORDS = re.compile(r":[a-z_/]+[:\[]|https?:\S+|Comeback")
"""Icons, colours, addresses, and the name of the product."""


def literals_of(node: ast.expr) -> str:
    """What is written out in a text, without what is filled in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    said = [part.value for part in parts if isinstance(part, ast.Constant)]
    return NOT_WORDS.sub("", " ".join(text for text in said if isinstance(text, str)))


def find_literals(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("st.", "config.")):
            named = [word.value for word in node.keywords if word.arg in SHOWN]
            for argument in (*node.args, *named):
                text = literals_of(argument)
                if re.search(r"[A-Za-z]{3,} [a-z]{2,}|^[A-Z][a-z]{2,}", text):
                    yield text


def test_the_dashboard_shows_no_words_past_the_catalogue() -> None:
    assert list(find_literals('st.title("Members at risk")')) == ["Members at risk"]
    assert list(find_literals('st.markdown(f"#### {n} are slipping away")')) != []
    found = {
        str(path): texts
        for path in (translations.ROOT / "frontend").rglob("*.py")
        if (texts := list(find_literals(path.read_text())))
    }
    assert found == {}


def find_unfilled(source: str) -> Iterator[str]:
    """Sentences of `t` with a field that nothing is given for."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "t" and node.args):
            continue
        given = {word.arg for word in node.keywords}
        text = node.args[0]
        if isinstance(text, ast.Constant) and None not in given and fields(text.value) - given:
            yield text.value


def test_every_field_of_a_sentence_is_filled() -> None:
    assert list(find_unfilled('t("At most {longest}.", most=3)')) == ["At most {longest}."]
    found = {
        str(path): texts
        for folder in ("api", "core", "db", "frontend")
        for path in (translations.ROOT / folder).rglob("*.py")
        if (texts := list(find_unfilled(path.read_text())))
    }
    assert found == {}


SPEAKERS = {"t", "count", "locale", "current_language"}
"""What answers in the language of whoever looks."""


def find_spoken_at_import(source: str) -> Iterator[str]:
    """Calls that happen while a module is imported: outside of functions, or in their headers."""
    todo: list[ast.AST] = [ast.parse(source)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo += [*getattr(node, "decorator_list", []), *node.args.defaults]
            todo += [default for default in node.args.kw_defaults if default]
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SPEAKERS:
            yield ast.unparse(node)
        todo += ast.iter_child_nodes(node)


def test_no_module_of_the_dashboard_speaks_when_it_is_imported() -> None:
    """It would keep the language of whoever came first. A page is no module: it runs each time."""
    assert list(find_spoken_at_import('NAMES = {"a": t("A")}')) == ["t('A')"]
    assert list(find_spoken_at_import('@st.dialog(t("A"))\ndef f() -> None: t("B")')) == ["t('A')"]
    frontend = translations.ROOT / "frontend"
    scripts = {frontend / "main.py", *frontend.glob("*/pages/*.py")}
    found = {
        str(path): calls
        for path in set(frontend.rglob("*.py")) - scripts
        if (calls := list(find_spoken_at_import(path.read_text())))
    }
    assert found == {}
