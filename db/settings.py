"""Where the database and the broker are. Other parts inherit what is read here."""

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    `broker_url` names RabbitMQ (amqp://) or a folder (filesystem:///path), see `db/queues.py`.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    environment: str = "development"
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

    @property
    def is_production(self) -> bool:
        return self.environment == "production"


class RelaySettings(DatabaseSettings):
    """Of the processes that sign in as ops and only move rows along: relay and beat."""

    log_level: str = "INFO"
    relay_repeat_seconds: float = Field(
        default=30, gt=0, description="A row handed out but not claimed by then is handed out again"
    )
