"""The size limit holds while the file is still coming, and nobody unknown gets a byte in."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from api.kit.deps import get_settings
from api.kit.settings import Settings
from db.models import Role
from tests.fixtures.api import ApiClient, SignInAs

LIMIT = 200_000
URL = "/api/v1/imports"
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nmembers\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nnumber,name\n'
)
TAIL = b"\r\n--x--\r\n"


@pytest.fixture(autouse=True)
def small_limit(api_app: FastAPI) -> None:
    settings = api_app.state.settings.model_copy(update={"import_max_bytes": LIMIT})
    api_app.dependency_overrides[get_settings] = lambda: settings


class Sender:
    """Plays the server to the application: hands out a body piece by piece, and counts."""

    def __init__(self, app: FastAPI, token: str | None) -> None:
        self.app = app
        self.token = token
        self.sent = 0
        self.status = 0

    def send(self, pieces: Iterator[bytes], *, announced: int | None = None) -> int:
        headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"host", b"test")]
        if self.token:
            headers.append((b"authorization", f"Bearer {self.token}".encode()))
        if announced is not None:
            headers.append((b"content-length", str(announced).encode()))

        async def receive() -> dict[str, Any]:
            piece = next(pieces, None)
            self.sent += len(piece or b"")
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "path": URL, "raw_path": URL.encode(), "query_string": b"", "headers": headers,
            "scheme": "http", "server": ("test", 80), "client": ("test", 1), "root_path": "",
            "state": {},
        }  # fmt: skip
        asyncio.run(self.app(scope, receive, answer))
        return self.status


@pytest.fixture
def sender(api_app: FastAPI, owner: ApiClient) -> Sender:
    return Sender(api_app, owner.token)


def endless() -> Iterator[bytes]:
    yield HEAD
    while True:
        yield b"1,Anna\n" * 1000


def test_an_endless_file_is_cut_off_at_the_limit(sender: Sender) -> None:
    assert sender.send(endless()) == 413
    assert sender.sent <= LIMIT + 64 * 1024 + 20_000


def test_a_file_announced_as_too_large_is_not_read_at_all(sender: Sender) -> None:
    assert sender.send(endless(), announced=10**9) == 413
    assert sender.sent == 0


def test_an_announcement_that_lies_does_not_help(sender: Sender) -> None:
    assert sender.send(endless(), announced=100) == 413
    assert sender.sent <= LIMIT + 64 * 1024 + 20_000


def test_nothing_is_read_for_a_stranger(api_app: FastAPI) -> None:
    stranger = Sender(api_app, None)
    assert stranger.send(endless()) == 401
    assert stranger.sent == 0


def test_nothing_is_read_for_a_role_that_may_not_import(
    api_app: FastAPI, sign_in_as: SignInAs
) -> None:
    desk = Sender(api_app, sign_in_as(Role.RECEPTIONIST).token)
    assert desk.send(endless()) == 403
    assert desk.sent == 0


def test_a_file_of_the_limit_passes_and_one_byte_more_does_not(sender: Sender) -> None:
    row = b"1,Anna\n"
    for extra, status in ((0, 201), (1, 413)):
        filler = b"\n" * (LIMIT - len(b"number,name\n") - len(row) + extra)
        assert sender.send(iter([HEAD, row, filler, TAIL])) == status


def test_no_transaction_waits_for_a_slow_upload(sender: Sender, api_app: FastAPI) -> None:
    pool = api_app.state.engine.pool
    seen: list[int] = []

    def slow() -> Iterator[bytes]:
        yield HEAD
        seen.append(pool.checkedout())
        yield b"1,Anna\n"
        yield TAIL

    assert sender.send(slow()) == 201
    assert seen == [0]


def test_the_limit_of_the_settings_is_200_mb() -> None:
    assert Settings.model_fields["import_max_bytes"].default == 200 * 1024 * 1024
