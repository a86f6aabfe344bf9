from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.check_ins.door_codes import service as door_codes
from api.check_ins.door_codes.schemas import DoorCodes
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden, MemberNotFound))

Holder = Annotated[Principal, Depends(Require(Permission.HAND_OUT_DOOR_CODES))]


@router.get("/{member_id}/door-code", summary="The codes that let a member in")
def hand_out_door_codes(
    session: SessionDep, caller: Holder, settings: SettingsDep, now: NowDep, member_id: Id
) -> DoorCodes:
    """Each is of half a minute and works once. Members get their own only."""
    return door_codes.hand_out(session, caller, member_id, settings, now=now)


@router.post(
    "/{member_id}/door-code/reset",
    status_code=204,
    summary="Revoke all codes of a member",
)
def reset_door_codes(session: SessionDep, caller: Holder, member_id: Id) -> Response:
    """For a phone that was lost. Codes that are handed out from now on work."""
    door_codes.revoke(session, caller, member_id)
    return Response(status_code=204)
