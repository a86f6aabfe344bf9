"""Whoever watches the door is told who comes, by whatever way they are recorded."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.check_ins.live.desks import WAITING, Desk, Desks
from api.check_ins.live.schemas import News
from api.check_ins.statistics.schemas import Occupancy
from api.kit.deps import get_now
from api.main import create_app
from db.models import Member
from tests.fixtures.api import NOON, ApiClient, make_settings
from tests.fixtures.processes import wait_for
from tests.fixtures.serving import serve

URL = "/api/v1/check-ins"
LOCATIONS = "/api/v1/locations"
AT_ONCE = 100
KILLS = 1_000

AddMember = Callable[..., Member]


@pytest.fixture(scope="module")
def app(api_database) -> Iterator[FastAPI]:
    settings = make_settings(
        api_database, live_seconds=60, rate_limit_user=0, rate_limit_gym=0, rate_limit_address=0
    )
    app = create_app(settings)
    app.dependency_overrides[get_now] = lambda: NOON
    app.state.desks.clock = lambda: NOON
    yield app
    app.state.engine.dispose()


@pytest.fixture(scope="module")
def address(app) -> Iterator[str]:
    with serve(app) as address:
        yield address


@dataclass
class Watching:
    """What one stream has been told: (event, data, id)."""

    lines: Iterator[str]
    events: list[tuple[str, Any, str | None]] = field(default_factory=list)

    def next(self) -> tuple[str, Any, str | None]:
        told: dict[str, str] = {}
        for line in self.lines:
            name, _, value = line.partition(": ")
            if not line and "event" in told:
                return told["event"], json.loads(told["data"]), told.get("id")
            told[name] = value
        raise AssertionError("the stream has ended")

    def next_inside(self) -> int:
        event, data, _ = self.next()
        assert event == "occupancy"
        return int(data["inside"])


@contextmanager
def watch(address: str, caller: ApiClient, **headers: str) -> Iterator[Watching]:
    with httpx.stream(
        "GET",
        f"{address}{URL}/live",
        headers={"Authorization": f"Bearer {caller.token}", **headers},
        timeout=30,
    ) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Watching(answer.iter_lines())


def enter(caller: ApiClient, member: Member, **where: Any) -> Any:
    answer = caller.post(URL, json={"member_id": member.member_id, **where})
    assert answer.status_code == 201, answer.text
    return answer.json()


def expire(owner: ApiClient, member: Member) -> None:
    plan = owner.post(
        "/api/v1/membership-plans", json={"name": "Year", "duration_months": 1, "price": 40}
    ).json()
    days = {"starts_on": "2026-01-01", "ends_on": "2026-01-31"}
    whose = {"member_id": member.member_id, "plan_id": plan["plan_id"]}
    assert owner.post("/api/v1/memberships", json=whose | days).status_code == 201


def test_a_desk_is_told_what_another_one_records_with_the_same_alerts(
    address: str, receptionist: ApiClient, owner: ApiClient, add_member: AddMember
) -> None:
    mia = add_member(birth_date=NOON.date().replace(year=1990))
    expire(owner, mia)
    [location] = owner.get(LOCATIONS).json()["items"]
    owner.patch(f"{LOCATIONS}/{location['location_id']}", json={"capacity": 1})
    with watch(address, receptionist) as desk:
        assert desk.next_inside() == 0
        entry = enter(owner, mia)
        kinds = [alert["kind"] for alert in entry["alerts"]]
        assert kinds == ["membership_over", "first_visit", "birthday"]
        assert desk.next() == ("check_in", entry, str(entry["check_in_id"]))
        assert desk.next_inside() == 1
        owner.post(f"{URL}/{entry['check_in_id']}/leave", json={})
        assert desk.next_inside() == 0


def test_it_is_told_how_full_each_location_is(
    address: str, owner: ApiClient, add_member: AddMember
) -> None:
    [first] = owner.get(LOCATIONS).json()["items"]
    second = owner.post(LOCATIONS, json={"name": "Zen garden", "capacity": 12}).json()

    def fill(location: Any, inside: int) -> dict[str, Any]:
        kept = {name: location[name] for name in ("location_id", "name", "capacity")}
        return kept | {"inside": inside}

    with watch(address, owner) as desk:
        told = desk.next()
        assert told[1] == {"inside": 0, "locations": [fill(first, 0), fill(second, 0)]}
        there = {"location_id": second["location_id"]}
        entries = [enter(owner, add_member(), **where) for where in (there, {})]
        while told[1].get("inside") != 2:
            told = desk.next()
        assert told[1]["locations"] == [fill(first, 0), fill(second, 1)]
        assert owner.get(f"{URL}/occupancy").json() == told[1]
        owner.post(f"{URL}/{entries[0]['check_in_id']}/leave", json={})
        assert desk.next()[1] == {"inside": 1, "locations": [fill(first, 0), fill(second, 0)]}


def test_it_speaks_the_language_of_who_watches(
    address: str, owner: ApiClient, add_member: AddMember
) -> None:
    with (
        watch(address, owner, **{"Accept-Language": "pt-BR"}) as theirs,
        watch(address, owner) as ours,
    ):
        theirs.next_inside(), ours.next_inside()
        enter(owner, add_member())
        texts = [desk.next()[1]["alerts"][0]["text"] for desk in (theirs, ours)]
    assert texts == ["Primeira visita de todas", "First visit ever"]


def test_d_ff_26_nobody_is_told_of_another_gym(
    address: str,
    owner: ApiClient,
    other_owner: ApiClient,
    add_member: AddMember,
) -> None:
    mia = add_member()
    with watch(address, other_owner) as theirs, watch(address, owner) as ours:
        assert theirs.next_inside() == ours.next_inside() == 0
        entry = enter(owner, mia)
        assert ours.next()[1] == entry
        tom = other_owner.post("/api/v1/members", json={"name": "Tom"}).json()
        own = other_owner.post(URL, json={"member_id": tom["member_id"]}).json()
        # The first that they are told after ours is their own.
        assert theirs.next() == ("check_in", own, str(own["check_in_id"]))


def test_who_comes_back_is_told_once_what_they_missed(
    address: str, owner: ApiClient, add_member: AddMember
) -> None:
    first, second, third = (enter(owner, add_member()) for _ in range(3))
    with watch(address, owner, **{"Last-Event-ID": str(first["check_in_id"])}) as desk:
        assert [desk.next()[1] for _ in range(2)] == [second, third]
        assert desk.next_inside() == 3
        fourth = enter(owner, add_member())
        assert desk.next()[1] == fourth


def test_a_visit_that_is_written_down_later_is_no_news(
    address: str, owner: ApiClient, add_member: AddMember
) -> None:
    with watch(address, owner) as desk:
        desk.next()
        yesterday = (NOON - timedelta(days=1)).isoformat()
        owner.post(URL, json={"member_id": add_member().member_id, "check_in": yesterday})
        now = enter(owner, add_member())
        assert desk.next()[1] == now


def test_an_id_that_no_visit_can_have_is_refused(owner: ApiClient) -> None:
    for wrong in ("-1", "mia", str(2**63)):
        answer = owner.get(f"{URL}/live", headers={"Last-Event-ID": wrong})
        assert answer.status_code == 422


@pytest.mark.anyio
async def test_a_desk_that_does_not_keep_up_is_told_to_ask_anew() -> None:
    desk = Desk()
    for inside in range(WAITING + 1):
        desk.tell(News(occupancy=Occupancy(inside=inside, locations=[])))
    told = [event async for event in desk.follow(News(), seconds=5)]
    assert told[-1] == b"event: reload\ndata: {}\n\n"


@pytest.mark.anyio
async def test_a_mistake_while_looking_does_not_leave_later_desks_in_the_dark(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[list[int]] = []

    def fail(gym_ids: list[int]) -> dict[int, Decimal]:
        looks.append(gym_ids)
        raise ValueError(gym_ids)

    desks = Desks(app.state.reading_factory)
    monkeypatch.setattr(desks, "_read_versions", fail)
    watching = []
    for _ in range(2):
        watching.append(desks.join(1))
        assert desks._task is not None
        with pytest.raises(ValueError, match="1"):
            await desks._task
    assert looks == [[1], [1]]


def test_d_ff_26_a_thousand_connects_and_kills_leave_the_server_as_it_was(
    app: FastAPI, address: str, owner: ApiClient, add_member: AddMember
) -> None:
    """Killed by a reset, as a laptop that is shut, while visits go on."""
    desks: Desks = app.state.desks
    host, port = address.removeprefix("http://").split(":")
    request = (
        f"GET {URL}/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {owner.token}\r\n\r\n"
    ).encode()

    def connect(_: int) -> bool:
        with socket.create_connection((host, int(port)), timeout=60) as desk:
            desk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            desk.sendall(request)
            told = b""
            while b"event: " not in told:
                part = desk.recv(4096)
                if not part:
                    return False
                told += part
            return told.startswith(b"HTTP/1.1 200")

    before = len(list(Path("/proc/self/fd").iterdir()))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answered = threads.map(connect, range(KILLS))
        enter(owner, add_member())
        assert all(answered)
    wait_for(lambda: len(desks) == 0)
    assert httpx.get(f"{address}/health").json() == {"status": "ok"}
    wait_for(lambda: len(list(Path("/proc/self/fd").iterdir())) <= before + 10)
    with watch(address, owner) as desk:
        assert desk.next_inside() == 1
