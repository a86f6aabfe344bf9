"""Find out how a file is written, in one pass over its bytes: encoding, size, hash, oddities."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from core.importing.problems import FileProblem
from core.translation import mark, t

MAX_LINE = 64 * 1024
"""Longer lines than any member list has: beyond it the file is not a table."""
MAX_RECORD = 4 * MAX_LINE
"""The same of a row whose quoted cells go over several lines: it is held as a whole."""
_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 20

_FOREIGN = (
    (b"PK\x03\x04", mark("an Excel workbook (.xlsx) or a zip archive")),
    (b"\xd0\xcf\x11\xe0", mark("an old Excel workbook (.xls)")),
    (b"\x1f\x8b", mark("a gzip archive")),
    (b"%PDF", mark("a PDF")),
    (b"\x89PNG", mark("a picture")),
    (b"\xff\xd8\xff", mark("a picture")),
    (b"SQLite format 3", mark("a database")),
)


@dataclass(frozen=True)
class FileFormat:
    """How a file is written. `skip` is the number of lines before the header.

    Only where it `has_quotes` may a row go over several lines.
    """

    encoding: str
    delimiter: str
    sha256: str
    size: int
    skip: int
    has_quotes: bool


def sniff(file: BinaryIO) -> FileFormat:
    """Read the whole file once, in bounded memory. Raises `FileProblem` unless it is a table."""
    file.seek(0)
    start = file.read(_CHUNK)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n,;"):
        raise FileProblem("empty_file", t("The file is empty. Choose a file with a header line."))
    for magic, name in _FOREIGN:
        if start.startswith(magic):
            raise FileProblem(
                "not_a_table",
                t("This is {name}, not a table. Save or export it as CSV first.", name=t(name)),
            )
    encoding = _find_utf_16(start)
    sha256, size, has_quotes = _check_bytes(file, start, 2 if encoding else 1)
    if encoding is None:
        encoding = "utf-8-sig" if _decodes_as(file, "utf-8") else "cp1252"
    if encoding == "cp1252" and not _decodes_as(file, "cp1252"):
        encoding = "latin-1"
    if encoding.startswith("utf-16") and not _decodes_as(file, encoding):
        raise FileProblem(
            "not_a_table", t("The file's characters cannot be read. Save it as CSV UTF-8.")
        )
    skip, delimiter = _find_delimiter(file, encoding)
    return FileFormat(encoding, delimiter, sha256, size, skip, has_quotes)


@contextmanager
def open_text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text from its beginning; it stays open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def read_records(file: BinaryIO, file_format: FileFormat) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start on, blank ones left out. The first is the header."""
    with open_text(file, file_format.encoding) as text:
        for _ in range(file_format.skip):
            text.readline()
        lines = _Lines(text)
        reader = csv.reader(
            lines if file_format.has_quotes else text, delimiter=file_format.delimiter
        )
        line = file_format.skip + 1
        try:
            for cells in reader:
                lines.end_record()
                if any(map(str.strip, cells)):
                    yield line, cells
                line = file_format.skip + reader.line_num + 1
        except csv.Error as error:
            raise FileProblem(
                "broken_quotes",
                t(
                    "Line {line}: a quotation mark is opened and not closed ({error}). Close"
                    " it, or double it if it belongs to the text.",
                    line=line,
                    error=error,
                ),
            ) from error


class _Lines:
    """The lines of a text. Raises `csv.Error` where a row takes too many of them, or the last one
    is not complete when they end: the reader would hold, or swallow, the rest of the file."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._taken = 0
        self._is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._text)
        except StopIteration:
            self._is_over = True
            raise
        self._taken += len(line)
        if self._taken > MAX_RECORD:
            raise csv.Error(f"the row is longer than {MAX_RECORD // 1024} kB")
        return line

    def end_record(self) -> None:
        if self._is_over:  # the reader wanted more for this row
            raise csv.Error("the file ends before it")
        self._taken = 0


def _find_utf_16(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = start[:400]
    if len(head) >= 8 and head[1::2].count(0) > len(head) // 3 and head[::2].count(0) == 0:
        return "utf-16-le"
    if len(head) >= 8 and head[::2].count(0) > len(head) // 3 and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _check_bytes(file: BinaryIO, chunk: bytes, width: int) -> tuple[str, int, bool]:
    """Hash the file; refuse NUL bytes and endless lines before anything tries to hold one."""
    digest = hashlib.sha256()
    size, in_line = 0, 0
    has_quotes = False
    while chunk:
        digest.update(chunk)
        has_quotes = has_quotes or b'"' in chunk
        if width == 1 and b"\x00" in chunk:
            raise FileProblem(
                "binary_file",
                t(
                    "The file is not text, so it is no CSV file: perhaps a workbook or an"
                    " archive. Save or export it as CSV, and choose that file."
                ),
            )
        unified = chunk.replace(b"\r", b"\n")
        for index, piece in enumerate(unified.split(b"\n")):
            if index:
                in_line = 0
            in_line += len(piece)
            if in_line > MAX_LINE * width:
                raise FileProblem(
                    "line_too_long",
                    t(
                        "A line is longer than {max_line} kB, so this is no table with one member"
                        " or visit per line. Export it as CSV again.",
                        max_line=MAX_LINE // 1024,
                    ),
                )
        size += len(chunk)
        chunk = file.read(_CHUNK)
    return digest.hexdigest(), size, has_quotes


def _decodes_as(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            if "\x00" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(file: BinaryIO, encoding: str) -> tuple[int, str]:
    with open_text(file, encoding) as text:
        lines = [text.readline() for _ in range(_SAMPLE_LINES + 1)]
    skip = 0
    # Excel writes "sep=;" on a line of its own for itself, before the header.
    first = lines[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return 1, first[4]
    if first == "sep=":
        return 1, "\t"
    while skip < len(lines) - 1 and not lines[skip].strip():
        skip += 1
    sample = [line for line in lines[skip:] if line.strip()]
    return skip, max(_DELIMITERS, key=lambda mark: _score_delimiter(sample, mark))


def _score_delimiter(sample: list[str], delimiter: str) -> tuple[int, int]:
    """How well a delimiter explains the sample: records as wide as the header, then the width."""
    try:
        widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
    except csv.Error:
        return (0, 0)
    if not widths or widths[0] < 2:
        return (0, 0)
    return (sum(width == widths[0] for width in widths), widths[0])
