"""Take bulk check-ins in, as JSON or as a file, onto the disk that the workers read from."""

import hashlib
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from api.check_ins.bulk import files
from api.check_ins.bulk.errors import NotStored, TooManyRows
from api.check_ins.bulk.schemas import BulkCheckIns
from api.check_ins.bulk.upload_quota import begin_upload
from api.kit.deps import Require, SessionDep, SettingsDep, SlotDep
from api.kit.errors import Invalid
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.schemas import Body as RequestBody
from api.kit.settings import Settings
from api.kit.uploads import FileRefused, UnreadableForm, make_too_large, read_form, read_name
from core.importing import FileProblem
from core.translation import Quantity, t

log = logging.getLogger(__name__)

Recorder = Annotated[Principal, Depends(Require(Permission.RECORD_BULK_CHECK_INS))]

MAX_MISTAKES = 20_000
"""Beyond that the mistakes of a JSON request are not listed: the list would take gigabytes."""


class BulkUpload(RequestBody):
    """What was sent, for telling a repeat from another request."""

    filename: str
    sha256: str


@dataclass
class StoredUpload:
    """A file in the folder of uploads. It goes when the request ends, unless a job needs it."""

    path: Path
    sent: BulkUpload
    is_needed: bool = False


async def receive_bulk(
    request: Request,
    caller: Recorder,
    session: SessionDep,
    slot: SlotDep,
    settings: SettingsDep,
) -> AsyncGenerator[StoredUpload, None]:
    """Store what is sent once the caller is known, within the limits."""
    # A slow upload must not keep a connection, its transaction and its place waiting.
    await run_in_threadpool(session.commit)
    folder, name = settings.upload_dir, files.name_file(caller.gym_id)
    size = _read_announced(request, settings)
    with _storing():
        file = await run_in_threadpool(
            begin_upload, session, caller.gym_id, name, size=size, settings=settings
        )
    try:
        try:
            with _storing():
                async with slot.released(limit=settings.uploads_max_files):
                    filename = await _receive(request, file, settings)
                if not _is_form(request):
                    rows = settings.bulk_json_max_rows
                    await run_in_threadpool(_write_json, await request.body(), file, rows)
                sent = await run_in_threadpool(_finish, file, folder, filename)
            upload = StoredUpload(folder / name, sent)
        finally:
            await run_in_threadpool(_close, file)
        yield upload
    except BaseException:
        _discard(folder / name)
        raise
    if not upload.is_needed:
        _discard(upload.path)


UploadDep = Annotated[StoredUpload, Depends(receive_bulk, scope="function")]


def _read_announced(request: Request, settings: Settings) -> int:
    """As much as may come: what is announced, or all that is allowed."""
    limit = settings.bulk_max_bytes if _is_form(request) else settings.bulk_json_max_bytes
    announced = request.headers.get("content-length", "")
    return min(int(announced), limit) if announced.isdecimal() else limit


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def _receive(request: Request, file: BufferedRandom, settings: Settings) -> str:
    """Read the body, a form's file into `file`; return the caller's name for it."""
    if _is_form(request):
        limit = settings.bulk_max_bytes
        form = await read_form(request, limit=limit, fields=0, target=file)
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise UnreadableForm(
                t("The form has no file. Send it in the field named file."),
                errors=[{"field": "file", "message": t("A file is missing.")}],
            )
        if (upload.size or 0) > limit:
            raise make_too_large(limit)
        file.truncate(upload.size or 0)
        return read_name(upload.filename)
    await request.body()  # kept by the request, and read once there is a place for it
    return "check_ins.json"


def _write_json(body: bytes, file: BufferedRandom, most: int) -> None:
    try:
        rows = BulkCheckIns.model_validate_json(body).check_ins
    except ValidationError as error:
        if error.error_count() > MAX_MISTAKES:
            raise Invalid(
                t(
                    "The request has {error_count} mistakes. Send a few of its rows to see"
                    " what is wrong with them.",
                    error_count=Quantity(error.error_count()),
                )
            ) from error
        mistakes = error.errors(include_url=False)
        if mistakes[0]["type"] == "too_long":
            raise _make_too_many(most) from error
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in mistakes]
        ) from error
    if len(rows) > most:
        raise _make_too_many(most)
    files.write_rows(
        file,
        ((row.member_id, row.number, row.check_in, row.check_out, row.method) for row in rows),
    )
    file.truncate()


def _make_too_many(most: int) -> TooManyRows:
    return TooManyRows(
        t(
            "One request takes {most} check-ins. Send the rest in further ones, or all"
            " of them as a CSV file.",
            most=Quantity(most),
        ),
        errors=[
            {"field": "check_ins", "message": t("There are more than {most}.", most=Quantity(most))}
        ],
    )


def _finish(file: BufferedRandom, folder: Path, filename: str) -> BulkUpload:
    file.seek(0)
    try:
        files.check_head(file.read(files.HEAD))
    except FileProblem as problem:
        raise FileRefused(problem) from problem
    files.keep(file, folder)
    file.seek(0)
    return BulkUpload(filename=filename, sha256=hashlib.file_digest(file, "sha256").hexdigest())


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("upload_not_stored", extra={"error": f"{type(error).__name__} {error.strerror}"})
        raise NotStored from error


def _close(file: BufferedRandom) -> None:
    with suppress(OSError):  # what counts is on the disk by now, the rest is discarded
        file.close()


def _discard(path: Path) -> None:
    with suppress(OSError):  # housekeeping deletes what is left behind
        path.unlink(missing_ok=True)
