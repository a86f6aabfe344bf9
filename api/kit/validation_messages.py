"""What is wrong with a value, for the person who typed it: pydantic's messages are for
programmers."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from core.translation import Sentence, mark, t

PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": mark(
        "Use letters from A to Z without accents, digits, dots, dashes and underscores, and begin"
        " with a letter or a digit."
    ),
}
"""How to write what a pattern asks for; a text field with a pattern needs an entry here."""
UNKNOWN = mark("This value cannot be used. Correct it, or leave it out.")

_NUMBER = mark("This must be a number, such as 199.50.")
_WHOLE_NUMBER = mark("This must be a whole number, such as 12.")
_DAY = mark("This must be a day, such as 2026-01-15.")
_MOMENT = mark("This must be a date and time, such as 2026-01-15T10:00:00.")
_LIST = mark("This must be a list.")
_OBJECT = mark("This must be a JSON object.")
_TEXT = mark("This must be text.")

_SENTENCES = {
    "missing": mark("This field is required."),
    "extra_forbidden": mark("There is no such field here. Leave it out."),
    "json_invalid": mark("This is not JSON: {error}."),
    "json_type": mark("This must be JSON."),
    "none_required": mark("This must be empty."),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": mark("Use at least {min_length} characters."),
    "string_too_long": mark("Use at most {max_length} characters."),
    "too_short": mark("Give at least {min_length}."),
    "too_long": mark("Give at most {max_length}."),
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": mark("Use at most {max_digits} digits."),
    "decimal_max_places": mark("Use at most {decimal_places} decimal places."),
    "decimal_whole_digits": mark("Use at most {whole_digits} digits before the decimal point."),
    "greater_than": mark("This must be more than {gt}."),
    "greater_than_equal": mark("This must be {ge} or more."),
    "less_than": mark("This must be less than {lt}."),
    "less_than_equal": mark("This must be {le} or less."),
    "multiple_of": mark("This must be a multiple of {multiple_of}."),
    "bool_type": mark("This must be true or false."),
    "bool_parsing": mark("This must be true or false."),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_past": mark("This must be a day in the past."),
    "date_future": mark("This must be a day in the future."),
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_past": mark("This must be in the past."),
    "datetime_future": mark("This must be in the future."),
    "timezone_naive": mark("This must be a time without an offset."),
    "timezone_aware": mark(
        "This must be a time with an offset, such as 2026-01-15T10:00:00+01:00."
    ),
    "time_type": mark("This must be a time of day, such as 18:30."),
    "time_parsing": mark("This must be a time of day, such as 18:30."),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "uuid_type": mark("This must be a UUID."),
    "uuid_parsing": mark("This must be a UUID."),
}


def describe_mistake(mistake: ErrorDetails | Mapping[str, Any]) -> Sentence:
    """One sentence that says what to write instead; never pydantic's own words, nor a pattern."""
    kind, context = mistake["type"], mistake.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        return t(PATTERNS.get(str(context.get("pattern")), UNKNOWN))
    if kind in ("value_error", "assertion_error"):
        return _read_sentence(context.get("error"))
    if kind in ("enum", "literal_error"):
        others, _, last = str(context.get("expected")).rpartition(" or ")
        if not others:
            return t("This must be {one}.", one=last)
        return t("This must be {others} or {last}.", others=others, last=last)
    if kind in ("too_short", "string_too_short") and context.get("min_length") == 1:
        return t("This must not be empty.")
    if kind in ("too_short", "too_long") and isinstance(mistake.get("input"), str):
        kind = f"string_{kind}"
    sentence = t(_SENTENCES.get(kind, UNKNOWN), **context)
    try:
        str(sentence)
    except KeyError:
        return t(UNKNOWN)
    return sentence


def name_field(mistake: ErrorDetails | Mapping[str, Any]) -> str:
    """Where it is: `check_ins.0.member_id`. What pydantic adds about its own types is left out."""
    place = [str(part) for part in mistake["loc"]]
    inside = [part for part in place[1:] if "[" not in part and "(" not in part]
    return ".".join(inside) or (place[0] if place else "")


def _read_sentence(error: object) -> Sentence:
    """What a check of ours gave the error it raised."""
    said = error.args[0] if isinstance(error, Exception) and error.args else None
    return said if isinstance(said, Sentence) else t(UNKNOWN)
