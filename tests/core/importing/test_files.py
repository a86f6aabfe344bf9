"""What may come in as a file, and in which words it is refused."""

import contextlib
import io
import random
import time
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from core.importing import FileProblem, ImportFile, Kind
from db.addresses import keep_address

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def open_file(content: str | bytes, kind: Kind = Kind.MEMBERS, **over: Any) -> ImportFile:
    raw = content.encode() if isinstance(content, str) else content
    options: dict[str, Any] = {"filename": "list.csv", "timezone": "Europe/Copenhagen", "now": NOW}
    return ImportFile(io.BytesIO(raw), kind=kind, **(options | over), keep_address=keep_address)


def read(file: ImportFile) -> tuple[list[Any], list[Any]]:
    refused: list[Any] = []
    rows = list(
        file.read_rows(lambda line, field, said, row: refused.append((line, field, str(said), row)))
    )
    return rows, refused


TEXT = "number,name,city\n1,Søren Müller,Århus\n2,José Ibáñez,São Paulo\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_names_survive_every_encoding_delimiter_and_line_ending(
    encoding: str, delimiter: str, ending: str
) -> None:
    text = TEXT.replace(",", delimiter).replace("\n", ending)
    rows, refused = read(open_file(text.encode(encoding)))
    assert refused == []
    assert [(row.number, row.name) for row in rows] == [
        ("1", "Søren Müller"),
        ("2", "José Ibáñez"),
    ]


def test_a_late_accent_decides_the_encoding() -> None:
    plain = "".join(f"{number},Anna\n" for number in range(60_000))
    rows, _ = read(open_file(("number,name\n" + plain + "7000000,Søren\n").encode("cp1252")))
    assert rows[-1].name == "Søren"


def test_quotes_hold_delimiters_line_breaks_and_quotes() -> None:
    rows, refused = read(open_file('number;name\r\n1;"Jensen; Anna"\r\n2;"Bo ""B""\r\nHansen"\r\n'))
    assert refused == []
    assert [(row.line, row.name) for row in rows] == [(2, "Jensen; Anna"), (3, 'Bo "B" Hansen')]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    rows, refused = read(open_file('number,name,email\n1,"a\nb",\n\n2,x,nonsense\n,,\n3,y,\n'))
    assert [row.line for row in rows] == [2, 7]
    assert [(line, field) for line, field, *_ in refused] == [(5, "email")]


def test_what_excel_writes_is_read() -> None:
    text = 'sep=;\r\nMedlemsnr;Navn;Telefon\r\n3587.0;Anna;="0045123"\r\n="007";Bo;\r\n;;\r\n'
    rows, refused = read(open_file(text))
    assert refused == []
    assert [(row.line, row.number, row.phone) for row in rows] == [
        (3, "3587", "0045123"),
        (4, "007", None),
    ]


def test_a_number_that_excel_destroyed_is_refused_with_the_remedy() -> None:
    _, refused = read(open_file("number,name\n4.57E+12,Anna\n"))
    assert refused[0][:2] == (2, "number")
    assert "Format the column as text" in refused[0][2]


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty_file", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty_file", "empty"),
        (b"\xff\xfe", "empty_file", "empty"),
        (_zip(), "not_a_table", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_a_table", "old Excel"),
        (b"%PDF-1.7 ...", "not_a_table", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "not_a_table", "picture"),
        (b"\x1f\x8b\x08abc", "not_a_table", "gzip"),
        (b"number,name\n1,An\x00na\n", "binary_file", "not text"),
        (random.Random(1).randbytes(5000), "binary_file", "not text"),
        (b"number,name\n1," + b"x" * 10_000_000, "line_too_long", "64 kB"),
        (b"x" * 10_000_000, "line_too_long", "64 kB"),
        (b'number,name\n1,"open' + b"\nmore" * 60_000, "broken_quotes", "Line 2"),
        (b"shoe size,colour\n38,red\n", "no_matching_column", "shoe size, colour"),
        (b"\xff\xfen\x00", "no_matching_column", "n"),
        (b"\xff\xfeabc\xd8\x00\x00", "not_a_table", "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_is_no_table_is_refused_in_clear_words(
    content: bytes, code: str, words: str
) -> None:
    with pytest.raises(FileProblem) as problem:
        read(open_file(content))
    assert problem.value.code == code
    assert words in str(problem.value.text)


def test_a_header_alone_has_no_rows() -> None:
    assert read(open_file("number,name\n")) == ([], [])


def test_no_bytes_crash_the_reader() -> None:
    chance = random.Random(7)
    alphabet = [b",", b";", b"\n", b"\r", b'"', b"'", b"=", b"\t", b"1", b"a", b"\xc3", b"\xff"]
    for _ in range(800):
        body = b"".join(chance.choices(alphabet, k=chance.randrange(60)))
        for kind, header in ((Kind.MEMBERS, b"number,name\n"), (Kind.VISITS, b"member,time\n")):
            with contextlib.suppress(FileProblem):
                read(open_file(header + body, kind))


def test_a_row_with_too_many_cells_is_refused_and_the_others_are_read() -> None:
    rows, refused = read(open_file("number,name\n1,Jensen, Anna\n2,Bo,\n3\n"))
    assert [row.number for row in rows] == ["2", "3"]
    assert refused[0][0] == 2
    assert "quotation marks" in refused[0][2]


def test_a_refused_row_is_handed_back_as_it_was_read() -> None:
    _, refused = read(open_file("No.,Name,E-mail,Shoe\n1,Anna,anna[at]x.dk,38\n"))
    line, field, problem, row = refused[0]
    assert (line, field) == (2, "email")
    assert "anna@example.com" in problem
    assert row == {"No.": "1", "Name": "Anna", "E-mail": "anna[at]x.dk", "Shoe": "38"}


def test_a_file_is_never_held_in_memory() -> None:
    class Endless(io.RawIOBase):
        """50,000 visits that are never in memory at once."""

        def __init__(self) -> None:
            self.seek(0)

        def seek(self, offset: int, whence: int = 0) -> int:
            self.line, self.rest = 0, b"member,entered_at\n"
            return 0

        def seekable(self) -> bool:
            return True

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            while len(self.rest) < len(buffer) and self.line < 50_000:
                self.line += 1
                self.rest += f"{self.line % 997},2024-01-01T10:00:00+01:00\n".encode()
            size = min(len(buffer), len(self.rest))
            buffer[:size], self.rest = self.rest[:size], self.rest[size:]
            return size

    endless: Any = io.BufferedReader(Endless(), 1 << 16)
    tracemalloc.start()
    file = ImportFile(
        endless,
        kind=Kind.VISITS,
        filename="x",
        timezone="Europe/Copenhagen",
        now=NOW,
        keep_address=keep_address,
    )
    count = sum(1 for _ in file.read_rows(lambda *problem: None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 6_000_000


def test_a_hostile_cell_does_not_make_a_pattern_run_for_ever() -> None:
    started = time.process_time()
    for cell in ("1" * 30_000, "1/" * 15_000, "a." * 15_000, "@" * 30_000, "a@" + "b." * 15_000):
        read(open_file(f"number,name,email,birth_date\n1,A,{cell},{cell}\n"))
    assert time.process_time() - started < 20, "one that runs for ever takes minutes"
