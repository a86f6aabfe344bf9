"""Read a form with one file, within a limit that holds while the file is still coming.

FastAPI's own form reading takes any amount, from anybody, before the caller is known.
"""

from collections.abc import AsyncGenerator
from typing import BinaryIO

from fastapi import Request
from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from api.kit.errors import Invalid, TooLarge
from core.importing import FileProblem
from core.translation import t

OVERHEAD = 64 * 1024
"""What the form may take beside the file: its other fields and the boundaries."""
MAX_FILENAME_LENGTH = 200


class UnreadableForm(Invalid):
    code, title = "unreadable_form", "The form cannot be read"


class FileRefused(Invalid):
    """`errors` has one entry with the problem's own code, and the columns to choose from."""

    code, title = "file_refused", "The file cannot be used"

    def __init__(self, problem: FileProblem) -> None:
        error: dict[str, object] = {"field": "file", "code": problem.code, "message": problem.text}
        if problem.columns:
            error |= {"field": "mapping", "columns": list(problem.columns)}
        super().__init__(problem.text, errors=[error])


class _FormToDisk(MultiPartParser):
    """Writes the form's file to `target`, instead of to a temporary file of its own."""

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        max_fields: int,
        target: BinaryIO | None,
    ) -> None:
        super().__init__(
            headers, stream, max_files=1, max_fields=max_fields, max_part_size=OVERHEAD
        )
        self._target = target

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        upload = self._current_part.file
        if upload is not None and self._target is not None:
            upload.file.close()
            upload.file = self._target


async def read_form(
    request: Request, *, limit: int, fields: int, target: BinaryIO | None = None
) -> FormData:
    """The form, its file written to `target` or else to a temporary file; the caller closes it."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnreadableForm(t("Send the file as multipart/form-data in the field named file."))
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit + OVERHEAD:
        raise make_too_large(limit)
    try:
        return await _FormToDisk(
            request.headers, _count(request, limit=limit), max_fields=fields, target=target
        ).parse()
    except MultiPartException as error:
        raise UnreadableForm(
            t("The form cannot be read: {message}", message=error.message)
        ) from error


async def _count(request: Request, *, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit + OVERHEAD:
            raise make_too_large(limit)
        yield chunk


def read_name(filename: str | None) -> str:
    """The last part of the name that the browser sent, as text for people."""
    last = (filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(mark for mark in last if mark.isprintable())[:MAX_FILENAME_LENGTH] or "file.csv"


def make_too_large(limit: int) -> TooLarge:
    return TooLarge(
        t(
            "The file is larger than {limit} MB. Split it, for example by year, and"
            " bring the parts in one after the other.",
            limit=f"{limit / 1048576:,.1f}",
        )
    )
