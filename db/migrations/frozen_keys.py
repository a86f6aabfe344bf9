"""Keys and words of texts as migrations 0006 to 0016 make them.

A migration does the same for ever, so it holds a copy instead of importing what goes on changing.
Never edit this file: what the code makes differently from some day on is a migration of that day.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_KEY = 600
LONGEST_WORD = 60
MOST_WORDS = 40

_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_ASCII = re.compile("[a-z0-9]+")


def fold(text: str) -> str:
    """Return `text` without case and accents: "Žaneta", "ŽANETA" and "zaneta" have one key.

    Marks of other scripts than Latin, Greek and Cyrillic stay: there they are letters. The caller
    bounds the length first: sorting thousands of marks on one letter takes seconds.
    """
    if text.isascii():
        return text.lower()[:LONGEST_KEY]
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain)  # casefold may compose what was taken apart
    return _ACCENTS.sub("", plain).translate(_LETTERS)[:LONGEST_KEY]


class Texts(NamedTuple):
    """What a member is found by."""

    gym_id: int
    member_id: int
    name: str
    email: str | None
    phone: str | None
    number: str | None


def list_words(texts: Texts) -> list[str]:
    """The words that find a member, each once, those of which there are few first."""
    words = [word[:LONGEST_WORD] for word in _iterate_words(texts) if word]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def _iterate_words(texts: Texts) -> Iterator[str]:
    if texts.number:
        number = fold(texts.number)
        yield from _take_apart(number)
        yield _squeeze(number).lstrip("0")
    if texts.phone:
        phone = fold(texts.phone)
        groups = re.findall(r"\d+", phone)
        # With and without the codes of country and town, and as people say it: the last four.
        yield from ("".join(groups[start:]) for start in range(min(len(groups), 6)))
        yield "".join(groups)[-4:]
        if any(map(str.isalpha, phone)):
            yield from _take_apart(phone)
    if texts.email:
        local, _, domain = fold(texts.email).rpartition("@")
        yield _squeeze(local + domain)
        yield _squeeze(domain)
        yield from _take_apart(local)
    yield from _take_apart(fold(texts.name))


def _take_apart(folded: str) -> Iterator[str]:
    yield _squeeze(folded)
    for token in folded.split():
        parts = _split(token)
        yield "".join(parts)
        if len(parts) > 1:
            yield from parts
        if not token[0].isalnum():
            yield token  # as it is: "%" and "(ana)" are text, too


def _split(folded: str) -> list[str]:
    """Runs of letters and digits. Marks that `fold` leaves in a text are parts of letters."""
    if folded.isascii():
        return _ASCII.findall(folded)
    runs = "".join(
        mark if mark.isalnum() or unicodedata.category(mark)[0] == "M" else " " for mark in folded
    ).split()
    return [run for run in runs if any(map(str.isalnum, run))]


def _squeeze(folded: str) -> str:
    return "".join(_split(folded))
