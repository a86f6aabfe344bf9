"""One file of a form, read once the caller is known to be allowed, and within the limit."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.kit.deps import Require, SessionDep, SlotDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.uploads import UnreadableForm, make_too_large, read_form, read_name
from core.limits import MAX_FILE_BYTES
from core.translation import t

MAX_INCOMING = 4
"""Files of a gym at a time."""

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""The form as OpenAPI: it is read by hand, so FastAPI does not know it."""


@dataclass(frozen=True)
class SentFile:
    name: str
    """For people; never part of a path."""
    content: bytes


def receive(permission: Permission) -> Any:
    """The dependency that reads it, for callers with the permission."""

    async def read(
        request: Request,
        _caller: Annotated[Principal, Depends(Require(permission))],
        session: SessionDep,
        slot: SlotDep,
    ) -> AsyncGenerator[SentFile, None]:
        # A slow upload must not keep a connection, its transaction and its place waiting.
        await run_in_threadpool(session.commit)
        async with slot.released(limit=MAX_INCOMING):
            form = await read_form(request, limit=MAX_FILE_BYTES, fields=0)
        try:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise UnreadableForm(t("The form has no file. Send it in the field named file."))
            content = await file.read()
            if len(content) > MAX_FILE_BYTES:
                raise make_too_large(MAX_FILE_BYTES)
            yield SentFile(read_name(file.filename), content)
        finally:
            await form.close()

    return Depends(read, scope="function")
