"""What is wrong with a value, for the person who typed it: pydantic's messages are for
programmers."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "Use letters from A to Z without accents, digits, dots, dashes"
    " and underscores, and begin with a letter or a digit.",
}
"""How to write what a pattern requires; a text field with a pattern needs an entry here."""
UNKNOWN = "This value cannot be used. Correct it, or leave it out."

_NUMBER = "This must be a number, such as 199.50."
_WHOLE_NUMBER = "This must be a whole number, such as 12."
_DAY = "This must be a day, such as 2026-01-15."
_MOMENT = "This must be a date and time, such as 2026-01-15T10:00:00."
_LIST = "This must be a list."
_OBJECT = "This must be a JSON object."
_TEXT = "This must be text."
_ONE_OF = "This must be {expected}."

_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field here. Leave it out.",
    "json_invalid": "This is not JSON: {error}.",
    "json_type": "This must be JSON.",
    "none_required": "This must be empty.",
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "Use at most {max_digits} digits.",
    "decimal_max_places": "Use at most {decimal_places} decimal places.",
    "decimal_whole_digits": "Use at most {whole_digits} digits before the decimal point.",
    "greater_than": "This must be more than {gt}.",
    "greater_than_equal": "This must be {ge} or more.",
    "less_than": "This must be less than {lt}.",
    "less_than_equal": "This must be {le} or less.",
    "multiple_of": "This must be a multiple of {multiple_of}.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_past": "This must be a day in the past.",
    "date_future": "This must be a day in the future.",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_past": "This must be in the past.",
    "datetime_future": "This must be in the future.",
    "timezone_naive": "This must be a time without an offset.",
    "timezone_aware": "This must be a time with an offset, such as 2026-01-15T10:00:00+01:00.",
    "time_type": "This must be a time of day, such as 18:30.",
    "time_parsing": "This must be a time of day, such as 18:30.",
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
    "uuid_type": "This must be a UUID.",
    "uuid_parsing": "This must be a UUID.",
}


def describe_mistake(mistake: ErrorDetails | Mapping[str, Any]) -> str:
    """One sentence with what to write instead; never pydantic's own message, nor a pattern."""
    kind, context = mistake["type"], mistake.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context.get("pattern")), UNKNOWN)
    if kind in ("value_error", "assertion_error"):
        return _make_sentence(context.get("error"))
    if kind in ("too_short", "string_too_short") and context.get("min_length") == 1:
        return "This must not be empty."
    if kind in ("too_short", "too_long") and isinstance(mistake.get("input"), str):
        kind = f"string_{kind}"
    sentence = _SENTENCES.get(kind, UNKNOWN)
    try:
        return sentence.format_map(context)
    except KeyError:
        return UNKNOWN


def name_field(mistake: ErrorDetails | Mapping[str, Any]) -> str:
    """Where it is: `check_ins.0.member_id`. What pydantic adds about its own types is left out."""
    place = [str(part) for part in mistake["loc"]]
    inside = [part for part in place[1:] if "[" not in part and "(" not in part]
    return ".".join(inside) or (place[0] if place else "")


def _make_sentence(error: object) -> str:
    """Our validators raise `is not a day` or `use 12 to 128 characters`."""
    text = str(error or "").strip()
    if not text:
        return UNKNOWN
    first = text.split()[0]
    if first in ("is", "has", "contains", "lies", "cannot"):
        text = f"This {text}"
    elif "_" not in first:
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
