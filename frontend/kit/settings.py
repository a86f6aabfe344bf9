"""The dashboard's settings, from its environment."""

from functools import cache
from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore")

    environment: str = "development"
    api_url: str = "http://127.0.0.1:8000"
    web_url: str = "http://127.0.0.1:8501"
    cookie_secure_choice: bool | None = Field(
        default=None, validation_alias=AliasChoices("COOKIE_SECURE")
    )

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.environment == "production" and not self.is_https:
            raise ValueError("WEB_URL must be an https:// address in production")
        return self

    @property
    def is_https(self) -> bool:
        return self.web_url.startswith("https://")

    @property
    def cookie_secure(self) -> bool:
        """Follows the public address unless COOKIE_SECURE says otherwise."""
        return self.is_https if self.cookie_secure_choice is None else self.cookie_secure_choice

    @property
    def cookie_name(self) -> str:
        # Browsers accept a __Host- cookie only over https, for this host and for every path, so
        # no neighbouring subdomain can plant one.
        return "__Host-comeback_session" if self.cookie_secure else "comeback_session"

    @property
    def hosts(self) -> frozenset[str]:
        """Host names of the dashboard; any other one is a rebinding attempt."""
        return frozenset({"127.0.0.1", "localhost", "::1", urlsplit(self.web_url).hostname or ""})


@cache
def settings() -> Settings:
    return Settings()
