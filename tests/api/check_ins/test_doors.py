"""Single, in bulk or in a file: what one door believes of a visit the others believe too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.limits import MAX_CLOCK_AHEAD, MAX_METHOD_LENGTH, MAX_VISIT
from db.models import Gym
from tests.api.check_ins.bulk.uploads import Bulk, write_csv
from tests.fixtures.api import NOON, ApiClient

SECOND = timedelta(seconds=1)
Row = dict[str, str]


def enter(owner: ApiClient, _bulk: Bulk, row: Row) -> bool:
    [member] = owner.get("/api/v1/members").json()["items"]
    leaves = row.pop("check_out", None)
    made = owner.post("/api/v1/check-ins", json={"member_id": member["member_id"], **row})
    if leaves is None or made.status_code != 201:
        return bool(made.status_code == 201)
    left = f"/api/v1/check-ins/{made.json()['check_in_id']}/leave"
    return bool(owner.post(left, json={"check_out": leaves}).status_code == 200)


def send_many(owner: ApiClient, bulk: Bulk, row: Row) -> bool:
    job = bulk.load(owner, write_csv([("1", *row.values())], ("number", *row)))
    loaded: int = job["progress"]["loaded"]
    return loaded == 1


def bring_in(owner: ApiClient, _bulk: Bulk, row: Row) -> bool:
    content = write_csv([("1", *row.values())], ("number", *row))
    answer = owner.post(
        "/api/v1/imports", data={"kind": "visits"}, files={"file": ("a.csv", content)}
    ).json()
    [visit] = owner.get("/api/v1/check-ins").json()["items"] or [{}]
    # An exit that cannot be is left out of a file, which may be years old.
    return bool(answer["loaded"]) and bool(visit["check_out"]) == ("check_out" in row)


@pytest.mark.parametrize("door", [enter, send_many, bring_in])
@pytest.mark.parametrize(
    ("row", "is_taken"),
    [
        ({"check_in": (NOON + MAX_CLOCK_AHEAD).isoformat()}, True),
        ({"check_in": (NOON + MAX_CLOCK_AHEAD + SECOND).isoformat()}, False),
        ({"check_in": "2026-11-10T10:00:00Z", "method": "x" * MAX_METHOD_LENGTH}, True),
        ({"check_in": "2026-11-10T10:00:00Z", "method": "x" * (MAX_METHOD_LENGTH + 1)}, False),
        (
            {
                "check_in": (NOON - 2 * MAX_VISIT).isoformat(),
                "check_out": (NOON - MAX_VISIT).isoformat(),
            },
            True,
        ),
        (
            {
                "check_in": (NOON - 2 * MAX_VISIT).isoformat(),
                "check_out": (NOON - MAX_VISIT + SECOND).isoformat(),
            },
            False,
        ),
    ],
    ids=["ahead", "too far ahead", "label", "long label", "a day", "longer than a day"],
)
def test_every_door_believes_the_same(
    owner: ApiClient,
    gym: Gym,
    bulk: Bulk,
    add_members: Callable[[Gym, int], None],
    door: Callable[..., bool],
    row: dict[str, Any],
    is_taken: bool,
) -> None:
    add_members(gym, 1)
    assert door(owner, bulk, dict(row)) is is_taken


def test_a_bare_code_with_a_long_column_is_no_longer_than_a_label(owner: ApiClient) -> None:
    content = write_csv([("1", "2026-11-10T10:00:00Z", "7" * 40)], ("number", "time", "m" * 50))
    mapping = '{"number": "number", "check_in": "time", "method": "' + "m" * 50 + '"}'
    owner.post(
        "/api/v1/imports",
        data={"kind": "visits", "mapping": mapping},
        files={"file": ("a.csv", content)},
    )
    [visit] = owner.get("/api/v1/check-ins").json()["items"]
    assert visit["method"] == ("m" * 40 + " " + "7" * 40)[:MAX_METHOD_LENGTH]
