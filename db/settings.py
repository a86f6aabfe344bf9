"""Where the database and the broker are. Other parts inherit these settings.

In production every part refuses to start with a guessable password.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Literal, Self, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

# One password per line, which the containers of PostgreSQL and pgAdmin read as well.
PLACEHOLDERS = frozenset(
    (Path(__file__).parent / "init" / "placeholders.txt").read_text("ascii").split()
)
ROLES = {
    "database_url": "comeback_app",
    "ops_database_url": "comeback_ops",
    "migrator_database_url": "comeback_migrator",
    "analyst_database_url": "comeback_analyst",
}


class UnsafeStart(Exception):
    """One line: what is wrong and what to do."""


def is_placeholder(password: str, user: str | None = None) -> bool:
    """Whether it is blank, the user's own name, or a common placeholder, in any case and with up to
    four digits after it."""
    return _bare(password) in PLACEHOLDERS | {"", _bare(user or "")}


def _bare(word: str) -> str:
    return re.sub(r"[0-9]{1,4}$", "", re.sub("[^a-z0-9]", "", word.lower()))


def name_driver(url: str) -> str:
    """Return the URL with psycopg2 named: a bare `postgresql://` means another driver since
    SQLAlchemy 2.1, and `postgres://` is not a dialect at all."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        return f"postgresql+psycopg2://{rest}"
    return url


class DatabaseSettings(BaseSettings):
    """Each part of the platform signs in to PostgreSQL as the role its URL names.

    `database_url` is `comeback_app`, bound by row-level security; `ops_database_url` is
    `comeback_ops`, which sees every gym and is for etl, ds, relay, beat and evaluation only.
    `broker_url` names RabbitMQ (amqp://) or a folder (filesystem:///path): `db/queue/broker.py`.
    """

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )
    needed: ClassVar[frozenset[str]] = frozenset()
    """What the process signs in with: in production none of them may be a default."""

    environment: Literal["development", "production"] = "development"
    database_url: str = "postgresql+psycopg2://comeback_app:comeback_app@localhost:5432/comeback"
    ops_database_url: str = (
        "postgresql+psycopg2://comeback_ops:comeback_ops@localhost:5432/comeback"
    )
    migrator_database_url: str = (
        "postgresql+psycopg2://comeback_migrator:comeback_migrator@localhost:5432/comeback"
    )
    analyst_database_url: str = (
        "postgresql+psycopg2://comeback_analyst:comeback_analyst@localhost:5432/comeback"
    )
    superuser_database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("SUPERUSER_DATABASE_URL")
    )
    broker_url: str = "amqp://comeback:comeback@localhost:5672//"

    @field_validator(
        "database_url",
        "ops_database_url",
        "migrator_database_url",
        "analyst_database_url",
        "superuser_database_url",
    )
    @classmethod
    def _name_driver(cls, url: str | None) -> str | None:
        return name_driver(url) if url else None

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.is_production and (unsafe := self.list_unsafe()):
            raise ValueError("; ".join(unsafe))
        return self

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    def list_unsafe(self) -> list[str]:
        """What must not be so in production, each with the variable and what to do."""
        return self.list_placeholders(self.model_fields_set | self.needed)

    def list_placeholders(self, names: Iterable[str]) -> list[str]:
        """Of these settings, the URLs with a guessable password."""
        names = set(names)
        found = [
            _judge_database(name, getattr(self, name), ROLES[name])
            for name in ROLES
            if name in names
        ]
        if "superuser_database_url" in names and self.superuser_database_url:
            found.append(_judge_database("superuser_database_url", self.superuser_database_url))
        if "broker_url" in names:
            found.append(_judge_broker(self.broker_url))
        return [problem for problem in found if problem]


def _judge_database(name: str, url: str, role: str | None = None) -> str | None:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return f"{name.upper()} is not the address of a database"
    if role and address.username != role:
        return f"{name.upper()} must sign in as {role} in production"
    if is_placeholder(str(address.password or ""), address.username):
        return (
            f"{name.upper()} has a placeholder password; choose one for production, and give it to"
            " the role: see .env.example"
        )
    return None


def _judge_broker(url: str) -> str | None:
    try:
        address = urlsplit(url)
        user, password = unquote(address.username or ""), unquote(address.password or "")
    except ValueError:
        return "BROKER_URL is not the address of a broker"
    if "amqp" in address.scheme and is_placeholder(password, user):
        return (
            "BROKER_URL has a placeholder password; choose one for production, and set it as"
            " RABBITMQ_PASSWORD, too"
        )
    return None


AnySettings = TypeVar("AnySettings", bound=DatabaseSettings)


def read(kind: type[AnySettings]) -> AnySettings:
    """Settings from the environment. Raises `UnsafeStart` with what to change."""
    try:
        return kind()
    except ValidationError as error:
        reasons = "; ".join(
            ": ".join(filter(None, [".".join(map(str, item["loc"])), item["msg"]]))
            for item in error.errors(include_input=False, include_url=False)
        )
        raise UnsafeStart(reasons.replace("Value error, ", "")) from error


def read_or_exit(kind: type[AnySettings], program: str) -> AnySettings:
    """For a program's start: what is wrong is its last line."""
    try:
        return read(kind)
    except UnsafeStart as refusal:
        sys.exit(f"{program}: {refusal}")


class MigratorSettings(DatabaseSettings):
    needed = frozenset({"migrator_database_url"})


class OpsSettings(DatabaseSettings):
    """Of a process that sees every gym, such as beat."""

    needed = frozenset({"ops_database_url"})

    log_level: str = "INFO"


class RelaySettings(OpsSettings):
    needed = frozenset({"ops_database_url", "broker_url"})

    relay_repeat_seconds: float = Field(
        default=30, gt=0, description="A row handed out but not claimed by then is handed out again"
    )
