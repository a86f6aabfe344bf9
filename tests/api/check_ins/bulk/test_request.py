"""Who may send how much, and what is left behind when a request is refused or repeated."""

import asyncio
import errno
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.kit.deps import get_settings
from db.models import Gym, Role
from tests.api.check_ins.bulk.uploads import URL, Bulk, counts, write_csv
from tests.fixtures.api import ApiClient, SignInAs

LIMIT = 100_000
ROW = b"1,2026-11-16T08:00:00Z\n"
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nnumber,check_in\n'
)
TAIL = b"\r\n--x--\r\n"
CONTENT = write_csv([("1", "2026-11-16T08:00:00Z", "", "")])
JSON_ROW = {"number": "1", "check_in": "2026-11-16T08:00:00Z"}


@pytest.fixture(autouse=True)
def _members(gym: Gym, add_members: Callable[[Gym, int], None]) -> None:
    add_members(gym, 2)


@pytest.fixture
def small_limits(api_app: FastAPI) -> None:
    settings = api_app.state.settings.model_copy(
        update={"bulk_max_bytes": LIMIT, "bulk_json_max_rows": 3}
    )
    api_app.dependency_overrides[get_settings] = lambda: settings


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 202),
        (Role.ADMIN, 202),
        (Role.RECEPTIONIST, 202),
        (Role.TRAINER, 403),
        (Role.MEMBER, 403),
    ],
)
def test_who_may_record_many(sign_in_as: SignInAs, role: Role, status: int) -> None:
    caller = sign_in_as(role)
    assert caller.post(URL, json={"check_ins": [JSON_ROW]}).status_code == status
    assert caller.post(URL, files={"file": ("a.csv", CONTENT)}).status_code == status


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"check_in": "2026-11-16T08:00:00"}, "check_ins.1"),
        ({**JSON_ROW, "member_id": 1}, "check_ins.1"),
        ({"number": "1"}, "check_ins.1.check_in"),
        ({"number": "1", "check_in": "x"}, "check_ins.1.check_in"),
        ({**JSON_ROW, "unknown": 1}, "check_ins.1.unknown"),
        ({**JSON_ROW, "member_id": 2**63}, "check_ins.1.member_id"),
        ({**JSON_ROW, "method": ""}, "check_ins.1.method"),
        (7, "check_ins.1"),
    ],
)
def test_json_of_another_form_is_refused_as_a_whole(
    owner: ApiClient, gym: Gym, bulk: Bulk, row: Any, field: str
) -> None:
    answer = owner.post(URL, json={"check_ins": [JSON_ROW, row]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert bulk.files(gym.gym_id) == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"check_ins": []}', b"\xff", b"x"])
def test_what_is_no_json_is_refused(owner: ApiClient, gym: Gym, bulk: Bulk, body: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = owner.post(URL, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 422, answer.text
    assert bulk.files(gym.gym_id) == []


@pytest.mark.usefixtures("small_limits")
def test_json_takes_so_many_rows(owner: ApiClient) -> None:
    assert owner.post(URL, json={"check_ins": [JSON_ROW] * 3}).status_code == 202
    answer = owner.post(URL, json={"check_ins": [JSON_ROW] * 4})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")


def test_ten_thousand_rows_of_json_fit(owner: ApiClient, gym: Gym, bulk: Bulk) -> None:
    row = {"number": "1", "check_in": "2026-11-16T08:00:00.000000+00:00", "method": "x" * 60}
    row |= {"check_out": "2026-11-16T09:00:00.000000+00:00"}
    answer = owner.post(URL, json={"check_ins": [row] * 10_000})
    assert answer.status_code == 202
    bulk.work(gym.gym_id, answer.json()["job_id"])
    job = owner.get(answer.headers["location"]).json()
    assert counts(job) == (10_000, 1, 9_999, 0, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"check_ins":[' + b"1," * 60_000 + b"1]}", "too_many_rows"),
        (
            b'{"check_ins":[{' + b",".join(b'"%d":1' % n for n in range(25_000)) + b"}]}",
            "invalid",
        ),
    ],
)
def test_mistakes_without_number_are_not_all_told(owner: ApiClient, body: bytes, code: str) -> None:
    """Four megabytes of them took nearly five gigabytes and a minute to tell."""
    answer = owner.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert len(answer.content) < 1_000


def test_rows_that_all_make_a_mistake_are_told_the_first_of_them(owner: ApiClient) -> None:
    answer = owner.post(URL, json={"check_ins": [{"number": "1"}] * 2_000})
    assert len(answer.json()["errors"]) == 100
    assert answer.json()["errors"][99]["field"] == "check_ins.99.check_in"


@pytest.mark.parametrize("way", ["files", "json"])
def test_without_room_on_the_disk_it_is_said_so_and_nothing_is_left(
    owner: ApiClient,
    gym: Gym,
    bulk: Bulk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    def refuse(_file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/place")

    monkeypatch.setattr("api.check_ins.bulk.files.os.fsync", refuse)
    sent: Any = {"file": ("a.csv", CONTENT)} if way == "files" else {"check_ins": [JSON_ROW]}
    answer = owner.post(URL, **{way: sent})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
    assert answer.headers["retry-after"] == "60"
    assert bulk.files(gym.gym_id) == []
    assert owner.get("/api/v1/jobs").json()["total"] == 0
    [line] = [record for record in caplog.records if record.message == "upload_not_stored"]
    assert line.__dict__["error"] == "OSError No space left on device"


def test_a_folder_that_cannot_be_written_to_is_said_so(
    api_app: FastAPI, owner: ApiClient, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    settings = api_app.state.settings.model_copy(update={"upload_dir": tmp_path / "taken"})
    api_app.dependency_overrides[get_settings] = lambda: settings
    answer = owner.post(URL, files={"file": ("a.csv", CONTENT)})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")


def test_json_beyond_four_megabytes_is_not_read(owner: ApiClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert owner.post(URL, content=b" " * (4 << 20), headers=headers).status_code == 422
    assert owner.post(URL, content=b" " * ((4 << 20) + 1), headers=headers).status_code == 413


def send(
    app: FastAPI, token: str | None, pieces: Iterator[bytes], *, breaks_off: bool = False
) -> tuple[int, int]:
    """Play the server: the status, and how many bytes the application took. Who `breaks_off` is
    gone after the pieces, which are not all that was meant."""
    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"host", b"test")]
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    status = taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        piece = next(pieces, None)
        taken += len(piece or b"")
        if breaks_off and piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def answer(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "path": URL, "raw_path": URL.encode(), "query_string": b"", "headers": headers,
        "scheme": "http", "server": ("test", 80), "client": ("test", 1), "root_path": "",
        "state": {},
    }  # fmt: skip
    asyncio.run(app(scope, receive, answer))
    return status, taken


def endless() -> Iterator[bytes]:
    yield HEAD
    while True:
        yield ROW * 500


@pytest.mark.usefixtures("small_limits")
def test_an_endless_file_is_cut_off_at_the_limit_and_leaves_nothing(
    api_app: FastAPI, owner: ApiClient, gym: Gym, bulk: Bulk
) -> None:
    status, taken = send(api_app, owner.token, endless())
    assert status == 413
    assert taken <= LIMIT + 64 * 1024 + 20_000
    assert bulk.files(gym.gym_id) == []


@pytest.mark.parametrize("pieces", [[], [HEAD], [HEAD, ROW * 50_000]], ids=len)
def test_an_upload_that_breaks_off_leaves_nothing(
    api_app: FastAPI,
    owner: ApiClient,
    gym: Gym,
    bulk: Bulk,
    caplog: pytest.LogCaptureFixture,
    pieces: list[bytes],
) -> None:
    send(api_app, owner.token, iter(pieces), breaks_off=True)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert bulk.files(gym.gym_id) == []
    assert owner.get("/api/v1/jobs").json()["total"] == 0


def test_nothing_is_read_for_who_may_not_send(api_app: FastAPI, trainer: ApiClient) -> None:
    assert send(api_app, None, endless()) == (401, 0)
    assert send(api_app, trainer.token, endless()) == (403, 0)


def test_a_large_file_goes_straight_to_its_place_and_holds_no_connection(
    api_app: FastAPI, owner: ApiClient, gym: Gym, bulk: Bulk
) -> None:
    seen: list[tuple[int, int]] = []

    def pieces() -> Iterator[bytes]:
        yield HEAD
        for _ in range(5):
            yield ROW * 20_000
            [path] = [bulk.folder / name for name in bulk.files(gym.gym_id)]
            size = len(path.read_bytes().rstrip(b"\0"))
            seen.append((api_app.state.engine.pool.checkedout(), size))
        yield TAIL

    assert send(api_app, owner.token, pieces())[0] == 202
    assert {held for held, _ in seen} == {0}
    assert seen[-1][1] > 4 * 20_000 * len(ROW) - (1 << 20)
    (name,) = bulk.files(gym.gym_id)
    assert (bulk.folder / name).stat().st_mode & 0o077 == 0


def test_the_name_a_client_gives_is_no_path(owner: ApiClient, gym: Gym, bulk: Bulk) -> None:
    owner.post(URL, files={"file": ("../../etc/passwd", CONTENT)})
    (name,) = bulk.files(gym.gym_id)
    assert name.startswith(f"check-ins-{gym.gym_id}-")
    assert (
        owner.post(URL, data={"kind": "visits"}, files={"file": ("a", CONTENT)}).status_code == 422
    )
    assert owner.post(URL, files={"other": ("a", CONTENT)}).status_code == 422
    assert len(bulk.files(gym.gym_id)) == 1


def test_the_same_key_twice_is_one_job_and_one_file(owner: ApiClient, gym: Gym, bulk: Bulk) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    first = owner.post(URL, files={"file": ("a.csv", CONTENT)}, headers=headers)
    again = owner.post(URL, files={"file": ("a.csv", CONTENT)}, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json()
    assert len(bulk.files(gym.gym_id)) == 1
    other = owner.post(URL, files={"file": ("a.csv", CONTENT + "2\r\n")}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(bulk.files(gym.gym_id)) == 1
    assert owner.get("/api/v1/jobs").json()["total"] == 1
