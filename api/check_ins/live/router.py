from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import StreamingResponse

from api.check_ins.live.desks import Desks
from api.kit.deps import Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import MAX_ID

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_CHECK_INS))]


class EventStream(StreamingResponse):
    """Not FastAPI's own, which leaves a stream that is cut off while it is sent suspended until the
    garbage collector comes by."""

    media_type = "text/event-stream"


EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["check_in", "occupancy", "reload"], "type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "Of a visit"},
    },
}
EXAMPLE = {"event": "occupancy", "data": '{"inside":17,"locations":[]}'}


@router.get(
    "/live",
    response_class=EventStream,
    summary="What happens at the door, as it happens",
    responses={200: {"content": {EventStream.media_type: {"schema": EVENT, "example": EXAMPLE}}}},
)
async def watch(
    request: Request,
    session: SessionDep,
    caller: Reader,
    settings: SettingsDep,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MAX_ID, description="The newest visit that was told before")
    ] = None,
) -> EventStream:
    """A stream of server-sent events of the caller's gym:

    - `check_in`: a member came; the data is what `POST /check-ins` answers, with its alerts, and
      the event's id is the visit's
    - `occupancy`: who is inside by location, as `GET /check-ins/occupancy` says it, at once and
      whenever that changes
    - `reload`: more happened than is told; ask `GET /check-ins`

    It ends after some minutes, when the token is to be shown again: open another one, with the last
    id in `Last-Event-ID`, and no visit is missed.
    """
    desks: Desks = request.app.state.desks
    desk = desks.join(caller.gym_id)
    first = await desks.begin(session, caller.gym_id, after=last_event_id)
    return EventStream(
        desk.follow(first, seconds=settings.live_seconds),
        headers={"X-Accel-Buffering": "no"},
    )
