from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from api.gym_archives import service as gym_archives
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep, leaves_trace
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe

router = APIRouter(responses=describe(Unauthorized, Forbidden))

ZIP = "application/zip"
_ZIP_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/me/export",
    summary="Take everything with you",
    response_class=StreamingResponse,
    responses=_ZIP_RESPONSES,
)
@leaves_trace
def export(
    caller: Annotated[Principal, Depends(Require(Permission.EXPORT_GYM))],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> StreamingResponse:
    """A ZIP with a CSV and a file of JSON lines for each table, as of one moment, and a manifest
    with rows and SHA-256. Medical notes are in it opened. A new gym is filled from it; also in a
    suspended gym. The audit log keeps that it was asked for."""
    return StreamingResponse(
        gym_archives.export(session, caller, settings, now=now),
        media_type=ZIP,
        headers={
            "Content-Disposition": f'attachment; filename="{_name(caller, now)}"',
            "Cache-Control": "no-store",
        },
    )


def _name(caller: Principal, now: datetime) -> str:
    return f"comeback-gym-{caller.gym_id}-{now:%Y-%m-%d}.zip"
