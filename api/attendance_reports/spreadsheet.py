"""A report as CSV: one fact a line, for spreadsheets and for programs."""

import csv
import io
from collections.abc import Iterator

from api.attendance_reports.schemas import ReportDetail
from core.importing.error_files import make_safe

COLUMNS = ("day", "what", "hour", "member_id", "member", "value")


def write_report(report: ReportDetail) -> bytes:
    """UTF-8 with a byte order mark, without which Excel reads the names as something else.

    Every cell is quoted, and one that a spreadsheet would run has an apostrophe before it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write("\ufeff")
    writer.writerow(COLUMNS)
    for line in _lines(report):
        writer.writerow([make_safe(cell) for cell in (report.day, *line)])
    return buffer.getvalue().encode()


def _lines(report: ReportDetail) -> Iterator[tuple[object, ...]]:
    yield "visits", None, None, None, report.visits
    yield "unique_members", None, None, None, report.unique_members
    yield "peak_visits", report.peak_hour, None, None, report.peak_visits
    yield "first_timers", None, None, None, report.first_timers
    yield "returned", None, None, None, report.returned
    for hour, visits in enumerate(report.hours):
        yield "visits_in_hour", hour, None, None, visits
    for member in report.first_timer_members:
        yield "first_timer", None, member.member_id, member.name, None
    for back in report.returned_members:
        yield "returned_after_days", None, back.member_id, back.name, back.days_away
