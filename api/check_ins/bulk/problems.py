"""What can be wrong with a row of bulk check-ins, and what to do about it, as text for the gym."""

from datetime import timedelta
from typing import Final

from api.check_ins.bulk.files import BulkFile
from core.limits import EARLIEST_YEAR, MAX_CLOCK_AHEAD, MAX_METHOD_LENGTH, MAX_VISIT

WIDTH: Final = "width"
_WRITE_LIKE = "Write it like 2026-01-15T18:30:00, with Z or +01:00 behind it unless it is local."
_ANOTHER = "Correct one of them, or leave the exit empty."
_PROBLEMS: Final[dict[str, tuple[str | None, str]]] = {
    "no_member": (None, "The row says nothing about who came. Add member_id or number."),
    "member_id_unreadable": ("member_id", "The member_id is not a whole number. Correct it."),
    "member_id_unknown": (
        "member_id",
        "Your gym has no member with this member_id. A number of the gym's own goes into a column"
        " named number.",
    ),
    "number_unknown": (
        "number",
        "Your gym has no member with this number. Add the member first, or import the file"
        " instead: an import makes members of unknown numbers.",
    ),
    "check_in_missing": ("check_in", "The time of the visit is missing. Add it."),
    "check_in_unreadable": ("check_in", f"The time of the visit cannot be read. {_WRITE_LIKE}"),
    "in_the_future": (
        "check_in",
        f"The visit lies more than {MAX_CLOCK_AHEAD // timedelta(minutes=1)} minutes in the future."
        " Correct the time.",
    ),
    "too_old": ("check_in", f"The visit is said to be before {EARLIEST_YEAR}. Correct the date."),
    "check_out_unreadable": ("check_out", f"The time of the exit cannot be read. {_WRITE_LIKE}"),
    "out_before_in": ("check_out", f"The exit is before the entry. {_ANOTHER}"),
    "stay_too_long": (
        "check_out",
        f"The exit is more than {MAX_VISIT // timedelta(hours=1)} hours after the entry."
        f" {_ANOTHER}",
    ),
    "method_too_long": (
        "method",
        f"The label is longer than {MAX_METHOD_LENGTH} characters. Shorten it.",
    ),
    "method_unreadable": ("method", "The label has control characters in it. Type it anew."),
}


def explain(code: str, cells: list[str], source: BulkFile) -> tuple[str | None, str]:
    """Which field is wrong, and a sentence with what to do."""
    if code == WIDTH:
        return None, (
            f"The row has {len(cells)} cells, the header has {len(source.columns)}. Put text that"
            f" contains the delimiter {source.delimiter!r} in quotation marks, and write a"
            " delimiter for each empty cell."
        )
    return _PROBLEMS[code]
