"""The one door for words. Every text a person reads goes through `t` or `count`.

The language is the browser's choice, kept in a cookie; without one the gym's, and before anybody
has signed in the browser's own.
"""

import gettext
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from streamlit.runtime.scriptrunner import get_script_run_ctx

CATALOGUES = Path(__file__).parents[2] / "core" / "translations"
LANGUAGES = {"en": "English", "pt-BR": "Português (Brasil)"}
"""Each under its own name, which is never translated."""
COOKIE = "comeback_language"
_LOCALES = {"en": Locale("en", "GB"), "pt-BR": Locale("pt", "BR")}
_STATE = "_language"
_of_request: ContextVar[str] = ContextVar("language", default="en")


def current_language() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return _of_request.get()
    language: str = st.session_state.get(_STATE, "en")
    return language


def use_for_request(language: str) -> None:
    """For a page that Streamlit does not render."""
    _of_request.set(language)


def use_for_session(language: str) -> None:
    """For this browser tab, from here on."""
    st.session_state[_STATE] = language


def choose_language(*wishes: str | None) -> str:
    """The first wish that can be met. A wish is a name, or a browser's list in its order."""
    for wish in wishes:
        for name in (wish or "").split(","):
            for language in LANGUAGES:
                if name.strip().lower().split("-")[0].split(";")[0] == language.split("-")[0]:
                    return language
    return "en"


def other_language() -> str:
    return next(language for language in LANGUAGES if language != current_language())


def locale() -> Locale:
    return _LOCALES[current_language()]


def t(text: str, **values: Any) -> str:
    template = _read_messages(current_language()).gettext(text)
    return template.format(**values) if values else template


def count(number: int, one: str, many: str, **values: Any) -> str:
    """The form that fits the number; `{n}` in it is the number with separators."""
    template = _read_messages(current_language()).ngettext(one, many, number)
    return template.format(n=format_decimal(number, locale=locale()), **values)


def mark(text: str) -> str:
    """A text that stands in a table of a module; `t` translates it where it is shown."""
    return text


def translated(names: Mapping[Any, str]) -> dict[Any, str]:
    """A table of marked templates, in the language of whoever looks."""
    return {code: t(name) for code, name in names.items()}


def mark_forms(one: str, many: str) -> tuple[str, str]:
    """Both forms of a text that stand in a table or are passed on; for `count`."""
    return one, many


@cache
def _read_messages(language: str) -> gettext.NullTranslations:
    path = CATALOGUES / str(_LOCALES[language]) / "LC_MESSAGES" / "comeback.po"
    if not path.exists():  # English needs none: its sentences are the keys
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, _LOCALES[language]))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
