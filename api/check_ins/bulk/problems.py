"""What can be wrong with a row of bulk check-ins, and what to do about it, as text for the gym."""

from datetime import timedelta
from typing import Final

from api.check_ins.bulk.files import BulkFile
from core.limits import EARLIEST_YEAR, MAX_CLOCK_AHEAD, MAX_METHOD_LENGTH, MAX_VISIT
from core.translation import Sentence, t

WIDTH: Final = "width"
_PROBLEMS: Final[dict[str, tuple[str | None, Sentence]]] = {
    "no_member": (None, t("The row says nothing about who came. Add member_id or number.")),
    "member_id_unreadable": ("member_id", t("The member_id is not a whole number. Correct it.")),
    "member_id_unknown": (
        "member_id",
        t(
            "Your gym has no member with this member_id. A number of the gym's own goes into a"
            " column named number."
        ),
    ),
    "number_unknown": (
        "number",
        t(
            "Your gym has no member with this number. Add the member first, or import the file"
            " instead: an import makes members of unknown numbers."
        ),
    ),
    "check_in_missing": ("check_in", t("The time of the visit is missing. Add it.")),
    "check_in_unreadable": (
        "check_in",
        t(
            "The time of the visit cannot be read. Write it like 2026-01-15T18:30:00, with Z or"
            " +01:00 behind it unless it is local."
        ),
    ),
    "in_the_future": (
        "check_in",
        t(
            "The visit lies more than {minutes} minutes in the future. Correct the time.",
            minutes=MAX_CLOCK_AHEAD // timedelta(minutes=1),
        ),
    ),
    "too_old": (
        "check_in",
        t("The visit is said to be before {year}. Correct the date.", year=EARLIEST_YEAR),
    ),
    "check_out_unreadable": (
        "check_out",
        t(
            "The time of the exit cannot be read. Write it like 2026-01-15T18:30:00, with Z or"
            " +01:00 behind it unless it is local."
        ),
    ),
    "out_before_in": (
        "check_out",
        t("The exit is before the entry. Correct one of them, or leave the exit empty."),
    ),
    "stay_too_long": (
        "check_out",
        t(
            "The exit is more than {hours} hours after the entry. Correct one of them, or leave the"
            " exit empty.",
            hours=MAX_VISIT // timedelta(hours=1),
        ),
    ),
    "method_too_long": (
        "method",
        t("The label is longer than {most} characters. Shorten it.", most=MAX_METHOD_LENGTH),
    ),
    "method_unreadable": (
        "method",
        t("The label has control characters in it. Type it again."),
    ),
}


def explain(code: str, cells: list[str], source: BulkFile) -> tuple[str | None, Sentence]:
    """Which field is wrong, and a sentence with what to do."""
    if code == WIDTH:
        return None, t(
            "The row has {n} cells, the header has {width}. Put text that contains the delimiter"
            " {delimiter} in quotation marks, and write a delimiter for each empty cell.",
            n=len(cells),
            width=len(source.columns),
            delimiter=repr(source.delimiter),
        )
    return _PROBLEMS[code]
