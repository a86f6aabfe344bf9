"""What the environment tells the ds service. The only reader of it in `ds/`."""

from pathlib import Path

from pydantic import Field

from db.settings import DatabaseSettings

CSV_FOLDER = Path(__file__).parents[1] / "etl" / "data"


class ScienceSettings(DatabaseSettings):
    log_level: str = "INFO"
    poll_seconds: float = Field(
        default=60, gt=0, description="How often --every-night looks for gyms that are due"
    )
    heartbeat_file: Path | None = Field(
        default=None, description="Touched by --every-night each time it has looked"
    )
