"""How the demo data are made. The only reader of the environment in `etl/`."""

from enum import StrEnum

from db.settings import OpsSettings


class SeedMode(StrEnum):
    """`IF_EMPTY` also continues existing demo gyms up to the present."""

    IF_EMPTY = "if-empty"
    RESET = "reset"
    OFF = "off"


class SeedSettings(OpsSettings):
    seed_mode: SeedMode = SeedMode.IF_EMPTY
    seed: int = 7
