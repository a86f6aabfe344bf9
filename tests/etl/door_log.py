"""A simulated door log in the form real ones have, and a plain reading of what it says."""

import os
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = "Europe/Copenhagen"
HEADER = "member,entered_at,token_type"
DOUBLE_TAP = timedelta(minutes=10)

Tap = tuple[str, datetime]


def simulate_taps(*, seed: int, members: int = 40, days: int = 60) -> list[Tap]:
    """Entries of two months over a change of summer time, some of them tapped several times."""
    chance = random.Random(seed)
    first = datetime(2024, 2, 15, 6, 0, tzinfo=ZoneInfo(ZONE))
    taps: list[Tap] = []
    for number in range(members):
        for day in range(days):
            if chance.random() > 0.3:
                continue
            at = first + timedelta(days=day, seconds=chance.randrange(15 * 3600))
            taps.append((str(3500 + number), at))
            while chance.random() < 0.15:
                at += timedelta(seconds=chance.choice([4, 9, 55, 300, 599, 600, 601, 5400]))
                taps.append((str(3500 + number), at))
    return sorted(taps, key=lambda tap: tap[1].astimezone(UTC))


def write_log(taps: Iterable[Tap]) -> bytes:
    lines = [HEADER, *(f"{number},{at.isoformat()},1" for number, at in taps)]
    return ("\n".join(lines) + "\n").encode()


def read_log(path: Path) -> list[Tap]:
    taps = []
    for line in path.read_text().splitlines()[1:]:
        number, entered_at, _ = line.split(",")
        taps.append((number, datetime.fromisoformat(entered_at)))
    return taps


def count_visits(taps: Iterable[Tap]) -> dict[str, list[datetime]]:
    """The visits of each member: a tap within ten minutes of the tap before it is none."""
    by_member: dict[str, list[datetime]] = defaultdict(list)
    for number, at in taps:
        by_member[number].append(at.astimezone(UTC))
    visits = {}
    for number, instants in by_member.items():
        instants.sort()
        visits[number] = [
            at
            for before, at in zip([None, *instants], instants, strict=False)
            if before is None or at - before > DOUBLE_TAP
        ]
    return visits


def find_real_log() -> Path | None:
    """A real gym's log, where there is one: in COMEBACK_DATA, or beside the project."""
    given = os.environ.get("COMEBACK_DATA")
    folder = Path(given) if given else Path(__file__).parents[2].parent / "shared" / "data"
    path = folder / "door_log.csv"
    return path if path.is_file() else None
