"""Settings of the ds service, from the environment. The only reader of it in `ds/`."""

from pathlib import Path

from db.settings import OpsSettings

CSV_FOLDER = Path(__file__).parents[1] / "etl" / "data"


class ScienceSettings(OpsSettings):
    """Of the commands, which need no broker."""


class WorkerSettings(ScienceSettings):
    needed = frozenset({"ops_database_url", "broker_url"})
