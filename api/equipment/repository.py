from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from api.equipment.errors import EquipmentNotFound, SerialNumberTaken
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from core.text import fold
from db.models import Equipment, EquipmentCategory, EquipmentStatus


class EquipmentSort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    PURCHASED = "purchased_on"
    PURCHASED_DOWN = "-purchased_on"


_ORDERS: dict[EquipmentSort, Any] = {
    EquipmentSort.NAME: Equipment.name_key.asc(),
    EquipmentSort.NAME_DOWN: Equipment.name_key.desc(),
    EquipmentSort.PURCHASED: Equipment.purchased_on.asc().nulls_last(),
    EquipmentSort.PURCHASED_DOWN: Equipment.purchased_on.desc().nulls_last(),
}


class EquipmentRepository(Repository[Equipment]):
    """What one gym has to train on."""

    model = Equipment
    not_found = EquipmentNotFound
    taken: ClassVar = {"uq_equipment_gym_id_serial_number_key": SerialNumberTaken}

    def list_page(
        self,
        page: PageRequest,
        *,
        sort: EquipmentSort,
        search: str | None,
        status: EquipmentStatus | None,
        category: EquipmentCategory | None,
    ) -> tuple[Sequence[Equipment], int]:
        where: list[ColumnElement[bool]] = []
        if search:
            part = fold(search)
            where.append(
                Equipment.name_key.contains(part, autoescape=True)
                | Equipment.serial_number_key.contains(part, autoescape=True)
            )
        if status is not None:
            where.append(Equipment.status == status)
        if category is not None:
            where.append(Equipment.category == category)
        return self.paginate(page, *where, order=(_ORDERS[sort], Equipment.equipment_id))
