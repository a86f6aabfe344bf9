from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.check_ins.door_codes.schemas import DoorCodeText
from api.kit.schemas import Body, Key, Schema, Text


class KioskCreate(Body):
    """A device that scans members' codes at a location's door."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Front door", "location_id": 1}]}
    )

    name: Annotated[str, Text(100, min_length=1)]
    location_id: Key


class KioskItem(Schema):
    kiosk_id: int
    name: str
    location_id: int
    created_at: datetime


class KioskCreated(KioskItem):
    key: str = Field(description="Shown here once; only its hash is kept")


class KioskScanRequest(Body):
    """What the kiosk has read; nothing else of it is believed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "CB1.1.1.1.17KZQ5.MFRGGZDFMZTWQ2LKNNWG23TP"}]}
    )

    code: DoorCodeText


class KioskEntry(Schema):
    """What a screen at the door may show: nothing of a membership."""

    check_in_id: int
    member_name: str
    check_in: datetime
