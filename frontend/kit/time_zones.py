"""The time zones that a gym can choose: today's names, by area and city, and UTC."""

from importlib.resources import files


def _read_names() -> list[str]:
    """From the pinned zone data; the system's list has obsolete names."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return sorted({row[2] for row in rows})


TIMEZONES = ["UTC", *_read_names()]
