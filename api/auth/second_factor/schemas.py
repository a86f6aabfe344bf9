from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.auth.schemas import Code, TypedPassword
from api.kit.schemas import Body, Schema


class SecondFactorState(Schema):
    is_on: bool = Field(description="Signing in asks for a code as well")
    since: datetime | None
    recovery_codes_left: int


class EnrolRequest(Body):
    """Your password, again: a session that was left open must not change how you sign in."""

    current_password: TypedPassword


class Enrolment(Schema):
    """What an app for codes needs. Shown this once; nothing is asked for before a code of it was
    given at /auth/second-factor/confirm."""

    secret: str = Field(description="To be typed into the app, base32")
    uri: str = Field(description="The same as an otpauth:// address")
    qr_svg: str = Field(description="That address as a QR code, for the app's camera")


class ConfirmRequest(Body):
    code: Annotated[Code, Field(description="The six digits that the app shows now")]


class RecoveryCodes(Schema):
    """Shown this once. Each replaces a code of the app, once."""

    recovery_codes: list[str] = Field(examples=[["ABCD-EFGH-JKLM-NPQR"]])


class DisableRequest(Body):
    current_password: TypedPassword
    code: Annotated[Code, Field(description="Of the app, or a recovery code")]
