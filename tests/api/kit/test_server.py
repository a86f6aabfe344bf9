"""Connections that do not get on are ended: half a request, half a body, a body after the answer.

By a real server on a real socket: what a test client sends always comes at once.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from api.kit import bodies, server
from api.kit.server import PromptProtocol

LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(api_app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setattr(server, "MAX_WAIT", 0.5)
    monkeypatch.setattr(bodies, "BODY_TIMEOUT", 0.5)
    config = uvicorn.Config(
        api_app, port=0, http=PromptProtocol, lifespan="off", ws="none", log_level="error"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
    running.should_exit = True
    thread.join()


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server ends the connection; it fails when that takes 20 seconds."""
    answer = b""
    try:
        while part := connection.recv(65_536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def drip(connection: socket.socket, part: bytes) -> bool:
    """Whether the server still takes it after 20 seconds."""
    try:
        for _ in range(400):
            connection.sendall(part)
            time.sleep(0.05)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\n", LOGIN])
def test_a_request_whose_headers_do_not_come_is_ended(connect: Connect, sent: bytes) -> None:
    connection = connect()
    connection.sendall(sent)
    assert read_all(connection) == b""


def test_headers_that_drip_are_ended(connect: Connect) -> None:
    assert not drip(connect(), b"G")


def test_a_second_request_that_does_not_come_is_ended(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: api\r\n\r\nGET /hea")
    assert read_all(connection).count(b"HTTP/1.1 200") == 1


def test_a_body_that_does_not_come_is_answered_408(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LOGIN + b'Content-Length: 100\r\n\r\n{"email"')
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"too_slow"' in answer


def test_a_body_that_drips_is_answered_408(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LOGIN + b"Content-Length: 10000\r\n\r\n")
    assert not drip(connection, b" ")


def test_a_body_that_goes_on_after_its_answer_is_ended(connect: Connect) -> None:
    connection = connect()
    connection.sendall(LOGIN + b"Content-Length: 1000000000\r\n\r\n")
    assert not drip(connection, b" " * 1_000)


@pytest.mark.parametrize(
    "line", [b"POST /api/v1/auth/login", b"DELETE /api/v1/auth/login", b"OPTIONS /health", b"GET /"]
)
def test_what_comes_behind_two_lengths_is_no_request(connect: Connect, line: bytes) -> None:
    """Whoever would answer it: a route, or what says that there is none."""
    connection = connect()
    smuggled = b"GET /health HTTP/1.1\r\nHost: api\r\n\r\n"
    connection.sendall(
        line + b" HTTP/1.1\r\nHost: api\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\n\r\n" + smuggled
    )
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


def test_who_gets_on_is_served_more_than_once(connect: Connect) -> None:
    connection = connect()
    for _ in range(3):
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: api\r\n\r\n")
        time.sleep(0.3)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    connection.sendall(LOGIN + b"Content-Length: 100\r\n\r\n{")
    time.sleep(0.2)
    connection.sendall(b" " * 99)
    assert connection.recv(65_536).startswith(b"HTTP/1.1 422")
