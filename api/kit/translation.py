"""The language of an answer: chosen by the request, or the gym's own for what leaves by mail."""

import gettext
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

from babel import Locale
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from pydantic import BeforeValidator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import core
from api.kit.paths import PORTUGUESE
from core.translation import Language, Quantity, Sentence

CATALOGUES = Path(core.__file__).with_name("translations")
MAX_LANGUAGES_LENGTH = 200
"""Characters of Accept-Language that are read."""
LOCALES = {Language.ENGLISH: Locale("en", "GB"), Language.PORTUGUESE: Locale("pt", "BR")}
"""How numbers and days are written: in English with the day before the month."""


class Catalogue:
    """`core.translation.Translator` by gettext and Babel."""

    def __init__(self, language: Language) -> None:
        self.locale = LOCALES[language]
        self._messages = _read_messages(self.locale)
        self.gettext = self._messages.gettext
        self.ngettext = self._messages.ngettext

    def format(self, value: Any) -> str:
        if isinstance(value, Quantity | float):
            return format_decimal(value, locale=self.locale)
        if isinstance(value, datetime):
            return f"{self.format(value.date())}, {value:%H:%M}"
        if isinstance(value, date):
            return format_skeleton("yMMMMd", value, locale=self.locale)
        return str(value)


def _read_messages(locale: Locale) -> gettext.NullTranslations:
    path = CATALOGUES / str(locale) / "LC_MESSAGES" / "comeback.po"
    if not path.exists():  # English needs none: its sentences are the keys
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def get_catalogue(language: Language) -> Catalogue:
    return Catalogue(language)


_language: ContextVar[Language] = ContextVar("language", default=Language.ENGLISH)


def current_language() -> Language:
    """Of the request that is being answered, or of the gym whose mail is being written."""
    return _language.get()


def use_language(language: Language) -> None:
    """From here on in this thread, until another is used."""
    _language.set(language)


def translate(text: Sentence, language: Language | None = None) -> str:
    """In the language of the request, unless another one is named."""
    return text.render(get_catalogue(language or current_language()))


def retell(said: Sentence | None, text: str | None) -> str | None:
    """What was kept, in the language of the request; older rows have the text alone."""
    return text if said is None else translate(said)


def _translate_if_needed(said: Any) -> Any:
    return translate(said) if isinstance(said, Sentence) else said


TranslatedText = Annotated[str, BeforeValidator(_translate_if_needed)]
"""A field of an answer that is given a sentence, and says it in the language of the request."""


def choose_language(accepted: str) -> Language:
    """The first language of an Accept-Language header that there is; English if there is none."""
    wishes = []
    for place, wish in enumerate(accepted[:MAX_LANGUAGES_LENGTH].split(",")):
        name, _, quality = wish.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wishes.append((-weight, place, name.lower()))
    for weight, _, name in sorted(wishes):
        for language in Language:
            if weight < 0 and name.split("-")[0] == language.split("-")[0]:
                return language
    return Language.ENGLISH


class LanguageOfRequest:
    """Sets the language for whatever answers, and says which it was. Under `/aluno` it is fixed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_portuguese = scope["path"] == PORTUGUESE or scope["path"].startswith(f"{PORTUGUESE}/")
        accepted = Headers(scope=scope).get("accept-language", "")
        language = Language.PORTUGUESE if is_portuguese else choose_language(accepted)
        _language.set(language)

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Language", language)
                if not is_portuguese:
                    headers.add_vary_header("Accept-Language")
            await send(message)

        await self.app(scope, receive, send_with_language)
