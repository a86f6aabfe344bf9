"""What must hold before the API or its worker serves anyone in production."""

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.settings import Settings
from db.session import make_engine

_ROLE = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
_DEMO = text("select has_demo_gyms()")


class UnsafeStart(Exception):
    """One line: what is wrong and what to do."""


def read_settings() -> Settings:
    """Settings from the environment. Raises `UnsafeStart` with what to change."""
    try:
        return Settings()
    except ValidationError as error:
        reasons = "; ".join(
            ": ".join(filter(None, [".".join(map(str, item["loc"])), item["msg"]]))
            for item in error.errors(include_input=False, include_url=False)
        )
        raise UnsafeStart(reasons.replace("Value error, ", "")) from error


def check_database(settings: Settings) -> None:
    """In production, look into the database for what must not be there. Raises `UnsafeStart`."""
    if not settings.is_production:
        return
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            if connection.scalar(_ROLE):
                raise UnsafeStart(
                    "DATABASE_URL signs in as a role that row-level security does not bind;"
                    " use comeback_app"
                )
            if connection.scalar(_DEMO):
                raise UnsafeStart(
                    "the database holds demo gyms, whose sign-in is public; use a database of"
                    " your own, with SEED_MODE=off"
                )
    except SQLAlchemyError as error:
        reason = str(error).partition("\n")[0]
        raise UnsafeStart(f"the database cannot be checked: {reason}") from error
    finally:
        engine.dispose()
