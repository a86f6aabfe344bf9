"""The report as CSV and as PDF: right in every spreadsheet, and with the names of all Europe."""

import csv
import io
import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from api.attendance_reports.pdf import choose_step, draw_report, format_hour
from api.attendance_reports.schemas import ReportDetail, ReportMember, ReturnedMember
from api.attendance_reports.spreadsheet import COLUMNS, write_report
from api.attendance_reports.text_fitting import UNKNOWN, shorten
from core.importing.error_files import make_safe
from tests.api.attendance_reports.conftest import URL

NAMES = [
    "Łukasz Żółciński",
    "Ανδρέας Παπαδόπουλος",
    "Юлия Щёлокова",
    "Şükrü Ağaoğlu İçli",
    "Zoë Müller-Ångström",
    "Nguyễn Thị Bích Phượng",
]


def make_report(
    new: list[str] | None = None, back: list[str] | None = None, **over: Any
) -> ReportDetail:
    new, back = new or [], back or []
    hours = [0] * 24
    hours[7], hours[18] = 2, 5
    values: dict[str, Any] = {
        "day": date(2026, 11, 17),
        "visits": 7,
        "unique_members": 6,
        "peak_hour": 18,
        "peak_visits": 5,
        "first_timers": len(new),
        "returned": len(back),
        "is_complete": True,
        "is_outdated": False,
        "computed_at": datetime(2026, 11, 18, 5, tzinfo=UTC),
        "gym_name": "Riverside Gym",
        "timezone": "Europe/Lisbon",
        "hours": hours,
        "first_timer_members": [
            ReportMember(member_id=100 + n, name=name) for n, name in enumerate(new)
        ],
        "returned_members": [
            ReturnedMember(member_id=200 + n, name=name, days_away=20 + n)
            for n, name in enumerate(back)
        ],
    }
    return ReportDetail(**(values | over))


def read_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_both_files_come_as_downloads_that_nobody_keeps(owner, gym, visit):
    visit(gym, "2026-11-17T18:00Z", name="Łukasz Żółć")
    owner.post(URL, json={"day": "2026-11-17"})
    for suffix, kind, begins in (
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf"),
        ("pdf", "application/pdf", b"%PDF-"),
    ):
        answer = owner.get(f"{URL}/2026-11-17.{suffix}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "no-store"
        disposition = f'attachment; filename="attendance-2026-11-17.{suffix}"'
        assert answer.headers["content-disposition"] == disposition
        assert answer.content.startswith(begins)
    assert "Łukasz Żółć" in read_pdf(answer.content)


def test_the_page_has_the_figures_and_the_names_as_they_are_written():
    content = draw_report(make_report(new=NAMES, back=["Ana Sousa"]))
    text = read_pdf(content)
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    for words in (
        "Riverside Gym",
        "Tuesday, 17 November 2026",
        "by 6 members",
        "18:00–19:00",
        "5 entries",
        "Ana Sousa",
        "20 days",
        *NAMES,
    ):
        assert words in text, words


@pytest.mark.parametrize(
    "name", ["王小明", "محمد علي", "Zoë 💪🏽", "\ud800x", "a\x00\u202eb\nc", "́"]
)
def test_a_name_the_font_does_not_have_is_shown_as_boxes_with_its_number(name):
    text = read_pdf(draw_report(make_report(new=[name])))
    if any(ord(one) > 0x500 and ord(one) != 0x202E for one in name):
        assert UNKNOWN in text
        assert "(100)" in text


def test_names_are_text_and_never_commands():
    names = ["**bold** __x__", "[link](http://evil.example)", ") Tj ET (", "{nb}", "<b>x</b>", "\\"]
    content = draw_report(make_report(new=names, gym_name="(Gym) \\ {nb} **"))
    text = read_pdf(content)
    for name in names:
        assert name in text
    assert not PdfReader(io.BytesIO(content)).pages[0].get("/Annots")


def test_no_character_at_all_keeps_a_report_from_being_drawn():
    """Every 13th of Unicode, forty to a name."""
    characters = [chr(code) for code in range(0, 0x110000, 13) if not 0xD800 <= code <= 0xDFFF]
    names = ["".join(characters[n : n + 40]) for n in range(0, 8_000, 40)]
    assert len(PdfReader(io.BytesIO(draw_report(make_report(new=names)))).pages) > 1


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_europe_is_in_the_font(name):
    assert UNKNOWN not in read_pdf(draw_report(make_report(new=[name], gym_name=name)))


def test_drawing_leaves_no_names_in_the_log(caplog):
    caplog.set_level(logging.INFO)
    draw_report(make_report(new=NAMES))
    assert caplog.records == []


def test_equal_reports_make_equal_bytes():
    report = make_report(new=NAMES)
    assert draw_report(report) == draw_report(report.model_copy(deep=True))


def test_many_names_fill_pages_and_none_is_lost():
    new = [f"New Person {n}" for n in range(400)]
    content = draw_report(make_report(new=new, back=[f"Back {n}" for n in range(200)]))
    pages = PdfReader(io.BytesIO(content)).pages
    text = read_pdf(content)
    assert 3 < len(pages) < 12
    assert f"Page 1 of {len(pages)}" in text
    assert all(f"New Person {n}" in text for n in range(400))
    assert all(f"Back {n}" in text for n in range(200))


def test_a_day_without_anybody_says_so():
    hours = [0] * 24
    text = read_pdf(
        draw_report(
            make_report(
                visits=0,
                unique_members=0,
                peak_hour=None,
                peak_visits=0,
                hours=hours,
                is_complete=False,
            )
        )
    )
    for words in ("No visits on this day.", "Nobody came for the first time.", "not over yet"):
        assert words in text


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (5, 1), (6, 2), (11, 5), (26, 10), (51, 20), (101, 50), (251, 100)]
)
def test_a_chart_has_round_lines_and_at_most_five(most, step):
    assert choose_step(most) == step


def test_the_last_hour_ends_at_midnight():
    assert format_hour(23) == "23:00–00:00"


def test_a_long_name_ends_in_dots_within_its_room():
    assert shorten("abcdef", 4, lambda text: float(len(text))) == "abc…"
    assert shorten("abcd", 4, lambda text: float(len(text))) == "abcd"


def test_the_csv_has_one_fact_a_line():
    rows = read_csv(write_report(make_report(new=["Ana"], back=["Ben, Jr."])))
    assert tuple(rows[0]) == COLUMNS
    facts = {(row["what"], row["hour"], row["member"]): row["value"] for row in rows}
    assert facts["visits", "", ""] == "7"
    assert facts["unique_members", "", ""] == "6"
    assert facts["peak_visits", "18", ""] == "5"
    assert facts["visits_in_hour", "7", ""] == "2"
    assert facts["visits_in_hour", "0", ""] == "0"
    assert facts["first_timer", "", "Ana"] == ""
    assert facts["returned_after_days", "", "Ben, Jr."] == "20"
    assert {row["day"] for row in rows} == {"2026-11-17"}
    assert len(rows) == 5 + 24 + 2


@pytest.mark.parametrize(
    "name", ["=1+1", "+49 Ana", "-Ana", "@SUM(A1)", "\t=1", " =1", "＝1+1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_runs_as_a_formula(name):
    [row] = [row for row in read_csv(write_report(make_report(new=[name]))) if row["member"]]
    assert row["member"] == make_safe(name)
    assert row["member"].startswith("'")
