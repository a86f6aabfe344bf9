"""Hours of the week in bodies: people write clock times, `core.weekly_hours` counts minutes."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, Strict

from api.kit.schemas import Body, Text
from core.translation import t
from core.weekly_hours import MINUTES_A_DAY, Hours, find_overlap, write_clock

MAX_HOURS = 28
"""Four a day are more than any place has."""

ClockTime = Annotated[str, Text(5, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class HoursItem(Body):
    """From one clock time to another on one weekday."""

    weekday: Annotated[int, Field(ge=0, le=6, description="0 is Monday"), Strict()]
    opens: ClockTime = Field(examples=["06:00"])
    closes: ClockTime = Field(
        description="Earlier than `opens`: on the next day; the same: a whole day later",
        examples=["22:00"],
    )

    @classmethod
    def of(cls, hours: Hours) -> Self:
        return cls(
            weekday=hours.weekday,
            opens=write_clock(hours.opens),
            closes=write_clock(hours.closes),
        )

    def to_hours(self) -> Hours:
        opens, closes = _read_clock(self.opens), _read_clock(self.closes)
        return Hours(self.weekday, opens, closes if closes > opens else closes + MINUTES_A_DAY)


def _check_overlap(items: list[HoursItem]) -> list[HoursItem]:
    found = find_overlap(item.to_hours() for item in items)
    if found:
        one, other = map(HoursItem.of, found)
        raise ValueError(
            t(
                "{one} and {other} overlap. Make one of them.",
                one=f"{one.opens}–{one.closes}",
                other=f"{other.opens}–{other.closes}",
            )
        )
    return items


WeeklyHours = Annotated[
    list[HoursItem],
    Field(max_length=MAX_HOURS, description="None: always open"),
    AfterValidator(_check_overlap),
]


def write_hours(hours: Iterable[Hours]) -> list[HoursItem]:
    return [HoursItem.of(one) for one in sorted(hours)]


def _read_clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
