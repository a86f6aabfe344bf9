"""A gym's zone is one that Python and the database read alike."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import Connection, Engine, text

from db import zone_offsets
from db.zone_offsets import Stretch, find_read_differently, list_local_offsets, list_stretches


@pytest.fixture
def connection(app_engine: Engine):
    with app_engine.connect() as connection:
        yield connection


@pytest.mark.parametrize("zone", ["CET", "EET", "MET", "WET"])
def test_a_name_that_the_database_takes_for_an_abbreviation_is_read_differently(
    connection: Connection, zone: str
) -> None:
    assert find_read_differently(connection, [zone]) == [zone]


def test_cities_and_their_older_names_are_read_alike(connection: Connection) -> None:
    zones = ["Europe/Berlin", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "UTC"]
    older = ["Asia/Calcutta", "US/Eastern", "GB", "Europe/Kiev"]
    assert find_read_differently(connection, zones + older) == []


def test_a_zone_that_the_database_does_not_know_is_no_error(connection: Connection) -> None:
    zones = ["Europe/Berlin", "Nowhere/Atlantis", "'; drop table users"]
    assert find_read_differently(connection, zones) == sorted(zones[1:])


@pytest.mark.parametrize("moved", [timedelta(hours=1), timedelta(days=-200)])
@pytest.mark.parametrize("which", [20, -3])
def test_one_change_of_clocks_at_another_time_is_seen(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, which: int, moved: timedelta
) -> None:
    """As after a government's decision that only the newer zone data know."""
    stretches = list(list_stretches("Europe/Berlin"))
    one, other = stretches[which], stretches[which + 1]
    stretches[which] = one._replace(until=one.until + moved)
    stretches[which + 1] = other._replace(since=one.until + moved)
    monkeypatch.setattr(zone_offsets, "list_stretches", lambda _zone: stretches)
    assert find_read_differently(connection, ["Europe/Berlin"]) == ["Europe/Berlin"]


def test_every_day_is_compared_not_only_changes_that_python_knows(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Stretch(
        datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), timedelta(hours=1)
    )
    monkeypatch.setattr(zone_offsets, "list_stretches", lambda _zone: [whole])
    assert find_read_differently(connection, ["Europe/Berlin"]) == ["Europe/Berlin"]
    assert find_read_differently(connection, ["Etc/GMT-1"]) == []


def test_sql_reads_local_times_by_python_s_offsets(connection: Connection) -> None:
    """Any zone, any time; the hours around each change most of all."""
    chance = random.Random(7)
    zones = [
        *chance.sample(sorted(available_timezones()), 12),
        "Africa/Casablanca",
        "America/St_Johns",
    ]
    for zone in zones:
        offsets = list_local_offsets(zone)
        moments = [at + timedelta(minutes=10 * n) for at in offsets.changes for n in range(-15, 15)]
        moments += [
            datetime(1990, 1, 2) + timedelta(minutes=chance.randrange(20_000_000))  # noqa: DTZ001
            for _ in range(100)
        ]
        read = connection.execute(
            text(
                "select moment - (cast(:ahead as interval[]))"
                "[width_bucket(moment, cast(:changes as timestamp[])) + 1]"
                " from unnest(cast(:moments as timestamp[])) moment"
            ),
            {"moments": moments, **offsets._asdict()},
        )
        right = [
            at.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None)
            for at in moments
        ]
        assert list(read.scalars()) == right, zone
