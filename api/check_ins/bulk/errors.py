from typing import ClassVar

from api.kit.errors import DomainError, Invalid, TooManyRequests
from core.translation import Quantity, t

_MEGABYTE = 1 << 20


class TooManyRows(Invalid):
    code, title = "too_many_rows", "Too many rows for one request"


class NotStored(DomainError):
    """The disk is full, or may not be written to."""

    status: ClassVar[int] = 503
    code, title = "not_stored", "The upload cannot be stored"

    def __init__(self) -> None:
        super().__init__(
            t(
                "The platform has no room for the file at the moment. Nothing was"
                " recorded; try again later, or contact the operator."
            ),
            headers={"Retry-After": "60"},
        )


class TooManyUploads(TooManyRequests):
    code, title = "too_many_uploads", "Too many files wait"

    def __init__(self, files: int, size: int, *, max_files: int, max_bytes: int) -> None:
        super().__init__(
            t(
                "{files} files of your gym, {size} MB in all, are coming in or wait to be"
                " read; with this one they would be more than {max_files} files or"
                " {max_bytes} MB. Wait until some of the jobs are done, then send it again.",
                files=Quantity(files),
                size=f"{size / _MEGABYTE:,.0f}",
                max_files=Quantity(max_files),
                max_bytes=f"{max_bytes / _MEGABYTE:,.0f}",
            ),
            retry_after=30,
        )
