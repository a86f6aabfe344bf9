"""Merge fields: what a text may name, what is wrong with it, and its words for one member."""

import re
from calendar import month_name
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.providers.email.message import one_line

LONGEST_SUBJECT = 150
LONGEST_BODY = 10_000
_LONGEST_VALUE = 80


class MergeField(StrEnum):
    FIRST_NAME = "first_name"
    NAME = "name"
    GYM = "gym"
    DAYS_AWAY = "days_away"
    LAST_VISIT = "last_visit"
    USUAL_PER_WEEK = "usual_per_week"


DESCRIPTIONS: Mapping[MergeField, tuple[str, str]] = {
    MergeField.FIRST_NAME: ("First name of the member", "Paula"),
    MergeField.NAME: ("Full name of the member", "Paula Dias"),
    MergeField.GYM: ("Name of your gym", "Iron District Gym"),
    MergeField.DAYS_AWAY: ("Days since the last visit", "23"),
    MergeField.LAST_VISIT: ("Day of the last visit", "29 October"),
    MergeField.USUAL_PER_WEEK: ("How often they used to come in a week", "twice"),
}
"""What each field says, and an example."""

_KNOWN = ", ".join(f"{{{{{field}}}}}" for field in MergeField)
# {{field}}, or {{field|words for a member of whom it is not known}}. Blanks are stripped in Python:
# a pattern that skips them tries every way to split them, minutes for a thousand.
_FIELD = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
_SINGLE = re.compile(r"(?<!\{)\{\s*(" + "|".join(MergeField) + r")\s*\}(?!\})")
_LONELY_GREETING = re.compile(r"(?im)^[^\S\n]*(hi|hello|hey|dear|good morning|olá|oi|hola)\s+[,!.]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dona", "sr", "sra"}


class ProblemCode(StrEnum):
    EMPTY_SUBJECT = "empty_subject"
    EMPTY_BODY = "empty_body"
    SUBJECT_TOO_LONG = "subject_too_long"
    BODY_TOO_LONG = "body_too_long"
    SUBJECT_LINE_BREAK = "subject_line_break"
    CONTROL_CHARACTER = "control_character"
    UNKNOWN_FIELD = "unknown_field"
    BROKEN_FIELD = "broken_field"
    EMPTY_VALUE = "empty_value"
    NAMELESS_GREETING = "nameless_greeting"
    SHOUTING = "shouting"


@dataclass(frozen=True)
class WordingProblem:
    """Something that must be put right before sending, said to the person who writes."""

    code: ProblemCode
    text: str


@dataclass(frozen=True)
class MemberWords:
    """What is known about one member, as merge fields say it. None: not known."""

    values: Mapping[MergeField, str | None]


def describe_member(
    *,
    name: str,
    number: str | None,
    gym: str,
    last_visit: date | None,
    usual_gap: float | None,
    day: date,
) -> MemberWords:
    known = _known_name(name, number)
    return MemberWords(
        {
            MergeField.FIRST_NAME: _first_name(known),
            MergeField.NAME: known,
            MergeField.GYM: one_line(gym, longest=_LONGEST_VALUE),
            MergeField.DAYS_AWAY: None if last_visit is None else str((day - last_visit).days),
            MergeField.LAST_VISIT: None if last_visit is None else _word_day(last_visit, day),
            MergeField.USUAL_PER_WEEK: _word_habit(usual_gap),
        }
    )


def _known_name(name: str, number: str | None) -> str | None:
    """The name, unless it is only the number that stands in for one."""
    name = one_line(name, longest=_LONGEST_VALUE)
    bare = name.casefold().removeprefix("member").strip(" #")
    if not any(character.isalpha() for character in name) or not bare:
        return None
    if number is not None and bare == number.strip().casefold():
        return None
    return name


def _first_name(name: str | None) -> str | None:
    if name is None:
        return None
    last, comma, first = name.partition(",")  # "Dias, Paula"
    words = (first if comma and first.strip() else last).split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in _TITLES:
        words.pop(0)
    return words[0] if words and any(map(str.isalpha, words[0])) else None


def _word_day(visit: date, day: date) -> str:
    words = f"{visit.day} {month_name[visit.month]}"
    return words if (day - visit).days < 300 else f"{words} {visit.year}"


def _word_habit(usual_gap: float | None) -> str | None:
    if not usual_gap:
        return None
    times = round(7 / usual_gap)
    return {0: None, 1: "once", 2: "twice"}.get(times, f"{times} times")


def fill(text: str, words: MemberWords) -> str:
    """The text for one member. Values are never read for fields again."""

    def value(match: re.Match[str]) -> str:
        field = _read_field(match)
        return (field and words.values.get(field)) or (match[2] or "").strip()

    return _FIELD.sub(value, text)


def _read_field(match: re.Match[str]) -> MergeField | None:
    name = match[1].strip()
    return MergeField(name) if name in set(MergeField) else None


def check_text(subject: str, body: str) -> list[WordingProblem]:
    """What is wrong with the text for everybody. One that is too long is not read any further."""
    if too_long := list(_check_lengths(subject, body)):
        return too_long
    problems = []
    if not subject.strip():
        problems.append(WordingProblem(ProblemCode.EMPTY_SUBJECT, "The subject is empty."))
    if not body.strip():
        problems.append(WordingProblem(ProblemCode.EMPTY_BODY, "The message is empty."))
    if len(subject.strip().splitlines()) > 1:
        problems.append(
            WordingProblem(ProblemCode.SUBJECT_LINE_BREAK, "The subject must be one line.")
        )
    if _CONTROL.search(subject + body):
        problems.append(
            WordingProblem(
                ProblemCode.CONTROL_CHARACTER,
                "The text has a character that cannot be shown. Delete it, or paste as plain text.",
            )
        )
    if _is_shouting(subject):
        problems.append(
            WordingProblem(
                ProblemCode.SHOUTING,
                "The subject is in capitals only: it reads as shouting, and as spam.",
            )
        )
    for part, text in (("subject", subject), ("message", body)):
        problems += _check_fields(part, text)
    return problems


def _check_lengths(subject: str, body: str) -> Iterable[WordingProblem]:
    if len(subject) > LONGEST_SUBJECT:
        yield WordingProblem(
            ProblemCode.SUBJECT_TOO_LONG,
            f"The subject has {len(subject)} characters; use {LONGEST_SUBJECT} or fewer.",
        )
    if len(body) > LONGEST_BODY:
        yield WordingProblem(
            ProblemCode.BODY_TOO_LONG,
            f"The message has {len(body):,} characters; use {LONGEST_BODY:,} or fewer.",
        )


def _is_shouting(subject: str) -> bool:
    letters = [letter for letter in _FIELD.sub("", subject) if letter.isalpha()]
    cased = [letter for letter in letters if letter.lower() != letter.upper()]
    return len(cased) >= 8 and all(letter.isupper() for letter in cased)


def _check_fields(part: str, text: str) -> Iterable[WordingProblem]:
    names = [match[1].strip() for match in _FIELD.finditer(text)]
    for name in dict.fromkeys(names):
        if name not in set(MergeField):
            yield WordingProblem(
                ProblemCode.UNKNOWN_FIELD,
                f"The {part} has {{{{{name[:40]}}}}}, which is not known. Use one of {_KNOWN}.",
            )
    rest = _FIELD.sub("", text)
    single = _SINGLE.search(rest)
    if "{{" in rest or "}}" in rest:
        yield WordingProblem(
            ProblemCode.BROKEN_FIELD,
            f"The {part} has braces that are not closed or not opened: "
            "write a field as {{first_name}}.",
        )
    elif single:
        yield WordingProblem(
            ProblemCode.BROKEN_FIELD,
            f"The {part} has {single[0]}: write it with two braces, {{{{{single[1]}}}}}.",
        )
    if _LONELY_GREETING.search(text):
        yield WordingProblem(
            ProblemCode.NAMELESS_GREETING, f"The {part} greets nobody: a name is missing."
        )


def check_values(
    subject: str, body: str, recipients: Iterable[tuple[str, MemberWords]]
) -> list[WordingProblem]:
    """Fields that would be empty for somebody, so that nobody reads "Hi ,".

    `recipients` are their names and words. A field that brings words of its own,
    `{{first_name|there}}`, is never empty.
    """
    used = [
        _read_field(match)
        for match in _FIELD.finditer(f"{subject}\n{body}")
        if not (match[2] or "").strip()
    ]
    fields = [field for field in dict.fromkeys(used) if field is not None]
    missing: Counter[MergeField] = Counter()
    example: dict[MergeField, str] = {}
    for name, words in recipients:
        for field in fields:
            if not words.values.get(field):
                missing[field] += 1
                example.setdefault(field, name)
    return [
        WordingProblem(
            ProblemCode.EMPTY_VALUE,
            f"{{{{{field}}}}} is not known for {_word_count(count, example[field])}. "
            f"Leave it out, write {{{{{field}|...}}}} with words for them, or leave them out.",
        )
        for field, count in missing.items()
    ]


def _word_count(count: int, example: str) -> str:
    name = one_line(example, longest=40)
    if count == 1:
        return name
    return f"{name} and {count - 1} other{'s' if count > 2 else ''}"
