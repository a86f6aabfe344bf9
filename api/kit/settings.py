"""Settings of the API and its worker. Unsafe ones refuse to start in production."""

from pathlib import Path
from tempfile import gettempdir
from typing import Literal, Self

from pydantic import Field, model_validator

from api.kit.public_url import is_public
from core.translation import Sentence, t
from db.addresses import read_sender
from db.queue.catalogue import JOBS, NOTIFICATIONS
from db.settings import DatabaseSettings

MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 8
"""Different ones in a secret: fewer is a key held down."""
CONSOLE = "console"
"""SMTP_HOST=console prints mails instead of sending them."""


class Settings(DatabaseSettings):
    """Names are those of `.env.example`. Without `smtp_host` nothing is sent, and the dashboard
    shows so."""

    needed = frozenset({"database_url", "broker_url"})

    secret_key: str = "secret-key"  # noqa: S105 - refused in production
    previous_secret_keys: str = Field(
        default="",
        description="With commas: they open what was sealed under them, and seal nothing",
    )
    log_level: str = "INFO"
    web_url: str = "http://127.0.0.1:8501"
    public_api_url: str = "http://127.0.0.1:8000"
    cors_origins: list[str] = Field(default_factory=list)
    import_max_bytes: int = 200 * 1024 * 1024
    upload_dir: Path = Field(
        default=Path(gettempdir()) / "comeback-uploads",
        description="Files that wait for their job; the api and its workers share it",
    )
    bulk_max_bytes: int = 200 * 1024 * 1024
    bulk_json_max_bytes: int = 4 * 1024 * 1024
    bulk_json_max_rows: int = Field(default=10_000, ge=1, le=10_000)
    uploads_max_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=1, description="Of a gym's files that wait for their job"
    )
    uploads_max_files: int = Field(default=200, ge=1)
    redis_url: str | None = None
    # Requests a minute; 0 is without a limit.
    rate_limit_user: int = Field(default=600, ge=0)
    rate_limit_gym: int = Field(default=3_000, ge=0)
    rate_limit_address: int = Field(default=1_200, ge=0)

    live_seconds: int = Field(
        default=120,
        ge=0,
        le=600,
        description="After which a live stream ends, and whoever reads it shows the token again",
    )

    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_from: str | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "none"

    # Mails of a gym in 24 hours: on its first day, and however well it goes. 0 is without a limit.
    mail_daily_start: int = Field(default=50, ge=0)
    mail_daily_max: int = Field(default=5_000, ge=0)

    sms_provider: Literal["console"] | None = Field(
        default=None, description="console writes to the log; empty: no SMS is sent"
    )

    # A lease must outlast sending and the retries of writing down that a mail was sent: else
    # another worker sends the same mail while the database is unavailable.
    worker_lease_seconds: int = 45
    worker_mark_seconds: int = 30
    worker_concurrency: int = Field(default=2, ge=1)
    worker_queues: str = Field(
        default=f"{NOTIFICATIONS},{JOBS}",
        description="Which queues this worker serves, with commas",
    )

    @property
    def platform_url(self) -> str | None:
        """As whom super admins work: none in production unless OPS_DATABASE_URL says so, and then
        they cannot sign in."""
        is_given = "ops_database_url" in self.model_fields_set
        return self.ops_database_url if is_given or not self.is_production else None

    def list_unsafe(self) -> list[str]:
        found = super().list_unsafe()
        if _is_guessable(self.secret_key):
            found.insert(
                0,
                "SECRET_KEY must be a secret of 32 or more characters in production, no text that"
                " repeats itself; make one with"
                ' python -c "import secrets; print(secrets.token_urlsafe(48))"',
            )
        for name in ("public_api_url", "web_url"):
            if not is_public(getattr(self, name)):
                found.append(
                    f"{name.upper()} must be an https:// address under which everybody finds the"
                    " platform in production, since it stands in mails; not this machine's own"
                )
        return found

    @model_validator(mode="after")
    def _refuse_unknown_queue(self) -> Self:
        if not {NOTIFICATIONS, JOBS}.issuperset(self.worker_queues.split(",")):
            raise ValueError(f"WORKER_QUEUES may be {NOTIFICATIONS}, {JOBS}, or both with a comma")
        return self

    @model_validator(mode="after")
    def _refuse_short_lease(self) -> Self:
        if self.worker_lease_seconds <= self.worker_mark_seconds:
            raise ValueError("WORKER_LEASE_SECONDS must be longer than WORKER_MARK_SECONDS")
        return self

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """The one in use, then those before it that still count."""
        known = [self.secret_key, *self.previous_secret_keys.split(",")]
        return tuple(secret.strip() for secret in known if secret.strip())

    @property
    def email_problem(self) -> Sentence | None:
        """Why mail cannot be sent, or None when it can."""
        if not self.smtp_host:
            return t("Sending mail is not set up: SMTP_HOST is empty in the platform's settings.")
        if not self.smtp_from:
            return t("Sending mail is not set up: SMTP_FROM is empty in the platform's settings.")
        try:
            read_sender(self.smtp_from)
        except ValueError:
            return t("Sending mail is not set up: SMTP_FROM is not a mail address.")
        if self.smtp_host == CONSOLE and self.is_production:
            return t("Sending mail is not set up: SMTP_HOST=console only prints mails.")
        return None

    @property
    def sms_problem(self) -> Sentence | None:
        """Why no SMS can be sent, as text for the owner, or None when it can."""
        if self.sms_provider is None:
            return t("Sending SMS is not set up: SMS_PROVIDER is empty in the platform's settings.")
        if self.sms_provider == CONSOLE and self.is_production:
            return t("Sending SMS is not set up: SMS_PROVIDER=console only writes to the log.")
        return None

    @property
    def sender(self) -> str | None:
        """The bare address that mails come from; None when mail cannot be sent."""
        return None if self.email_problem else read_sender(self.smtp_from or "")


def _is_guessable(secret: str) -> bool:
    text = secret.strip()
    return (
        len(text) < MIN_SECRET_LENGTH
        or len(set(text)) < MIN_DISTINCT_CHARACTERS
        or text in (text + text)[1:-1]  # a shorter text, again and again
    )
