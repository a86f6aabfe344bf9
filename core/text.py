"""The one form in which texts are compared: what people type finds what others typed.

PostgreSQL cannot do it the same everywhere: under the C locale its `lower()` knows ASCII only. So
the key is made here, stored beside the text with `COLLATE "C"`, and compared as it is.
"""

import re
import unicodedata

from core.translation import t

MAX_KEY_LENGTH = 600
"""Characters of a key: an index holds up to 2,704 bytes, and one letter can stand for eighteen."""

_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters with a stroke or of two, which Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


MAX_MARKS = 30
"""In a row on one letter, as in Unicode's own stream-safe texts (UAX 15); no script writes more."""


def compose(text: str) -> str:
    """Return `text` in normal form (NFC): an "é" typed as two characters is the same as one.

    Raises ValueError for more marks on a letter than any script writes: putting n of them in order
    takes time with the square of n.
    """
    if text.isascii():
        return text
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        if marks > MAX_MARKS:
            raise ValueError(t("This has more accents on one letter than any language writes."))
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return `text` without case and accents: "Žaneta", "ŽANETA" and "zaneta" have one key.

    Marks of other scripts than Latin, Greek and Cyrillic stay: there they are letters. The caller
    bounds the length first: sorting thousands of marks on one letter takes seconds.
    """
    if text.isascii():
        return text.lower()[:MAX_KEY_LENGTH]
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain)  # casefold may compose what was taken apart
    return _ACCENTS.sub("", plain).translate(_LETTERS)[:MAX_KEY_LENGTH]


# Letters and symbols by their class, and yet nothing to see: fillers, blanks, placeholders.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159\ufffc")


def is_visible(character: str) -> bool:
    """A letter, digit, sign or symbol. Marks count with the letter they stand on, not alone."""
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK


def has_visible(text: str) -> bool:
    """Whether a reader sees anything: blanks, controls, joiners, unassigned and private use are
    nothing."""
    return any(map(is_visible, text))
