from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.equipment import service as equipment
from api.equipment.errors import EquipmentNotFound, SerialNumberTaken
from api.equipment.repository import EquipmentSort
from api.equipment.schemas import EquipmentCreate, EquipmentItem, EquipmentUpdate
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, Text
from db.models import EquipmentCategory, EquipmentStatus

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_EQUIPMENT))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_EQUIPMENT))]
Search = Annotated[
    Annotated[str, Text(100)] | None,
    Query(description="Part of the name or of the serial number, whatever its case and accents"),
]


@router.get("", summary="Search and list equipment")
def list_equipment(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    sort: EquipmentSort = EquipmentSort.NAME,
    search: Search = None,
    status: EquipmentStatus | None = None,
    category: EquipmentCategory | None = None,
) -> Page[EquipmentItem]:
    return equipment.list_page(
        session, caller, page, sort=sort, search=search, status=status, category=category
    )


@router.post("", status_code=201, summary="Add equipment", responses=describe(SerialNumberTaken))
def create_equipment(session: SessionDep, caller: Editor, data: EquipmentCreate) -> EquipmentItem:
    return equipment.create(session, caller, data)


@router.get("/{equipment_id}", summary="One machine", responses=describe(EquipmentNotFound))
def read_equipment(session: SessionDep, caller: Reader, equipment_id: Id) -> EquipmentItem:
    return equipment.read(session, caller, equipment_id)


@router.patch(
    "/{equipment_id}",
    summary="Edit equipment, report it broken, or retire it",
    responses=describe(EquipmentNotFound, SerialNumberTaken),
)
def update_equipment(
    session: SessionDep, caller: Editor, equipment_id: Id, data: EquipmentUpdate
) -> EquipmentItem:
    return equipment.update(session, caller, equipment_id, data)


@router.delete(
    "/{equipment_id}",
    status_code=204,
    summary="Delete what was entered by mistake",
    responses=describe(EquipmentNotFound),
)
def delete_equipment(session: SessionDep, caller: Editor, equipment_id: Id) -> Response:
    """What is not used any more is better retired: its record stays."""
    equipment.delete(session, caller, equipment_id)
    return Response(status_code=204)
