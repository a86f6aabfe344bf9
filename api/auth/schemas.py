"""Bodies of signing up, in and out."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from api.auth.passwords import MAX_SENT_LENGTH, MIN_LENGTH, normalise_password
from api.kit.permissions import ROLE_PERMISSIONS, Permission
from api.kit.schemas import Body, Email, Schema, Text
from api.organizations.schemas import Currency, LanguageName, Name, TimeZone, Username
from core.branding import DARK_PAGE, WHITE, Colour, make_visible, read_colour, write_colour
from core.money import DECIMALS
from core.translation import Language, t
from db.addresses import MAX_EMAIL_LENGTH
from db.models import Gym, Role, User

MAX_SECRET_LENGTH = 200
"""Characters of a refresh token or a session id; ours have 43."""


# Not Text: a password is kept as it was typed, and has a normal form of its own.
NewPassword = Annotated[
    str,
    StringConstraints(max_length=MAX_SENT_LENGTH),
    AfterValidator(normalise_password),
    # Of its normal form, which is what counts.
    Field(json_schema_extra={"minLength": MIN_LENGTH}),
]
TypedPassword = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SENT_LENGTH)]
Login = Annotated[str, Text(MAX_EMAIL_LENGTH, min_length=1)]
Secret = Annotated[str, Text(MAX_SECRET_LENGTH, min_length=1)]
Code = Annotated[str, Text(40, min_length=6), Field(examples=["492039"])]
"""Of a second factor: six digits, or a recovery code."""


class NewGym(Body):
    """A new gym and how its owner signs in."""

    name: Name = Field(description="Name of the gym", examples=["Riverside Gym"])
    username: Username = Field(description="Sign-in name of the owner", examples=["riverside"])
    email: Email = Field(description="Address of the owner", examples=["ana@example.com"])
    timezone: TimeZone = Field(default="UTC", examples=["Europe/Lisbon"])
    currency: Currency = Field(default="EUR", examples=["EUR"])
    language: LanguageName = Field(
        default=Language.ENGLISH,
        description="Of mails and reports",
        examples=["pt-BR"],
    )


class RegisterRequest(NewGym):
    """A new gym and its owner. The role and the gym are never the caller's to choose."""

    password: NewPassword = Field(
        description="12 to 128 characters", examples=["quiet-river-at-dawn"]
    )


class SuperAdminAccount(Body):
    """Who runs the platform. No route takes it: a command does."""

    email: Email
    name: Name
    password: NewPassword


class LoginRequest(Body):
    """Send `email` or `username`; either of them takes either."""

    email: Login | None = Field(default=None, examples=["ana@example.com"])
    username: Login | None = Field(default=None, examples=["riverside"])
    password: TypedPassword = Field(examples=["quiet-river-at-dawn"])
    code: Code | None = Field(
        default=None,
        description="Of the second factor, for accounts that have one",
        examples=[None],
    )

    @model_validator(mode="after")
    def _require_login(self) -> Self:
        if (self.email is None) == (self.username is None):
            raise ValueError(t("Send either email or username."))
        return self

    @property
    def login(self) -> str:
        return self.email or self.username or ""


class RefreshRequest(Body):
    refresh_token: Secret


class LogoutRequest(Body):
    refresh_token: Secret | None = Field(
        default=None, description="Ends this token and all that come from the same sign-in"
    )


class PasswordRequest(Body):
    current_password: TypedPassword
    new_password: NewPassword = Field(description="12 to 128 characters")


class ForgotRequest(Body):
    """What you sign in with."""

    login: Login = Field(description="Email address or username", examples=["ana@example.com"])


class ResetRequest(Body):
    """The secret of a mailed link, in the body: it is to stand in no log of addresses."""

    token: Secret = Field(description="What stands behind the # of the link")
    new_password: NewPassword = Field(
        description="12 to 128 characters", examples=["quiet-river-at-dawn"]
    )


class SignInItem(Schema):
    """One place where you are signed in."""

    kind: Literal["dashboard", "client"] = Field(
        description="A browser of the dashboard, or another client of the API"
    )
    id: int = Field(description="Ends it at /auth/sessions/{kind}/{id}")
    program: str | None = Field(
        description="Browser or client, as it calls itself", examples=["Firefox"]
    )
    system: str | None = Field(description="As the client calls it", examples=["Linux"])
    signed_in_at: datetime
    last_used_at: datetime = Field(description="Late by a few minutes")
    is_current: bool = Field(description="This call came by it")


class AccessToken(Schema):
    access_token: str = Field(description="Send it as `Authorization: Bearer ...`")
    token_type: str = "bearer"  # noqa: S105 - OAuth2's term, not a secret
    expires_in: int = Field(description="Seconds until the access token ends", examples=[900])


class Tokens(AccessToken):
    refresh_token: str = Field(description="Good for one use at /auth/refresh")


class Registered(Tokens):
    gym_id: int
    user_id: int


class CurrencyChoice(Schema):
    code: str = Field(description="ISO 4217", examples=["EUR"])
    decimals: int = Field(description="How many an amount has", examples=[2])


class Choices(Schema):
    """What a form can offer. Nothing else is taken."""

    currencies: list[CurrencyChoice]
    timezones: list[str] = Field(description="Names of the IANA list in use today")
    bulk_max_bytes: int = Field(description="Of a file of bulk check-ins")


class BrandColours(Schema):
    """The gym's colour, darker or lighter where it would not be seen."""

    on_light: str = Field(description="For a light page, as #rrggbb", examples=["#b3261e"])
    on_dark: str = Field(description="For a dark page, as #rrggbb", examples=["#d4564f"])


class OwnGym(Schema):
    gym_id: int
    name: str = Field(examples=["Riverside Gym"])
    timezone: str = Field(examples=["Europe/Lisbon"])
    currency: str = Field(examples=["EUR"])
    language: Language = Field(examples=["pt-BR"])
    currency_decimals: int = Field(description="How many an amount has", examples=[2])
    colours: BrandColours | None = Field(description="Null for a gym that chose no colour")
    logo_id: int | None = Field(
        description="Another one for each logo; null without one: see `GET /organizations/me/logo`",
        examples=[None],
    )
    suspended_reason: str | None = Field(
        description="Why nothing in the gym can be changed; null if it is not suspended",
        examples=[None],
    )


class Me(Schema):
    """Who is signed in."""

    user_id: int
    name: str = Field(examples=["Ana Lima"])
    email: str = Field(examples=["ana@example.com"])
    username: str | None = Field(examples=["riverside"])
    role: Role
    permissions: list[Permission] = Field(description="What this role may do")
    gym: OwnGym | None = Field(description="A super admin has none")


class DashboardSignIn(Schema):
    session: str = Field(description="Opaque id for the dashboard's cookie")
    max_age: int = Field(description="Seconds until the session ends", examples=[2_592_000])
    me: Me


class SessionToken(AccessToken):
    me: Me


def to_me(user: User, gym: Gym | None, *, logo_id: int | None) -> Me:
    return Me(
        user_id=user.user_id,
        name=user.name,
        email=user.email,
        username=user.username,
        role=user.role,
        permissions=sorted(ROLE_PERMISSIONS[Role(user.role)]),
        gym=None if gym is None else _to_own_gym(gym, logo_id),
    )


def _to_own_gym(gym: Gym, logo_id: int | None) -> OwnGym:
    return OwnGym(
        gym_id=gym.gym_id,
        name=gym.name,
        timezone=gym.timezone,
        currency=gym.currency,
        currency_decimals=DECIMALS[gym.currency],
        language=Language(gym.language),
        colours=None if gym.brand_colour is None else _to_colours(read_colour(gym.brand_colour)),
        logo_id=logo_id,
        suspended_reason=gym.suspended_reason,
    )


def _to_colours(colour: Colour) -> BrandColours:
    return BrandColours(
        on_light=write_colour(make_visible(colour, on=WHITE)),
        on_dark=write_colour(make_visible(colour, on=DARK_PAGE)),
    )
