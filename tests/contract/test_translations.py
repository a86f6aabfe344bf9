"""Every sentence has its Portuguese, and no sentence is kept that nobody says any more.

After a change of sentences, run this file with WRITE_TRANSLATIONS=1, and translate what is empty in
core/translations; docs/languages.md says how.
"""

import os
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
