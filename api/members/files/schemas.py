from datetime import datetime

from pydantic import Field

from api.kit.schemas import Schema


class DocumentItem(Schema):
    file_id: int
    name: str = Field(description="What the sender called it", examples=["contract.pdf"])
    content_type: str = Field(description="By its content", examples=["application/pdf"])
    size: int = Field(description="Bytes")
    sender: str = Field(description="Name of who sent it")
    created_at: datetime
