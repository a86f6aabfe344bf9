"""Who is signed in, and the gym they work for."""

from typing import NotRequired, TypedDict


class GymOfUser(TypedDict):
    gym_id: int
    name: str
    timezone: str
    currency: str


class Me(TypedDict):
    user_id: int
    name: str | None
    email: str
    username: str
    role: str
    gym: GymOfUser | None


class Session(TypedDict):
    session: str
    max_age: int
    me: Me


class AccessToken(TypedDict):
    access_token: str
    expires_in: int
    me: NotRequired[Me]


class Organization(TypedDict):
    gym_id: int
    name: str
    username: str
    email: str
    email_confirmed: bool
    phone: str | None
    address: str | None
    timezone: str
    coming_timezone: str | None
    currency: str
    reply_to: str | None
    reply_to_confirmed: bool
    mails_daily_report: bool
    email_configured: bool
    email_ready: bool
    email_problem: str | None


class LinkMailed(TypedDict):
    address: str
    expires_at: str
