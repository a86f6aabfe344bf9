"""Merge fields: which ones exist, problems of a text, and its rendering for one member."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from babel.dates import format_skeleton

from api.kit.translation import LOCALES, translate
from api.providers.email.message import one_line
from core.text import fold, has_visible, is_visible
from core.translation import Language, Quantity, Sentence, count, join, mark, t

MAX_SUBJECT_LENGTH = 150
MAX_BODY_LENGTH = 10_000
_MAX_VALUE_LENGTH = 80
_MAX_NAME_LENGTH = 40


class MergeField(StrEnum):
    FIRST_NAME = "first_name"
    NAME = "name"
    GYM = "gym"
    DAYS_AWAY = "days_away"
    LAST_VISIT = "last_visit"
    USUAL_PER_WEEK = "usual_per_week"


DESCRIPTIONS: Mapping[MergeField, tuple[str, str]] = {
    MergeField.FIRST_NAME: (mark("First name of the member"), "Paula"),
    MergeField.NAME: (mark("Full name of the member"), "Paula Dias"),
    MergeField.GYM: (mark("Name of your gym"), "Iron District Gym"),
    MergeField.DAYS_AWAY: (mark("Days since the last visit"), "23"),
    MergeField.LAST_VISIT: (mark("Day of the last visit"), "29 October"),
    MergeField.USUAL_PER_WEEK: (mark("How often they used to come in a week"), "twice"),
}
"""What each field stands for, and an example."""

_KNOWN = ", ".join(f"{{{{{field}}}}}" for field in MergeField)
# {{field}}, or {{field|default for a member without it}}. Blanks are stripped in Python:
# a pattern that skips them tries every way to split them, minutes for a thousand.
_FIELD = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
# One brace, or the marks of other programs, around what may be a field's name.
_SINGLE = re.compile(r"[{\[<%｛【]([^{}\[\]<>%｛｝【】|\n]{1,40})(?:\|[^{}\n]{0,80})?[}\]>%｝】]")
# A field of Mailchimp's, perhaps with a default: no text has these marks otherwise.
_FOREIGN = re.compile(r"\*\|(\w[^|:\n]{0,39})(?::[^|\n]{0,80})?\|\*")
_THIRD = re.compile(r"\{\{\{|\}\}\}")
_LONELY_GREETING = re.compile(r"(?im)^[^\S\n]*(hi|hello|hey|dear|good morning|olá|oi|hola)\s+[,!.]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dona", "sr", "sra"}


_ELSEWHERE = {"fname": MergeField.FIRST_NAME, "fullname": MergeField.NAME}
"""What other programs call a field."""


class ProblemCode(StrEnum):
    EMPTY_SUBJECT = "empty_subject"
    EMPTY_BODY = "empty_body"
    SUBJECT_TOO_LONG = "subject_too_long"
    BODY_TOO_LONG = "body_too_long"
    SUBJECT_LINE_BREAK = "subject_line_break"
    CONTROL_CHARACTER = "control_character"
    TEXT_DIRECTION = "text_direction"
    UNKNOWN_FIELD = "unknown_field"
    BROKEN_FIELD = "broken_field"
    EMPTY_VALUE = "empty_value"
    NAMELESS_GREETING = "nameless_greeting"
    SHOUTING = "shouting"


@dataclass(frozen=True)
class TextProblem:
    """A problem that must be fixed before sending; the text is for the author."""

    code: ProblemCode
    text: Sentence


@dataclass(frozen=True)
class MemberValues:
    """The values of one member's merge fields. None: not known."""

    values: Mapping[MergeField, str | None]


def describe_member(
    *,
    name: str,
    number: str | None,
    gym: str,
    last_visit: date | None,
    usual_gap: float | None,
    day: date,
    language: Language,
    names_year: bool = False,
) -> MemberValues:
    """`day` is today: a mail counts days to the day on which it is read. `names_year` where it may
    be old. `language` is the gym's, as that of its mails."""
    known = _known_name(name, number)
    return MemberValues(
        {
            MergeField.FIRST_NAME: _first_name(known),
            MergeField.NAME: known,
            MergeField.GYM: one_line(gym, max_length=_MAX_VALUE_LENGTH)
            if has_visible(gym)
            else None,
            MergeField.DAYS_AWAY: None if last_visit is None else str((day - last_visit).days),
            MergeField.LAST_VISIT: None
            if last_visit is None
            else _format_day(
                last_visit, language, names_year=names_year or (day - last_visit).days >= 300
            ),
            MergeField.USUAL_PER_WEEK: _format_habit(usual_gap, language),
        }
    )


def _known_name(name: str, number: str | None) -> str | None:
    """The name, unless it is only the number that stands in for one."""
    name = one_line(name, max_length=_MAX_VALUE_LENGTH)
    bare = name.casefold().removeprefix("member").strip(" #")
    if not _has_letter(name) or not bare:
        return None
    if number is not None and bare == number.strip().casefold():
        return None
    return name


def _first_name(name: str | None) -> str | None:
    if name is None:
        return None
    last, _, first = name.partition(",")  # "Dias, Paula"
    words = [word for word in (first if has_visible(first) else last).split() if has_visible(word)]
    while len(words) > 1 and words[0].rstrip(".").casefold() in _TITLES:
        words.pop(0)
    return words[0] if words and _has_letter(words[0]) else None


def _has_letter(text: str) -> bool:
    return any(character.isalpha() and is_visible(character) for character in text)


def _format_day(day: date, language: Language, *, names_year: bool) -> str:
    return format_skeleton("yMMMMd" if names_year else "MMMMd", day, locale=LOCALES[language])


def _format_habit(usual_gap: float | None, language: Language) -> str | None:
    times = round(7 / usual_gap) if usual_gap else 0
    if not times:
        return None
    habit = t("twice") if times == 2 else count(times, "once", "{n} times")
    return translate(habit, language)


def fill(text: str, values: MemberValues) -> str:
    """The text for one member. Values are never read for fields again."""

    def value(match: re.Match[str]) -> str:
        field = _read_field(match)
        return (field and values.values.get(field)) or _read_default(match)

    return _FIELD.sub(value, text)


def _read_field(match: re.Match[str]) -> MergeField | None:
    name = match[1].strip()
    return MergeField(name) if name in set(MergeField) else None


def _read_default(match: re.Match[str]) -> str:
    """A field's default for a member without it; empty when it has no visible character."""
    text = (match[2] or "").strip()
    return text if has_visible(text) else ""


def check_text(subject: str, body: str) -> list[TextProblem]:
    """What is wrong with the text for everybody. One that is too long is not read any further."""
    if too_long := list(_check_lengths(subject, body)):
        return too_long
    problems = []
    if not has_visible(subject):
        problems.append(TextProblem(ProblemCode.EMPTY_SUBJECT, t("The subject is empty.")))
    if not has_visible(body):
        problems.append(TextProblem(ProblemCode.EMPTY_BODY, t("The message is empty.")))
    if len(subject.strip().splitlines()) > 1:
        problems.append(
            TextProblem(ProblemCode.SUBJECT_LINE_BREAK, t("The subject must be one line."))
        )
    if _CONTROL.search(subject + body):
        problems.append(
            TextProblem(
                ProblemCode.CONTROL_CHARACTER,
                t(
                    "The text has a character that cannot be shown. Delete it, or paste as"
                    " plain text."
                ),
            )
        )
    if _DIRECTION.search(subject):
        problems.append(
            TextProblem(
                ProblemCode.TEXT_DIRECTION,
                t(
                    "The subject has a character that turns the direction of what follows."
                    " Delete it, or paste as plain text."
                ),
            )
        )
    if _is_shouting(subject):
        problems.append(
            TextProblem(
                ProblemCode.SHOUTING,
                t("The subject is in capitals only: it reads as shouting, and as spam."),
            )
        )
    for part, text in ((t("The subject"), subject), (t("The message"), body)):
        problems += _check_fields(part, text)
    return problems


def _check_lengths(subject: str, body: str) -> Iterable[TextProblem]:
    if len(subject) > MAX_SUBJECT_LENGTH:
        yield TextProblem(
            ProblemCode.SUBJECT_TOO_LONG,
            t(
                "The subject has {n} characters; use {most} or fewer.",
                n=len(subject),
                most=MAX_SUBJECT_LENGTH,
            ),
        )
    if len(body) > MAX_BODY_LENGTH:
        yield TextProblem(
            ProblemCode.BODY_TOO_LONG,
            t(
                "The message has {n} characters; use {most} or fewer.",
                n=Quantity(len(body)),
                most=Quantity(MAX_BODY_LENGTH),
            ),
        )


def _is_shouting(subject: str) -> bool:
    letters = [letter for letter in _FIELD.sub("", subject) if letter.isalpha()]
    cased = [letter for letter in letters if letter.lower() != letter.upper()]
    return len(cased) >= 8 and all(letter.isupper() for letter in cased)


def _check_fields(part: Sentence, text: str) -> Iterable[TextProblem]:
    names = [match[1].strip() for match in _FIELD.finditer(text)]
    for name in dict.fromkeys(names):
        if name in set(MergeField):
            continue
        meant, shown = _find_meant(name), _in_braces(name[:_MAX_NAME_LENGTH])
        if meant is None:
            yield _refuse_unknown(part, shown)
            continue
        yield TextProblem(
            ProblemCode.UNKNOWN_FIELD,
            t(
                "{part} has {field}, which is not known. Write {meant}.",
                part=part,
                field=shown,
                meant=_in_braces(meant),
            ),
        )
    rest = _FIELD.sub("", text)
    single = next((match for match in _SINGLE.finditer(rest) if _find_meant(match[1])), None)
    foreign = _FOREIGN.search(rest) or single
    if "{{" in rest or "}}" in rest or (names and _THIRD.search(text)):
        yield TextProblem(
            ProblemCode.BROKEN_FIELD,
            t(
                "{part} has braces that are not closed or not opened: write a field as {example}.",
                part=part,
                example=_in_braces(MergeField.FIRST_NAME),
            ),
        )
    elif foreign and (meant := _find_meant(foreign[1])):
        yield TextProblem(
            ProblemCode.BROKEN_FIELD,
            t(
                "{part} has {found}: write {meant}.",
                part=part,
                found=foreign[0],
                meant=_in_braces(meant),
            ),
        )
    elif foreign:
        yield _refuse_unknown(part, foreign[0])
    if _LONELY_GREETING.search(_drop_invisible(text)):
        yield TextProblem(
            ProblemCode.NAMELESS_GREETING, t("{part} greets nobody: a name is missing.", part=part)
        )


def _refuse_unknown(part: Sentence, shown: str) -> TextProblem:
    return TextProblem(
        ProblemCode.UNKNOWN_FIELD,
        t(
            "{part} has {field}, which is not known. Use one of {known}.",
            part=part,
            field=shown,
            known=_KNOWN,
        ),
    )


def _in_braces(name: str) -> str:
    return f"{{{{{name}}}}}"


def _find_meant(name: str) -> MergeField | None:
    """The field that is meant by "First Name", "firstname", "FIRST-NAME" or "FNAME"."""
    bare = _bare(name[:_MAX_NAME_LENGTH])
    fields = {_bare(field): field for field in MergeField}
    return fields.get(bare) or _ELSEWHERE.get(bare)


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))


def _drop_invisible(text: str) -> str:
    return "".join(character for character in text if character.isspace() or is_visible(character))


def names_days(subject: str, body: str) -> bool:
    """Whether the text mentions how long a member was away, or since when."""
    used = {_read_field(match) for match in _FIELD.finditer(f"{subject}\n{body}")}
    return not used.isdisjoint({MergeField.DAYS_AWAY, MergeField.LAST_VISIT})


def check_values(
    subject: str, body: str, recipients: Iterable[tuple[str, MemberValues]]
) -> list[TextProblem]:
    """Fields that would be empty for somebody, so that nobody reads "Hi ,".

    `recipients` are their names and values. A field with a default, `{{first_name|there}}`, is
    never empty.
    """
    used = [
        _read_field(match)
        for match in _FIELD.finditer(f"{subject}\n{body}")
        if not _read_default(match)
    ]
    fields = [field for field in dict.fromkeys(used) if field is not None]
    missing: Counter[MergeField] = Counter()
    example: dict[MergeField, str] = {}
    for name, values in recipients:
        for field in fields:
            if not values.values.get(field):
                missing[field] += 1
                example.setdefault(field, name)
    return [
        TextProblem(
            ProblemCode.EMPTY_VALUE,
            t(
                "{field} is not known for {members}. Delete it, write {filled} with the words"
                " to use instead, or leave these members out.",
                field=_in_braces(field),
                members=_name_some(number, example[field]),
                filled=_in_braces(f"{field}|..."),
            ),
        )
        for field, number in missing.items()
    ]


def _name_some(number: int, example: str) -> Sentence:
    name = one_line(example, max_length=40)
    if number == 1:
        return join("", name)
    return count(number - 1, "{name} and {n} other", "{name} and {n} others", name=name)
