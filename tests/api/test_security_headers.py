"""Headers on every answer, https in production, logs without secrets."""

import json
import logging

import pytest
from fastapi import APIRouter

from api.kit.logs import add_request_id
from api.main import create_app
from db.logs import JsonFormatter
from tests.fixtures.api import TestClient, make_settings

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
ANSWERS = [
    ("GET", "/health", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/nowhere", 404),
    ("DELETE", "/health", 405),
    ("GET", "/api/v1/auth/me", 401),
    ("POST", "/api/v1/auth/login", 422),
    ("GET", "/health?x=%00", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_headers(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert ALWAYS.items() <= dict(answer.headers).items()
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers["x-request-id"]) == 32
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


@pytest.fixture(scope="module")
def make_client(api_database):
    """A client of an application with other settings, and a route that breaks."""
    opened = []

    def make(**over):
        app = create_app(make_settings(api_database, **over))
        router = APIRouter()

        @router.get("/broken")
        def _broken():
            raise RuntimeError("the secret reason")

        @router.get("/late")
        def _late():
            raise ValueError("another secret reason")

        app.include_router(router)
        client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        opened.append(client.__enter__())
        return opened[-1]

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def in_production(api_database, make_client):
    url = api_database.app_url
    return make_client(
        environment="production",
        database_url=url,
        broker_url="filesystem:///nowhere",
        web_url="https://gym.com",
        public_api_url="https://api.gym.com",
    )


@pytest.mark.parametrize("path", ["/broken", "/late"])
def test_our_own_mistake_is_answered_with_headers_and_without_the_reason(make_client, path):
    answer = make_client().get(path)
    assert answer.status_code == 500
    assert ALWAYS.items() <= dict(answer.headers).items()
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text


class TestProduction:
    def test_plain_http_is_sent_to_https_with_its_query(self, in_production):
        answer = in_production.get("http://gym.example/api/v1/members?page=2")
        assert answer.status_code == 308
        assert answer.headers["location"] == "https://api.gym.com/api/v1/members?page=2"

    @pytest.mark.parametrize(
        "host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "", "evil.example"]
    )
    def test_addresses_without_a_name_are_redirected_too(self, in_production, host):
        answer = in_production.get("http://gym.example/api/v1/auth/me", headers={"Host": host})
        assert answer.status_code == 308
        assert answer.headers["location"] == "https://api.gym.com/api/v1/auth/me"

    def test_https_is_served_and_remembered_for_a_year(self, in_production):
        answer = in_production.get("https://gym.example/api/v1/auth/me")
        assert answer.status_code == 401
        assert answer.headers["strict-transport-security"] == "max-age=31536000"

    def test_the_containers_reach_each_other_by_name(self, in_production):
        assert in_production.get("http://api:8000/api/v1/auth/me").status_code == 401

    @pytest.mark.parametrize("path", ["/health"])
    def test_health_checks_need_no_https(self, in_production, path):
        assert in_production.get(f"http://127.0.0.1:8000{path}").status_code == 200

    def test_a_client_cannot_say_it_came_by_https(self, in_production):
        headers = {"X-Forwarded-Proto": "https"}
        answer = in_production.get("http://gym.example/api/v1/auth/me", headers=headers)
        assert answer.status_code == 308


def test_in_development_http_is_served_and_not_remembered(client):
    answer = client.get("/health")
    assert "strict-transport-security" not in answer.headers


class TestCors:
    def test_without_a_setting_no_other_origin_is_let_in(self, client):
        answer = client.get("/health", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers

    def test_only_the_named_origins_are(self, make_client):
        client = make_client(cors_origins=["https://app.example"])
        asked = {"Access-Control-Request-Method": "POST"}
        good = client.options(
            "/api/v1/auth/login", headers=asked | {"Origin": "https://app.example"}
        )
        assert good.status_code == 200
        assert good.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in good.headers
        for origin in ("https://evil.example", "null", "https://app.example.evil.example"):
            bad = client.options("/api/v1/auth/login", headers=asked | {"Origin": origin})
            assert bad.status_code == 400
            assert "access-control-allow-origin" not in bad.headers


class TestLog:
    @pytest.fixture
    def lines(self):
        """The log as it is written."""

        class Keep(logging.Handler):
            def __init__(self):
                super().__init__()
                self.setFormatter(JsonFormatter())
                self.addFilter(add_request_id)
                self.written = []

            def emit(self, record):
                if record.name != "httpx":  # the test client's own log
                    self.written.append(json.loads(self.format(record)))

        log, keep = logging.getLogger(), Keep()
        level = log.level
        log.addHandler(keep)
        log.setLevel(logging.INFO)
        yield keep.written
        log.removeHandler(keep)
        log.setLevel(level)

    def requests(self, lines):
        return [line for line in lines if line["message"] == "request"]

    def test_one_line_a_request_with_its_id_and_gym(self, owner, lines):
        answer = owner.get("/api/v1/auth/me")
        (line,) = self.requests(lines)
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["gym_id"] == owner.gym_id
        assert line["endpoint"] == "api.auth.router.read_me"
        assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
        assert line["ms"] > 0

    def test_no_secret_is_written_down(self, client, owner, lines):
        secrets = ["hush-password", "hush-token", "hush-query", "hush-path", owner.token]
        client.post("/api/v1/auth/login", json={"email": "a", "password": "hush-password"})
        client.post("/api/v1/auth/refresh", json={"refresh_token": "hush-token"})
        client.get("/api/v1/auth/me?access_token=hush-query")
        client.get("/u/hush-path")
        client.post("/confirm/hush-path")
        owner.get("/api/v1/auth/me")
        owner.post("/api/v1/auth/token")
        assert len(self.requests(lines)) == 7
        written = json.dumps(lines)
        assert not [secret for secret in secrets if secret in written]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("abc-12345678", True), ("short", False), ("x" * 65, False), ('a"}\n{"b":1', False)],
    )
    def test_a_callers_request_id_is_kept_if_harmless(self, client, lines, given, kept):
        answer = client.get("/health", headers={"X-Request-ID": given.encode()})
        (line,) = self.requests(lines)
        assert line["request_id"] == answer.headers["x-request-id"]
        assert (line["request_id"] == given) is kept

    def test_a_mistake_of_ours_is_logged_with_the_id_that_the_caller_has(self, make_client, lines):
        answer = make_client().get("/broken")
        (error,) = [line for line in lines if line["level"] == "error"]
        assert error["request_id"] == answer.headers["x-request-id"]
        assert "the secret reason" in error["error"]
