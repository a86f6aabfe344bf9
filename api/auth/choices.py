"""What a form can offer: the currencies and time zones that are taken, and the largest file."""

from importlib.resources import files

from api.auth.schemas import Choices, CurrencyChoice
from api.kit.settings import Settings
from core.money import DECIMALS


def _read_time_zones() -> list[str]:
    """From the pinned zone data; the system's list has obsolete names."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return sorted({row[2] for row in rows})


# Today's names, by area and city.
_TIME_ZONES = ["UTC", *_read_time_zones()]
_CURRENCIES = [
    CurrencyChoice(code=code, decimals=decimals) for code, decimals in sorted(DECIMALS.items())
]


def list_choices(settings: Settings) -> Choices:
    return Choices(
        currencies=_CURRENCIES,
        timezones=_TIME_ZONES,
        bulk_max_bytes=settings.bulk_max_bytes,
    )
