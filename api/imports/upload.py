"""Take a file in without ever holding more of it than allowed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.auth.permissions import Permission
from api.auth.principal import Principal
from api.deps import Require, SessionDep, SettingsDep
from api.errors import Invalid, TooLarge
from api.imports.schemas import ImportOptions

OVERHEAD = 64 * 1024
"""What the form may take beside the file: its other fields and the boundaries."""
LONGEST_FILENAME = 200


@dataclass(frozen=True)
class Upload:
    """A file on this server's disk for as long as the request lasts, and the form around it."""

    file: BinaryIO
    filename: str
    options: ImportOptions


class UnreadableForm(Invalid):
    code, title = "unreadable_form", "The form cannot be read"


async def receive_upload(
    request: Request,
    caller: Annotated[Principal, Depends(Require(Permission.IMPORT_DATA))],
    session: SessionDep,
    settings: SettingsDep,
) -> AsyncGenerator[Upload, None]:
    """Read the form after the caller is known, and within the limit.

    FastAPI's own form reading takes any amount, from anybody, before it asks who is calling.
    """
    del caller  # asked for so that nothing is read for a caller who may not import
    # A slow upload must not keep a connection, and its transaction, waiting.
    await run_in_threadpool(session.commit)
    form = await _read_form(request, limit=settings.import_max_bytes)
    try:
        yield _read_fields(form, limit=settings.import_max_bytes)
    finally:
        await form.close()


UploadDep = Annotated[Upload, Depends(receive_upload, scope="function")]


async def _read_form(request: Request, *, limit: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnreadableForm("Send the file as multipart/form-data with the fields kind and file.")
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit + OVERHEAD:
        raise _too_large(limit)
    try:
        return await MultiPartParser(
            request.headers,
            _count(request, limit=limit),
            max_files=1,
            max_fields=len(ImportOptions.model_fields),
            max_part_size=OVERHEAD,
        ).parse()
    except MultiPartException as error:
        raise UnreadableForm(f"The form cannot be read: {error.message}") from error


async def _count(request: Request, *, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit + OVERHEAD:
            raise _too_large(limit)
        yield chunk


def _read_fields(form: FormData, *, limit: int) -> Upload:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise UnreadableForm(
            "The form has no file. Send it in the field named file.",
            errors=[{"field": "file", "message": "A file is missing"}],
        )
    if (file.size or 0) > limit:
        raise _too_large(limit)
    fields = {name: value for name, value in form.multi_items() if name != "file"}
    # An empty field of a form is one that was not filled in.
    filled = {name: value for name, value in fields.items() if value != ""}
    try:
        options = ImportOptions.model_validate(filled)
    except ValidationError as error:
        errors = [
            {"field": ".".join(map(str, item["loc"])) or "form", "message": item["msg"]}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors[:5])
        raise Invalid(detail, errors=errors) from error
    return Upload(file.file, _name(file.filename), options)


def _name(filename: str | None) -> str:
    """The last part of the name that the browser sent, as text for people."""
    last = (filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(mark for mark in last if mark.isprintable())[:LONGEST_FILENAME] or "file.csv"


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {limit / 1_048_576:,.1f} MB. Split it, for example by year, and"
        " bring the parts in one after the other."
    )
