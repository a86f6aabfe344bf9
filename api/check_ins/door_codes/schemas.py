from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.check_ins.schemas import OverrideReason
from api.kit.schemas import Body, Key, Schema, Text

DoorCodeText = Annotated[str, Text(200, min_length=1)]
"""What a scanner has read, whatever that was."""


class DoorCodeItem(Schema):
    code: str
    qr_svg: str = Field(description="The code as a QR code, for `<img>` or inline")
    starts_at: datetime
    ends_at: datetime = Field(description="From here on the next one is the newest")


class DoorCodes(Schema):
    codes: list[DoorCodeItem] = Field(
        description="The one of now and those that follow it: two minutes without a network"
    )


class ScanRequest(Body):
    """A member's code, as the desk has scanned it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "CB1.1.1.1.17KZQ5.MFRGGZDFMZTWQ2LKNNWG23TP"}]}
    )

    code: DoorCodeText
    location_id: Key | None = Field(
        default=None, description="Where; the gym's only location when left out"
    )
    override_reason: OverrideReason | None = None
