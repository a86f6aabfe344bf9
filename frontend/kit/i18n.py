"""Translation. Every text a person reads goes through `t` or `count`."""

from typing import Any


def t(text: str, **values: Any) -> str:
    return text.format(**values) if values else text


def count(number: int, one: str, many: str, **values: Any) -> str:
    """The form that fits the number; `{n}` in it is the number with separators."""
    return t(one if number == 1 else many, n=f"{number:,}", **values)
