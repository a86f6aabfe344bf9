"""What a gym has to train on, and whether it works."""

from sqlalchemy.orm import Session

from api.equipment.repository import EquipmentRepository, EquipmentSort
from api.equipment.schemas import EquipmentCreate, EquipmentItem, EquipmentUpdate
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from db.models import Equipment, EquipmentCategory, EquipmentStatus


def create(session: Session, caller: Principal, data: EquipmentCreate) -> EquipmentItem:
    equipment = Equipment(gym_id=caller.gym_id, **data.model_dump())
    EquipmentRepository(session, caller.gym_id).add(equipment)
    return EquipmentItem.model_validate(equipment)


def update(
    session: Session, caller: Principal, equipment_id: int, data: EquipmentUpdate
) -> EquipmentItem:
    repository = EquipmentRepository(session, caller.gym_id)
    equipment = repository.get_or_refuse(equipment_id)
    repository.update(equipment, data.changes())
    return EquipmentItem.model_validate(equipment)


def delete(session: Session, caller: Principal, equipment_id: int) -> None:
    """For what was entered by mistake; what is not used any more is retired."""
    repository = EquipmentRepository(session, caller.gym_id)
    repository.delete(repository.get_or_refuse(equipment_id))


def read(session: Session, caller: Principal, equipment_id: int) -> EquipmentItem:
    equipment = EquipmentRepository(session, caller.gym_id).get_or_refuse(equipment_id)
    return EquipmentItem.model_validate(equipment)


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    sort: EquipmentSort,
    search: str | None,
    status: EquipmentStatus | None,
    category: EquipmentCategory | None,
) -> Page[EquipmentItem]:
    rows, total = EquipmentRepository(session, caller.gym_id).list_page(
        page, sort=sort, search=search, status=status, category=category
    )
    return Page[EquipmentItem].of([EquipmentItem.model_validate(row) for row in rows], total, page)
