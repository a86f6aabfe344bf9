"""What the environment tells the ds service. The only reader of it in `ds/`."""

from pathlib import Path

from db.settings import DatabaseSettings

CSV_FOLDER = Path(__file__).parents[1] / "etl" / "data"


class ScienceSettings(DatabaseSettings):
    log_level: str = "INFO"
