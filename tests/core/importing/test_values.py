"""Dates, times, consent words, addresses: read as the gym meant them or refused."""

import csv
import io
import time
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.importing import ImportFile, Kind, write_error_file
from core.importing.error_files import make_safe
from core.importing.problems import ValueProblem
from core.importing.times import DateOrder, TimeReader
from core.importing.values import clean, read_email, read_yes_no
from db.addresses import keep_address

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def visits(text: str, timezone: str = "Europe/Copenhagen", **over: Any) -> tuple[list[Any], Any]:
    file = ImportFile(
        io.BytesIO(text.encode()),
        kind=Kind.VISITS,
        filename="log.csv",
        timezone=timezone,
        now=NOW,
        **over,
        keep_address=keep_address,
    )
    refused: list[Any] = []
    rows = list(
        file.read_rows(lambda line, field, said, row: refused.append((line, field, str(said), row)))
    )
    file.refused = refused  # type: ignore[attr-defined]
    return rows, file


@pytest.mark.parametrize(
    "written",
    [
        "2024-06-30T16:58:25+02:00",
        "2024-06-30T14:58:25Z",
        "2024-06-30 14:58:25+00:00",
        "2024-06-30 16:58:25",
        "2024-06-30T16:58:25.000",
        "2024/06/30 16:58:25",
        "30.06.2024 16:58:25",
        "30.06.2024, 16:58:25",
        "30.06.2024 kl. 16.58.25",
        "30/06/2024 16:58:25",
        "30-06-2024 16:58:25",
        "30/06/24 16:58:25",
        "30/06/2024 4:58:25 PM",
        "30/06/2024 4:58:25 p.m.",
        "30. juni 2024 16:58:25",
        "30 de junho de 2024 16:58:25",
        "30 juin 2024 16:58:25",
        "30-Jun-2024 16:58:25",
        "June 30, 2024 4:58:25 PM",
        "So, 30.06.2024 16:58:25",
        "45473.707233796297",
        "45473,707233796297",
        "1719759505",
        "1719759505000",
    ],
)
def test_one_instant_in_many_ways_of_writing(written: str) -> None:
    rows, _ = visits(f'member;time\n1;"{written}"\n')
    assert rows[0].check_in == datetime(2024, 6, 30, 14, 58, 25, tzinfo=UTC)


FOUR_PAST_SIX = datetime(2024, 1, 5, 17, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-05 18.04",
        "2024-01-05 18,04",
        "2024-01-05T18.04",
        "2024-01-05 18.04.00",
        "2024-01-05 18h04",
        "2024-01-05 1804",
        "2024-1-5 18:04",
        "2024. 01. 05. 18:04",
        "05.01.2024 18.04",
        "05.01.2024 18,04",
        "5-Jan-24 18:04",
        "5 Jan 24 18:04",
        "Fri, Jan 5, 2024 6:04 PM",
        "Fri 05/01/2024 6:04 PM",
        "Fr 05.01.2024 18:04",
        "05/01/2024 6:04:00 p. m.",
        "05/01/2024 6:04:00\u202fp.\u00a0m.",
        "20240105 180400",
        "20240105180400",
        "20240105T170400Z",
        "1704474240.512",
        "2024-01-05 17:04 UTC",
        "2024-01-05T18:04+01:00",
    ],
)
def test_a_minute_is_never_taken_for_a_part_of_a_second(written: str) -> None:
    rows, file = visits(f'member;time\n1;"{written}"\n')
    assert file.refused == []
    assert rows[0].check_in.replace(microsecond=0) == FOUR_PAST_SIX


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2024-01-05 18:04.22", "is not a date"),
        ("2024-01-05 18:04,5", "is not a date"),
        ("2024-01-05 18:04-19:10", "from when to when"),
        ("05.01.2024 06:00-07:00", "from when to when"),
        ("2024-01-05118:04:22", "is not a date"),
        ("2024-01-05 18:04 M", "is not a date"),
        ("05/01/2024 6:04 PM EST", "is not a date"),
        ("18:04", "has the day as well"),
        ("6:04:22 PM", "has the day as well"),
        ("2024", "may be a year"),
    ],
)
def test_a_time_that_can_be_read_two_ways_is_refused_with_words(written: str, words: str) -> None:
    rows, file = visits(f'member;time\n1;"{written}"\n')
    assert rows == []
    assert words in file.refused[0][2]


@pytest.mark.parametrize(
    "clock",
    ["18:04", "18.04", "18,04", "18h04", "18:04:00", "6:04 PM", "6:04:00 PM", "6:04:00 p. m.",
     "06:04 pm", "1804", "180400", "0.752778", "0,752778", "1/1/1900 6:04:00 PM",
     "1900-01-00 18:04:00", "1899-12-30 18:04:00"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("header", "day"),
    [
        ("member;date;time", "2024-01-05"),
        ("member;date;time", "2024-01-05 00:00:00"),
        ("Nr;Datum;Uhrzeit", "5.1.2024"),
        ("Matrícula;Data;Hora Entrada", "05/01/2024"),
        ("Matrícula;Data Entrada;Hora Entrada", "05/01/2024"),
        ("member;date;in", "2024-1-5"),
        ("member;date;time in", "5-Jan-24"),
        ("member;day;check-in", "20240105"),
        ("member;date;entry", "45296"),
    ],
)
def test_a_time_of_day_is_read_with_the_day_beside_it(header: str, day: str, clock: str) -> None:
    rows, file = visits(f'{header}\n1;"{day}";"{clock}"\n')
    assert file.refused == []
    assert [row.check_in.replace(microsecond=0) for row in rows] == [FOUR_PAST_SIX]


def test_a_chosen_column_of_days_takes_its_time_from_the_column_of_times() -> None:
    mapping = {"number": "nr", "check_in": "entry", "time": "clock"}
    for day in ("2024-01-05", "2024-01-05 00:00:00"):
        rows, _ = visits(f"nr;entry;clock\n1;{day};18:04\n", mapping=mapping)
        assert [row.check_in for row in rows] == [FOUR_PAST_SIX]


def test_a_day_with_a_time_of_its_own_must_not_contradict_the_time_beside_it() -> None:
    rows, file = visits("nr;date;time\n1;2024-01-05 18:04:00;18:04\n1;2024-01-05 18:04:00;19:10\n")
    assert [row.check_in for row in rows] == [FOUR_PAST_SIX]
    assert file.refused[0][:2] == (3, "time")


@pytest.mark.parametrize("clock", ["0.25", "0,30", "18:04 - 19:10", "06:00-07:00", "25:00", "late"])
def test_a_time_of_day_that_is_unclear_is_refused(clock: str) -> None:
    rows, file = visits(f'nr;date;time\n1;2024-01-05;"{clock}"\n')
    assert rows == []
    assert file.refused[0][:2] == (2, "time")


def test_a_weekday_does_not_hide_that_day_and_month_can_be_swapped() -> None:
    _, file = visits("member;time\n1;Fri 03/04/2024 10:00\n")
    assert "day first" in str(file.notes[0])
    rows, file = visits("member;time\n1;Fri 03/04/2024 10:00\n1;Thu 04/25/2024 10:00\n")
    assert [row.check_in.month for row in rows] == [3, 4]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-1-5", 5),
        ("2024-01-06T03:30:00Z", 5),
        ("2024-01-06 03:30:00+00", 5),
        ("2024-01-05T22:30:00-05:00", 5),
        ("1704511800", 5),
        ("2024-01-06T00:00:00Z", 6),
        ("2024-01-06T03:30:00", 6),
        ("2024-01-06 3:30 AM", 6),
    ],
)
def test_a_day_is_the_same_for_a_visit_and_for_joining(written: str, day: int) -> None:
    reader = TimeReader("America/New_York", DateOrder.MONTH_FIRST, date(2026, 11, 18))
    assert reader.read_day("join_date", written) == date(2024, 1, day)
    rows, _ = visits(f'member;date\n1;"{written}"\n', "America/New_York")
    assert rows[0].check_in.astimezone(reader.zone).date() in {
        date(2024, 1, day),
        # Midnight in UTC is an instant for a visit, and a mere day for a date of joining.
        date(2024, 1, 5 if written.endswith("T00:00:00Z") else day),
    }


def test_day_and_time_in_two_columns() -> None:
    rows, _ = visits("Datum;Uhrzeit;Nr\n30.06.2024;16:58;7\n30.06.2024;0,75;7\n2024-07-01;9.05;7\n")
    assert [row.check_in.isoformat()[:16] for row in rows] == [
        "2024-06-30T14:58",
        "2024-06-30T16:00",
        "2024-07-01T07:05",
    ]


def test_a_time_that_summer_time_skips_moves_forward_and_a_double_hour_is_the_first() -> None:
    rows, _ = visits("member;time\n1;2024-03-31 02:30\n1;2024-10-27 02:30\n")
    assert [row.check_in for row in rows] == [
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    ]


def test_d_ff_27_a_time_without_offset_is_the_gyms_own() -> None:
    for timezone, hour in (("Pacific/Auckland", 22), ("America/Los_Angeles", 18), ("UTC", 10)):
        rows, _ = visits("member;time\n1;2024-01-15 10:00\n", timezone)
        assert rows[0].check_in.hour == (hour - 1 if timezone.startswith("Pacific") else hour)


def test_one_decisive_date_anywhere_settles_all_dates_of_the_file() -> None:
    log = "member;time\n" + "1;03/04/2024 10:00\n" * 500
    british, _ = visits(log + "1;25/04/2024 10:00\n")
    american, _ = visits(log + "1;04/25/2024 10:00\n")
    assert british[0].check_in.date() == date(2024, 4, 3)
    assert american[0].check_in.date() == date(2024, 3, 4)


def test_a_date_against_the_order_of_its_file_is_refused() -> None:
    rows, file = visits("member;time\n1;25/04/2024 10:00\n1;04/26/2024 10:00\n")
    assert len(rows) == 1
    assert file.refused[0][:2] == (3, "check_in")
    assert "the day comes first" in file.refused[0][2]


def test_an_order_that_nothing_tells_is_assumed_aloud_and_can_be_chosen() -> None:
    log = "member;time\n1;03/04/2024 10:00\n"
    danish, file = visits(log)
    assert danish[0].check_in.month == 4
    assert "day first" in str(file.notes[0])
    american, file = visits(log, "America/Chicago")
    assert american[0].check_in.month == 3
    assert "month first" in str(file.notes[0])
    chosen, file = visits(log, date_order=DateOrder.MONTH_FIRST)
    assert chosen[0].check_in.month == 3
    assert file.notes == []


def test_a_day_without_a_time_is_noon_and_it_is_said() -> None:
    rows, file = visits("member;date\n1;2024-01-15\n1;16.01.2024\n")
    assert [row.check_in.hour for row in rows] == [11, 11]
    assert [str(note) for note in file.notes] == [
        "2 visits have a day but no time of day: noon is stored for them."
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "missing"),
        ("yesterday", "is not a date"),
        ("2024-02-30 10:00", "is not a date"),
        ("31/02/2024 10:00", "is not a date"),
        ("2024-01-01 25:00", "is not a date"),
        ("2024-01-01 10:61", "is not a date"),
        ("2027-01-01 10:00", "future"),
        ("1989-12-31 10:00", "1989"),
        ("0.5", "has the day as well"),
        ("99999999999999999999", "is not a date"),
        ("9999-12-31T23:59:59-14:00", "is not between"),
        ("0001-01-01T00:00:00+14:00", "is not between"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_says_what_to_write(written: str, words: str) -> None:
    rows, file = visits(f'member;time\n1;"{written}"\n')
    assert rows == []
    assert file.refused[0][:2] == (2, "check_in")
    assert words in file.refused[0][2]


def test_exits_are_read_with_or_without_their_day() -> None:
    rows, file = visits(
        "member;in;out\n"
        "1;2024-01-15 10:00;2024-01-15 11:00\n"
        "1;2024-01-16 10:00;11:30\n"
        "1;2024-01-17 23:30;00:15\n"
        "1;2024-01-18 10:00;\n"
        "1;2024-01-19 10:00;2024-01-22 10:00\n"
        "1;2024-01-23 10:00;2024-01-23 09:00\n"
    )
    minutes = [
        (row.check_out - row.check_in).seconds // 60 if row.check_out else None for row in rows
    ]
    assert minutes == [60, 90, 45, None, None]
    assert "1 exits come more than 24 hours" in str(file.notes[0])
    assert file.refused[0][:2] == (7, "check_out")


@pytest.mark.parametrize(
    "exit_", ["7:20:44 PM", "7:20 PM", "19:20:44", "19.20", "19,20", "19h20", "7:20:44 p. m.",
              "1920", "192044", "0.8061", "2024-01-05 19.20", "05/01/2024 7:20:44 PM"],
)  # fmt: skip
def test_an_exit_is_a_time_of_day_however_it_is_written(exit_: str) -> None:
    for entry in ("nr;in;out\n1;2024-01-05 18:04", "nr;date;in;out\n1;2024-01-05;6:04:00 PM"):
        rows, file = visits(f'{entry};"{exit_}"\n')
        assert file.refused == []
        assert rows[0].check_out.replace(second=0) == datetime(2024, 1, 5, 18, 20, tzinfo=UTC)


def test_an_exit_is_left_out_when_the_time_of_day_of_either_end_is_not_known() -> None:
    rows, file = visits("nr;in;out\n1;2024-01-05;11:30\n1;2024-01-06 10:00;2024-01-06\n")
    assert [row.check_out for row in rows] == [None, None]
    assert file.refused == []
    assert str(file.notes[-1]).startswith("2 exits are left out")


def test_a_bare_code_as_method_keeps_the_name_of_its_column() -> None:
    rows, _ = visits("member,time,token_type\n1,2024-01-15 10:00,1\n1,2024-01-16 10:00,app\n")
    assert [row.method for row in rows] == ["token_type 1", "app"]


@pytest.mark.parametrize(
    "word", ["yes", "Y", "1", "TRUE", "ja", "J", "Sim", "sí", "oui", "vrai", "sand", "X", "on"]
)
def test_a_yes_is_a_yes_in_six_languages(word: str) -> None:
    assert read_yes_no("email_consent", word) is True


@pytest.mark.parametrize(
    "word", ["no", "N", "0", "False", "nein", "Não", "non", "nej", "falsk", "off"]
)
def test_a_no_is_a_no_in_six_languages(word: str) -> None:
    assert read_yes_no("email_consent", word) is False


def test_an_unclear_word_is_no_consent() -> None:
    assert read_yes_no("email_consent", " ") is None
    with pytest.raises(ValueProblem):
        read_yes_no("email_consent", "maybe")


@pytest.mark.parametrize("written", ["anna@example.com", "å.b+c@sub.example.dk", "<a@b.dk>"])
def test_addresses_are_read(written: str) -> None:
    assert read_email(written, keep_address) == written.strip("<>")


@pytest.mark.parametrize(
    "written",
    ["anna", "a@b", "a@b.dk, c@d.dk", "a@b.dk;c@d.dk", "a b@c.dk", "a@b..dk", "a@-b.dk",
     "a@b.dk\r\nBcc: x@y.dk", '"x"@b.dk', "@b.dk", "a@@b.dk", "a" * 250 + "@b.dk"],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_refused(written: str) -> None:
    with pytest.raises(ValueProblem):
        read_email(written, keep_address)


def test_two_digit_years_and_excel_days_of_birth() -> None:
    reader = TimeReader("Europe/Copenhagen", DateOrder.DAY_FIRST, date(2026, 11, 18))
    assert reader.read_day("birth_date", "31/12/85") == date(1985, 12, 31)
    assert reader.read_day("birth_date", "31/12/05") == date(2005, 12, 31)
    assert reader.read_day("birth_date", "31412") == date(1985, 12, 31)
    assert reader.read_day("birth_date", "1985-12-31T00:00:00") == date(1985, 12, 31)


@pytest.mark.parametrize(
    "written", ["1066-01-01", "01.01.1066", "10660101", "1899-12-31", "2200-01-02", "9999-12-31"]
)
def test_days_that_nobody_means_are_refused_however_they_are_written(written: str) -> None:
    reader = TimeReader("Europe/Copenhagen", DateOrder.DAY_FIRST, date(2026, 11, 18))
    with pytest.raises(ValueProblem, match="is not between 1900 and 2200") as refused:
        reader.read_day("birth_date", written)
    assert refused.value.field == "birth_date"


DANGEROUS = [
    '=HYPERLINK("http://x")', "+1555-x", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1",
    "＠x", "\n=1",
]  # fmt: skip


@pytest.mark.parametrize("cell", DANGEROUS)
def test_s3_no_cell_of_an_error_file_starts_a_formula(cell: str) -> None:
    text = write_error_file([cell], [(2, None, cell, {cell: cell})])
    assert text.startswith("\ufeff")
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        for value in row:
            assert value.lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}
            assert value[:1] not in {"\t", "\r", "\n"}


@pytest.mark.parametrize("cell", ["-5", "+45123", "-5.25", "12", "normal", "'quoted'", ""])
def test_s3_numbers_stay_numbers_and_text_stays_text(cell: str) -> None:
    assert make_safe(cell) == cell


@pytest.mark.parametrize("cell", [*DANGEROUS, "O'Hara", "-5"])
def test_s3_a_cell_written_safely_is_read_back_as_it_was(cell: str) -> None:
    assert clean(make_safe(cell)) == clean(cell)


def test_an_error_file_can_be_corrected_and_brought_in_again() -> None:
    columns = ["Medlemsnr", "Navn", "E-mail"]
    row = {"Medlemsnr": "7", "Navn": "=Anna", "E-mail": "nonsense"}
    text = write_error_file(columns, [(2, "email", "wrong", row)])
    fixed = ImportFile(
        io.BytesIO(text.replace("nonsense", "anna@example.com").encode()),
        kind=Kind.MEMBERS,
        filename="errors.csv",
        timezone="UTC",
        now=NOW,
        keep_address=keep_address,
    )
    (member,) = fixed.read_rows(lambda *problem: None)
    assert (member.number, member.name, member.email) == ("7", "=Anna", "anna@example.com")


ENDLESS = ("a" + "\u0323\u0301" * 15_000)[:20_000]
"""Twenty thousand accents on a letter: putting them in order takes seconds, of each cell."""


MEMBER_FIELDS = (
    "number name email phone birth_date gender join_date plan status end_date email_consent"
)


@pytest.mark.parametrize("field", MEMBER_FIELDS.split())
def test_a_cell_is_measured_before_it_is_read(field: str) -> None:
    columns = MEMBER_FIELDS.split()
    cells = [ENDLESS if name == field else "7" if name == "number" else "" for name in columns]
    begun = time.thread_time()
    file = ImportFile(
        io.BytesIO("\n".join([";".join(columns), *[";".join(cells)] * 20]).encode()),
        kind=Kind.MEMBERS,
        filename="members.csv",
        timezone="Europe/Lisbon",
        now=NOW,
        keep_address=keep_address,
    )
    refused: list[Any] = []
    rows = list(
        file.read_rows(lambda line, field, said, row: refused.append((line, field, str(said), row)))
    )
    assert time.thread_time() - begun < 2, "a second for each row without the measure"
    assert len(rows) + len(refused) == 20
    assert not any(ENDLESS in str(row) for row in rows)


def test_a_header_is_measured_before_it_is_read() -> None:
    begun = time.thread_time()
    visits(f"number;check_in;{ENDLESS}\n1;2024-06-30 16:58;{ENDLESS}\n")
    assert time.thread_time() - begun < 1


def test_a_cell_typed_in_two_characters_a_letter_is_the_same_text() -> None:
    text = "number;check_in;method\nÉ-1;2024-06-30 16:58;Café\n"
    assert visits(unicodedata.normalize("NFD", text))[0] == visits(text)[0]
