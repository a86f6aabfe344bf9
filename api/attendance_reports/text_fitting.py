"""Names as the report's font can show them."""

import unicodedata
from collections.abc import Callable, Collection

from api.providers.email.message import one_line

UNKNOWN = "□"
"""Stands for a character that the font does not have: emoji, Chinese, Arabic and others."""

# They only change the character before them, which the font cannot show that way.
_INVISIBLE = {
    0x200B,
    0x200C,
    0x200D,
    0x2060,
    0xFEFF,
    *range(0xFE00, 0xFE10),
    *range(0x1F3FB, 0x1F400),
}


def spell(text: str, known: Collection[int]) -> str:
    """One line of characters that are all among `known`, accents joined to their letters."""
    text = unicodedata.normalize("NFC", one_line(text, max_length=200))
    return "".join(
        character if ord(character) in known else UNKNOWN
        for character in text
        if ord(character) not in _INVISIBLE
    )


def shorten(text: str, width: float, measure: Callable[[str], float]) -> str:
    """The text, its end left out where it is wider than `width`."""
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits with the dots
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
