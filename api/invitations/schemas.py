from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from api.auth.schemas import NewPassword, Secret
from api.kit.schemas import Body, Email, Key, Schema
from api.team.schemas import PersonName
from core.translation import t
from db.models import Role

InvitedRole = Literal[Role.ADMIN, Role.RECEPTIONIST, Role.TRAINER, Role.MEMBER]
LinkSecret = Annotated[
    Secret, Field(description="What stands behind the # of the link", examples=["dGhpcyBpcyBub3Q"])
]


class InvitationCreate(Body):
    """Who is to sign in at the gym, and as what. A member is invited to their own account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "rita@example.com", "role": "receptionist"}]}
    )

    email: Email = Field(description="Where the link goes, and what they sign in with")
    role: InvitedRole
    member_id: Key | None = Field(default=None, description="With the role `member` only")

    @model_validator(mode="after")
    def _require_member(self) -> Self:
        if (self.role is Role.MEMBER) != (self.member_id is not None):
            raise ValueError(t("Send member_id with the role member, and with no other."))
        return self


class InvitationItem(Schema):
    """An invitation that was neither accepted nor revoked."""

    invitation_id: int
    email: str = Field(examples=["rita@example.com"])
    role: Role
    member_id: int | None = Field(description="Whose account it is to be, if a member's")
    invited_by: str = Field(description="Name of who invited", examples=["Ana Lima"])
    created_at: datetime
    expires_at: datetime
    is_expired: bool = Field(description="The link does not work any more: invite again")


class InvitationPreviewRequest(Body):
    """The secret of a link, in the body: it is to stand in no log of addresses."""

    token: LinkSecret


class InvitationPreview(Schema):
    """What somebody is invited to. Looking changes nothing."""

    gym_name: str = Field(examples=["Riverside Gym"])
    email: str = Field(description="What they will sign in with", examples=["rita@example.com"])
    role: Role
    invited_by: str = Field(examples=["Ana Lima"])
    expires_at: datetime


class InvitationAcceptRequest(Body):
    """The person's own name and password. Gym, address and role are the invitation's."""

    token: LinkSecret
    name: PersonName
    password: NewPassword = Field(
        description="12 to 128 characters", examples=["quiet-river-at-dawn"]
    )


class InvitationAccepted(Schema):
    """There is an account now: sign in with the address and the password."""

    user_id: int
    gym_name: str = Field(examples=["Riverside Gym"])
    email: str = Field(examples=["rita@example.com"])
    role: Role
