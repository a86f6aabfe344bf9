"""Whether a long computation leaves a transaction open, which the database would end meanwhile."""

from sqlalchemy import create_engine, text

_IDLE = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and state like 'idle in transaction%'"
)


class Computed(ValueError):
    """Raised by a computation that was only to be looked at."""


class Look:
    """Stands in for a computation: counts the open transactions and ends it."""

    def __init__(self, ops_url: str) -> None:
        self.ops_url = ops_url
        self.open: int | None = None

    def __call__(self, *arguments: object, **named: object) -> None:
        engine = create_engine(self.ops_url)
        with engine.connect() as connection:
            self.open = connection.execute(_IDLE).scalar_one()
        engine.dispose()
        raise Computed
