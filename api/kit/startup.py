"""What must hold before the API or its worker serves anyone in production, and what is only
logged."""

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.kit.settings import Settings
from db.session import make_engine
from db.settings import UnsafeStart as UnsafeStart
from db.settings import read
from db.zone_offsets import find_read_differently

log = logging.getLogger(__name__)

_ROLE = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
_DEMO = text("select has_demo_gyms()")
_ZONES = text("select time_zones_in_use()")


def read_settings() -> Settings:
    """Settings from the environment. Raises `UnsafeStart` with what to change."""
    return read(Settings)


def check_database(settings: Settings) -> None:
    """In production, check the database for what must not be there. Raises `UnsafeStart`."""
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


def report_time_zones(settings: Settings) -> None:
    """Log each gym's time zone that Python and the database read differently.

    It does not stop the start: other gyms are right, and a gym of such a zone can choose another
    one through the API.
    """
    engine = make_engine(settings.database_url, pool_size=1, statement_timeout_ms=0)
    try:
        with engine.connect() as connection:
            zones = connection.execute(_ZONES).scalars().all()
            differing = find_read_differently(connection, zones)
    except SQLAlchemyError as error:
        log.warning("time_zones_not_checked", extra={"error": type(error).__name__})
        return
    finally:
        engine.dispose()
    for zone in differing:
        log.error(
            "time_zone_differs",
            extra={
                "timezone": zone,
                "means": "the database has other rules for this time zone than the platform, and"
                " counts visits of its gyms on wrong days",
                "remedy": "bring the time zone data of the database server up to date and restart"
                " it, or let these gyms choose another time zone: docs/operations.md, Time zones",
            },
        )
