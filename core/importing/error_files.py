"""Write refused rows as a CSV that is safe to open in a spreadsheet and can be brought in again."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.importing.values import starts_formula

OWN_COLUMNS = ("import_line", "import_field", "import_problem")
_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")


def make_safe(value: object) -> str:
    """The value as a cell that no spreadsheet runs. Numbers stay numbers; reading undoes it."""
    text = "" if value is None else str(value)
    if not _NUMBER.match(text) and starts_formula(text):
        return "'" + text
    return text


def write_error_file(
    columns: Sequence[str], problems: Sequence[tuple[int, str | None, str, Mapping[str, Any]]]
) -> str:
    """Refused rows as they were read, and why, in our own columns.

    `columns` come first, in this order, then those that only the rows have. The file begins with a
    byte order mark, without which Excel reads UTF-8 as something else.
    """
    others = {column for *_, row in problems for column in row} - set(columns)
    theirs = [column for column in [*columns, *sorted(others)] if column not in OWN_COLUMNS]
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write("\ufeff")
    writer.writerow([make_safe(column) for column in (*OWN_COLUMNS, *theirs)])
    for line, field, problem, row in problems:
        cells = [row.get(column) for column in theirs]
        writer.writerow([make_safe(cell) for cell in (line, field, problem, *cells)])
    return buffer.getvalue()
