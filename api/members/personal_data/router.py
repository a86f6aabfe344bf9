from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import NowDep, Require, SessionDep, SettingsDep, leaves_trace
from api.kit.errors import Forbidden, Unauthorized
from api.kit.file_responses import ZIP, ZIP_RESPONSES, file_response
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.kit.sealing import Seal
from api.members.errors import NoLongerKept, PaysForHousehold, StillHasMembership
from api.members.medical_notes.errors import CannotBeOpened
from api.members.personal_data import service as personal_data
from api.members.personal_data.errors import NameDiffers
from api.members.personal_data.schemas import EraseRequest
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Exporter = Annotated[Principal, Depends(Require(Permission.EXPORT_MEMBERS))]
Eraser = Annotated[Principal, Depends(Require(Permission.ERASE_MEMBERS))]


@router.get(
    "/{member_id}/export",
    summary="Everything that is kept of one member",
    response_class=Response,
    responses=ZIP_RESPONSES | describe(MemberNotFound, CannotBeOpened),
)
@leaves_trace
def export_member(
    session: SessionDep, caller: Exporter, settings: SettingsDep, now: NowDep, member_id: Id
) -> Response:
    """A ZIP with a JSON file for each kind of row. That it was made stands in the audit log."""
    content = personal_data.export(session, caller, member_id, seal=Seal.of(settings), now=now)
    return file_response(content, f"member-{member_id}.zip", ZIP)


@router.post(
    "/{member_id}/erase",
    status_code=204,
    summary="Erase who a member was, for good",
    responses=describe(
        MemberNotFound, NameDiffers, NoLongerKept, StillHasMembership, PaysForHousehold
    ),
)
def erase_member(
    session: SessionDep, caller: Eraser, now: NowDep, member_id: Id, data: EraseRequest
) -> Response:
    """Name, contact, notes, medical notes, tags, account, and what the audit log says of them go
    and cannot be brought back. Visits and payments stay, of a *Former member*, so that no total
    changes."""
    personal_data.erase(session, caller, member_id, data, now=now)
    return Response(status_code=204)
