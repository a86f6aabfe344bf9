"""Sentences as data: an English template, which is the key of its translation, and what goes in it.

Who knows the reader's language renders a `Sentence`; until then nothing joins words. Templates are
found by extraction, so each is written out where `t`, `count` or `mark` is called.
docs/languages.md says how to add a sentence or a language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol


class Language(StrEnum):
    """By the names of HTTP and HTML."""

    ENGLISH = "en"
    PORTUGUESE = "pt-BR"


class Quantity(int):
    """How many of something: its thousands are set apart, as those of an id or a year are not."""


class Translator(Protocol):
    """One language: its catalogue, and how it writes numbers and days."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, one: str, many: str, n: int) -> str: ...

    def format(self, value: Any) -> str: ...


@dataclass(frozen=True)
class Sentence:
    """A sentence in no language yet. `str()` of it is plain English, for logs and programs."""

    template: str
    values: Mapping[str, Any]
    plural: str | None = None
    number: int = 0
    begins_small: bool = False

    def as_part(self) -> "Sentence":
        """The sentence as part of another one, whose begin it is not."""
        return replace(self, begins_small=True)

    def render(self, translator: Translator) -> str:
        said = self._fill(translator)
        return said[:1].lower() + said[1:] if self.begins_small else said

    def _fill(self, translator: Translator) -> str:
        if self.plural is None:
            template = translator.gettext(self.template)
        else:
            template = translator.ngettext(self.template, self.plural, self.number)
        if not self.values:
            return template
        values = {
            name: value.render(translator)
            if isinstance(value, Sentence)
            else translator.format(value)
            for name, value in self.values.items()
        }
        return template.format_map(values)

    def __str__(self) -> str:
        return self.render(PLAIN_ENGLISH)


def _write(value: Any, translator: Translator) -> str:
    return value.render(translator) if isinstance(value, Sentence) else translator.format(value)


def t(template: str, **values: Any) -> Sentence:
    """A value may be a sentence itself. Without values a template is taken as it is written."""
    return Sentence(template, values)


def count(number: int, one: str, many: str, **values: Any) -> Sentence:
    """The form that fits the number, which is `{n}` in it."""
    return Sentence(one, {"n": Quantity(number), **values}, many, number)


def join(separator: str, *parts: Any) -> Sentence:
    """Parts that belong to no sentence together, one after the other."""
    values = {f"part{place}": part for place, part in enumerate(parts)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), values)


def pack(sentence: Sentence) -> dict[str, Any]:
    """As JSON, to be kept until somebody reads it."""
    packed: dict[str, Any] = {"template": sentence.template}
    if sentence.values:
        packed["values"] = {name: _pack_value(value) for name, value in sentence.values.items()}
    if sentence.plural is not None:
        packed |= {"plural": sentence.plural, "number": sentence.number}
    if sentence.begins_small:
        packed["begins_small"] = True
    return packed


def unpack(packed: Mapping[str, Any]) -> Sentence:
    """What `pack` made. A template that the code no longer has is still said, in English."""
    values = {name: _unpack_value(value) for name, value in packed.get("values", {}).items()}
    return Sentence(**{**packed, "values": values})


def _pack_value(value: Any) -> Any:
    match value:
        case Sentence():
            return {"sentence": pack(value)}
        case Quantity():
            return {"quantity": int(value)}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case int() | float():
            return value
        case _:
            return str(value)


def _unpack_value(value: Any) -> Any:
    match value:
        case {"sentence": packed}:
            return unpack(packed)
        case {"quantity": number}:
            return Quantity(number)
        case {"moment": moment}:
            return datetime.fromisoformat(moment)
        case {"day": day}:
            return date.fromisoformat(day)
        case _:
            return value


def mark(template: str) -> str:
    """A template that stands in a table; whoever takes it out of there passes it to `t`."""
    return template


class _PlainEnglish:
    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, one: str, many: str, n: int) -> str:
        return one if n == 1 else many

    def format(self, value: Any) -> str:
        if isinstance(value, Quantity):
            return f"{value:,}"
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, date):
            return value.isoformat()
        return str(value)


PLAIN_ENGLISH = _PlainEnglish()
