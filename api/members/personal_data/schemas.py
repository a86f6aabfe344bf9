from pydantic import ConfigDict, Field

from api.kit.schemas import Body
from api.members.schemas import Name


class EraseRequest(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "John Doe"}]})

    name: Name = Field(description="Their name, typed again to confirm")
