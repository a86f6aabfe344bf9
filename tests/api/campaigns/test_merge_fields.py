"""Merge fields: what is refused before anybody reads it, and what is known about a member."""

import time
from datetime import date

import pytest

from api.campaigns.merge_fields import (
    DESCRIPTIONS,
    MAX_BODY_LENGTH,
    MAX_SUBJECT_LENGTH,
    MemberValues,
    MergeField,
    check_text,
    check_values,
    describe_member,
    fill,
)
from api.campaigns.templates import TEMPLATES, Template
from api.kit.translation import get_catalogue
from core.translation import Language

DAY = date(2026, 11, 18)


def words(name: str = "Paula Dias", **over: object) -> MemberValues:
    facts: dict[str, object] = {
        "number": None,
        "gym": "Iron District",
        "last_visit": date(2026, 10, 26),
        "usual_gap": 3.5,
        "day": DAY,
        "language": Language.ENGLISH,
    }
    return describe_member(name=name, **(facts | over))  # type: ignore[arg-type]


INVISIBLE = [
    *("\u200b", "\u200e\u200f", "\u2060", "\ufeff", "\u034f", "\u061c", "\u180e", "\u00ad"),
    *("\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u17b4", "\u00a0\u3000", "\u0301"),
    *(
        "\ue000",
        "\U000f0000",
        "\u0378",
        "\ufe0f",
        "\U000e0100",
        "\U000e0041",
        "\ufff9",
        "\U0001d159",
    ),
]
"""Nothing of them is seen: zero width, fillers, blanks, marks alone, private use, unassigned."""

NOBODY_KNOWN = words("1017", number="1017", last_visit=None, usual_gap=None)


def codes(subject: str = "Hello", body: str = "See you soon") -> list[str]:
    return [problem.code.value for problem in check_text(subject, body)]


@pytest.mark.parametrize(
    ("subject", "body", "code"),
    [
        ("", "text", "empty_subject"),
        ("  ", "text", "empty_subject"),
        ("Hello", " \n ", "empty_body"),
        ("x" * (MAX_SUBJECT_LENGTH + 1), "text", "subject_too_long"),
        ("Hello", "x" * (MAX_BODY_LENGTH + 1), "body_too_long"),
        ("Hello\nBcc: all@example.com", "text", "subject_line_break"),
        ("Hello\r\nBcc: all@example.com", "text", "subject_line_break"),
        ("Hello\u2028there", "text", "subject_line_break"),
        ("Hello", "be\x07ll", "control_character"),
        ("Hello", "Hi {{firstname}}", "unknown_field"),
        ("Hello", "Hi {{}}", "unknown_field"),
        ("Hello", "Hi {{gym.hashed_password}}", "unknown_field"),
        ("Hello", "Hi {{first_name", "broken_field"),
        ("Hello", "Hi first_name}}", "broken_field"),
        ("Hello", "Hi {{first_name}", "broken_field"),
        ("Hello", "Hi {first_name}", "broken_field"),
        ("{{gym", "text", "broken_field"),
        ("Hello", "Hi {Firstname},", "broken_field"),
        ("Hello", "Hi { First Name },", "broken_field"),
        ("Hello", "Hi {FIRST-NAME|there},", "broken_field"),
        ("{Gym} misses you", "text", "broken_field"),
        ("Hello", "Hi [first name],", "broken_field"),
        ("Hello", "Hi <FirstName>,", "broken_field"),
        ("Hello", "Hi %first_name%,", "broken_field"),
        ("Hello", "Hi %FIRSTNAME%,", "broken_field"),
        ("Hello", "Hi %%FirstName%%,", "broken_field"),
        ("Hello", "Hi *|FNAME|*,", "broken_field"),
        ("Hello", "Hi *|FNAME:there|*,", "broken_field"),
        ("*|FNAME|*, come back", "text", "broken_field"),
        ("Hello", "Hi [[fname]],", "broken_field"),
        ("Hello", "Hi <<First Name>>,", "broken_field"),
        ("Hello", "Hi ${first_name},", "broken_field"),
        ("Hello", "Unsubscribe: *|UNSUB|*", "unknown_field"),
        ("Hello", "From *|LIST:COMPANY|*", "unknown_field"),
        ("Hello", "Hi {{FNAME}}", "unknown_field"),
        ("Hello", "Hi ｛first_name｝", "broken_field"),
        ("Hello", "Hi {{{first_name}}},", "broken_field"),
        ("Hello", "Hi {{First_Name}}", "unknown_field"),
        ("Hello", "Hi {{ first name }}", "unknown_field"),
        ("Hello \u202eyou", "text", "text_direction"),
        ("Hello \u2067you", "text", "text_direction"),
        ("Hello", "Hi \u200b,\nhow are you", "nameless_greeting"),
        ("Hello", "Hi ,\nhow are you", "nameless_greeting"),
        ("Hello", "text\nDear  ,", "nameless_greeting"),
        ("COME BACK NOW", "text", "shouting"),
    ],
)
def test_a_text_that_would_embarrass_is_refused(subject: str, body: str, code: str) -> None:
    assert codes(subject, body) == [code]
    assert all(str(problem.text).endswith((".", "}}.")) for problem in check_text(subject, body))


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Hello", "Hi {{first_name}}, see you at {{ gym }}"),
        ("Olá, {{first_name|amigo}}!", "Hi,\nhow are you?"),
        ("BJJ", "A smile :} or {curly} is fine"),
        ("*New*", "*Now* | *later*, 5 *|* 6, a |*| b" * 2),
        ("24/7", "Price: 20 € {really}, 50% off [see the board] <3"),
        ("مرحبا", "أهلا {{first_name|بك}}"),
        ("💪", "👩‍🚀 {{first_name}}"),
        ("你好，欢迎回来", "{{name}}"),
    ],
)
def test_a_text_that_reads_well_is_accepted(subject: str, body: str) -> None:
    assert codes(subject, body) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_every_template_reads_well_for_everybody(template: object) -> None:
    subject, body = template.subject, template.body  # type: ignore[attr-defined]
    assert codes(subject, body) == []
    for member in (words(), NOBODY_KNOWN):
        assert check_values(subject, body, [("member", member)]) == []
        assert codes(fill(subject, member), fill(body, member)) == []
        assert "{" not in fill(subject + body, member)


def test_a_field_that_is_empty_for_somebody_is_named_with_them() -> None:
    [problem] = check_values("Hi", "Hi {{first_name}},", [("Ana", words()), ("1017", NOBODY_KNOWN)])
    assert problem.code == "empty_value"
    assert "{{first_name}}" in str(problem.text)
    assert "1017" in str(problem.text)
    problems = check_values("{{gym}}", "{{days_away}} {{last_visit}}", [("1", NOBODY_KNOWN)] * 3)
    assert len(problems) == 2
    assert "1 and 2 others" in str(problems[0].text)


def test_a_field_may_bring_words_for_those_of_whom_it_is_not_known() -> None:
    text = "Hi {{first_name|there}}"
    assert check_values("Hi", text, [("1017", NOBODY_KNOWN)]) == []
    assert (fill(text, NOBODY_KNOWN), fill(text, words())) == ("Hi there", "Hi Paula")


@pytest.mark.parametrize(
    ("name", "number", "first"),
    [
        ("Paula Dias", None, "Paula"),
        ("Paula", None, "Paula"),
        ("Dias, Paula Maria", None, "Paula"),
        ("Dr. Paula Dias", None, "Paula"),
        ("Prof. Dr. Paula Dias", None, "Paula"),
        ("João", None, "João"),
        ("李雷", None, "李雷"),
        ("1017", "1017", None),
        ("A-17", "A-17", None),
        ("Member 1017", "1017", None),
        ("Member A-17", "a-17", None),
        ("#1017", "1017", None),
        ("???", None, None),
        ("Paula\r\nBcc: x@example.com", None, "Paula"),
    ],
)
def test_first_names_are_found_and_never_invented(
    name: str, number: str | None, first: str | None
) -> None:
    assert words(name, number=number).values[MergeField.FIRST_NAME] == first


def test_what_is_known_about_visits_is_said_in_words() -> None:
    values = words().values
    assert values[MergeField.DAYS_AWAY] == "23"
    assert values[MergeField.LAST_VISIT] == "26 October"
    assert values[MergeField.USUAL_PER_WEEK] == "twice"
    assert words(usual_gap=7.0).values[MergeField.USUAL_PER_WEEK] == "once"
    assert words(usual_gap=2.0).values[MergeField.USUAL_PER_WEEK] == "4 times"
    assert words(usual_gap=20.0).values[MergeField.USUAL_PER_WEEK] is None
    assert words(last_visit=date(2025, 10, 26)).values[MergeField.LAST_VISIT] == "26 October 2025"


def test_words_of_a_member_are_never_read_for_fields() -> None:
    assert fill("Hi {{name}}", words("{{gym}} {{days_away}}")) == "Hi {{gym}} {{days_away}}"


def test_every_field_is_described() -> None:
    assert set(DESCRIPTIONS) == set(MergeField)


@pytest.mark.parametrize(
    "filler", [" ", "{", "}", "{{ ", "{{x|", "|", "hi ", "\n", " \n", "\u0301"]
)
@pytest.mark.parametrize("start", ["{{", "{", "hi", "{{gym|", ""])
def test_no_text_takes_long_to_read(start: str, filler: str) -> None:
    """Small ones first: a pattern that tries every split of the blanks fails instead of hanging."""
    for length in (200, 800, 3_000, MAX_BODY_LENGTH * 2):
        text = (start + filler * length)[:length] + "x"
        began = time.process_time()
        check_text(text, text)
        check_values(text, text, [("1017", NOBODY_KNOWN)])
        fill(text, NOBODY_KNOWN)
        assert time.process_time() - began < 0.2


def test_a_text_that_is_too_long_is_not_read_any_further() -> None:
    assert codes("{" * 2_000, "{{" * 20_000) == ["subject_too_long", "body_too_long"]


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0"])
def test_blanks_around_a_field_change_nothing(blank: str) -> None:
    text = f"Hi {{{{{blank * 3}first_name{blank}|{blank}there}}}}"
    assert codes("Hello", text) == []
    assert (fill(text, words()), fill(text, NOBODY_KNOWN)) == ("Hi Paula", "Hi there")


@pytest.mark.parametrize("nothing", INVISIBLE, ids=ascii)
def test_a_text_of_which_nothing_is_seen_is_empty(nothing: str) -> None:
    assert codes(nothing * 3, f" {nothing}\n{nothing}") == ["empty_subject", "empty_body"]
    assert codes(f"{nothing}Hello{nothing}", f"See you{nothing}") == []


@pytest.mark.parametrize("nothing", INVISIBLE, ids=ascii)
def test_a_name_of_which_nothing_is_seen_is_not_known(nothing: str) -> None:
    member = words(nothing * 2, gym=nothing)
    assert not member.values[MergeField.FIRST_NAME]
    assert not member.values[MergeField.NAME]
    assert not member.values[MergeField.GYM]
    [problem] = check_values("{{first_name}}", "text", [("1017", member)])
    assert problem.code == "empty_value"
    # Nor are words that nobody sees words for them.
    [problem] = check_values(f"{{{{first_name|{nothing}}}}}", "text", [("1017", member)])
    assert problem.code == "empty_value"
    assert words(f"{nothing} Paula").values[MergeField.FIRST_NAME] == "Paula"
    assert words(f"Dias,{nothing}").values[MergeField.FIRST_NAME] == "Dias,"[:4]


@pytest.mark.parametrize(
    "written", ["{{First_Name}}", "{{ first name }}", "{FirstName}", "{firstname}"]
)
def test_a_field_written_otherwise_is_named_as_it_is_meant(written: str) -> None:
    [problem] = check_text("Hello", f"Hi {written}")
    assert "{{first_name}}" in str(problem.text)
    assert "{{usual_per_week}}" not in str(problem.text)


def test_values_are_said_in_the_language_of_the_gyms_mails() -> None:
    values = words(language=Language.PORTUGUESE, usual_gap=7.0)
    assert fill("{{last_visit}}, {{usual_per_week}}", values) == "26 de outubro, uma vez"
    assert fill("{{usual_per_week}}", words(language=Language.PORTUGUESE)) == "duas vezes"
    assert fill("{{usual_per_week}}", words(language=Language.PORTUGUESE, usual_gap=2.3)) == (
        "3 vezes"
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_a_template_may_be_sent_in_portuguese(template: Template) -> None:
    catalogue = get_catalogue(Language.PORTUGUESE)
    subject, body = catalogue.gettext(template.subject), catalogue.gettext(template.body)
    assert subject != template.subject
    assert body != template.body
    assert check_text(subject, body) == []
    assert check_values(subject, body, [("Paula", words()), ("1001", words("1001"))]) == []
