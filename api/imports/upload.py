"""Take a file in without ever holding more of it than allowed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api.imports.schemas import ImportOptions
from api.kit.deps import Require, SessionDep, SettingsDep, SlotDep
from api.kit.errors import refuse_fields
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.uploads import UnreadableForm, make_too_large, read_form, read_name
from core.translation import t

MAX_INCOMING = 4
"""Files of a gym at a time: each may take the disk's room that its limit allows."""


@dataclass(frozen=True)
class Upload:
    """A file on this server's disk for as long as the request lasts, and the form around it."""

    file: BinaryIO
    filename: str
    options: ImportOptions


async def receive_upload(
    request: Request,
    caller: Annotated[Principal, Depends(Require(Permission.IMPORT_DATA))],
    session: SessionDep,
    slot: SlotDep,
    settings: SettingsDep,
) -> AsyncGenerator[Upload, None]:
    """Read the form after the caller is known, and within the limit.

    FastAPI's own form reading takes any amount, from anybody, before the caller is known.
    """
    del caller  # a parameter so that nothing is read for a caller who may not import
    # A slow upload must not keep a connection, its transaction and its place waiting.
    await run_in_threadpool(session.commit)
    limit = settings.import_max_bytes
    async with slot.released(limit=MAX_INCOMING):
        form = await read_form(request, limit=limit, fields=len(ImportOptions.model_fields))
    try:
        yield _read_fields(form, limit=limit)
    finally:
        await form.close()


UploadDep = Annotated[Upload, Depends(receive_upload, scope="function")]


def _read_fields(form: FormData, *, limit: int) -> Upload:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise UnreadableForm(
            t("The form has no file. Send it in the field named file."),
            errors=[{"field": "file", "message": t("A file is missing.")}],
        )
    if (file.size or 0) > limit:
        raise make_too_large(limit)
    fields = {name: value for name, value in form.multi_items() if name != "file"}
    # An empty field of a form is one that was not filled in.
    filled = {name: value for name, value in fields.items() if value != ""}
    try:
        options = ImportOptions.model_validate(filled)
    except ValidationError as error:
        mistakes = [{**item, "loc": ("form", *item["loc"])} for item in error.errors()]
        raise refuse_fields(mistakes) from error
    return Upload(file.file, read_name(file.filename), options)
