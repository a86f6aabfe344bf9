"""What the API refuses to start with in production, and whom it believes about addresses.

Run as it is run: uvicorn in a process of its own.
"""

import re
import secrets
import signal
import subprocess
import sys
from collections import Counter

import httpx
import pytest
from sqlalchemy import delete

from api.kit.startup import UnsafeStart, check_database, read_settings, report_time_zones
from db.base import Base
from db.member_facts import write_freely
from db.session import make_engine, make_session_factory, session_scope
from local.processes import free_port
from tests.factories.gyms import create_gym
from tests.fixtures.processes import wait_for

SECRET = secrets.token_urlsafe(48)


@pytest.fixture(scope="module")
def production(postgres_server, template_database, worker_id):
    """A database whose app role has a password of its own, and no demo gym."""
    database = postgres_server.copy(template_database, f"comeback_production_{worker_id}")
    yield database
    postgres_server.drop(database.name)


def start(environment, port, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refusal(environment):
    """The process's whole output; it must have ended by itself."""
    process = start(environment, free_port())
    try:
        output, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 1
    return output.strip()


@pytest.fixture(scope="module")
def environment(production):
    return production.environment | {
        "ENVIRONMENT": "production",
        "SECRET_KEY": SECRET,
        "BROKER_URL": "amqp://comeback:of-its-own@rabbitmq:5672//",
        "WEB_URL": "https://app.comeback-gym.com",
        "PUBLIC_API_URL": "https://api.comeback-gym.com",
    }


@pytest.fixture
def read(monkeypatch, environment, tmp_path):
    """What the settings say to an environment, as the process reads it."""
    monkeypatch.chdir(tmp_path)  # away from any .env

    def read(**over):
        for name, value in (environment | over).items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return read


def test_d_g3_5_a_placeholder_secret_ends_the_process_with_one_line(environment):
    output = refusal(environment | {"SECRET_KEY": "secret-key"})
    assert output.count("\n") == 0
    assert output.startswith("api: SECRET_KEY must be")


@pytest.mark.parametrize(
    "secret",
    [
        *(
            "",
            "secret-key",
            "change-me",
            "correct-horse-battery-staple-31",
            " " * 40,
            "x" * 40,
            f"{'correct-horse-battery':<40}",
        ),
        *("secret-key" * 4, "0123456789" * 5, "abab" * 20, "\t \n" * 20, "correct-horse-16" * 2),
    ],
)
def test_d_g3_5_a_placeholder_secret_is_refused(read, secret):
    with pytest.raises(UnsafeStart, match=r"^SECRET_KEY must be"):
        read(SECRET_KEY=secret)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://postgres:p@127.0.0.1:1/x", "must sign in as comeback_app"),
        ("postgresql://comeback_ops:p@127.0.0.1:1/x", "must sign in as comeback_app"),
        ("postgresql://comeback_app:comeback_app@127.0.0.1:1/x", "placeholder password"),
        ("postgresql://comeback_app@127.0.0.1:1/x", "placeholder password"),
        ("postgresql://comeback_app:%20%20@127.0.0.1:1/x", "placeholder password"),
        ("postgresql://comeback_app:Change-Me-123@127.0.0.1:1/x", "placeholder password"),
        ("nonsense", "is not the address of a database"),
    ],
)
def test_an_unsafe_database_address_is_refused(read, url, reason):
    with pytest.raises(UnsafeStart, match=reason) as refused:
        read(DATABASE_URL=url)
    assert ":p@" not in str(refused.value)


@pytest.mark.parametrize("name", ["WEB_URL", "PUBLIC_API_URL"])
@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:8000", "https://127.0.0.1", "https://localhost", "https://LOCALHOST."),
        *("https://[::1]:8000", "https://[::ffff:127.0.0.1]", "https://[::]", "https://0.0.0.0"),
        *("https://127.1", "https://2130706433", "https://0x7f.1", "https://0177.0.0.1"),
        *(
            "https://10.1.2.3",
            "https://192.168.1.5:8000",
            "https://172.20.0.2",
            "https://[fd00::1]",
        ),
        *("https://169.254.1.1", "https://100.64.0.1", "https://[fe80::1%25eth0]"),
        *("https://api:8000", "https://gym.local", "https://desk.lan", "https://a.localhost"),
        *("https://１２７.0.0.1", "https://127。0。0。1", "https://ⓛocalhost"),
        *("http://gym.com", "ftp://gym.com", "gym.com", "//gym.com", "https://", "https:///x"),
        *("https://gym.com@127.0.0.1", "https://ana:hush@gym.com", "https://gym.com/?a=b"),
        *("https://gym .com", "https://gym..com", "https://gym.com:99999", "javascript:alert(1)"),
    ],
)
def test_an_address_that_leads_nobody_here_stands_in_no_mail(read, name, url):
    with pytest.raises(UnsafeStart, match=rf"^{name} must be an https:// address") as refused:
        read(**{name: url})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["https://gym.com", "https://API.gym.com:8443/api", "https://münchen.de", "https://8.8.8.8"],
)
def test_an_address_of_the_internet_may(read, url):
    assert read(PUBLIC_API_URL=url, WEB_URL=url).public_api_url == url


def test_all_that_is_wrong_is_said_at_once(read):
    with pytest.raises(UnsafeStart) as refused:
        read(
            SECRET_KEY="x", OPS_DATABASE_URL="postgresql://comeback_ops:ops@a/b", WEB_URL="http://a"
        )
    said = str(refused.value)
    assert [said.count(name) for name in ("SECRET_KEY", "WEB_URL", "OPS_DATABASE_URL")] == [1, 1, 1]


def test_a_database_that_cannot_be_asked_is_refused(read):
    settings = read(DATABASE_URL="postgresql://comeback_app:hush@127.0.0.1:1/x")
    with pytest.raises(UnsafeStart, match="cannot be checked") as refused:
        check_database(settings)
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_safe_platform_may_start(read):
    check_database(read())


def test_in_development_placeholders_do(read):
    settings = read(ENVIRONMENT="development", SECRET_KEY="secret-key")
    check_database(settings)


@pytest.fixture
def add_gym(production):
    """Makes gyms in the production database, which are gone after the test."""
    engine = make_engine(production.ops_url, pool_size=1)
    sessions, made = make_session_factory(engine), []

    def add(**values):
        with session_scope(sessions) as session:
            made.append(create_gym(session, **values).gym_id)

    yield add
    with session_scope(sessions) as session:
        write_freely(session)
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table).where(table.c.gym_id.in_(made)))
    engine.dispose()


def test_demo_gyms_are_refused(read, add_gym):
    add_gym(is_demo=True)
    with pytest.raises(UnsafeStart, match="demo gyms"):
        check_database(read())


def test_gyms_whose_time_zone_the_database_reads_differently_are_told_at_the_start(
    read, add_gym, caplog
):
    """Nobody is refused for it: other gyms are right, and only a running API lets these move."""
    for zone in ("CET", "CET", "Asia/Tokyo"):
        add_gym(timezone=zone)
    report_time_zones(read())
    [line] = [record for record in caplog.records if record.message == "time_zone_differs"]
    assert (line.levelname, line.timezone) == ("ERROR", "CET")
    assert "choose another time zone" in line.remedy


def test_time_zones_of_a_database_that_cannot_be_asked_stop_nobody(read, caplog):
    report_time_zones(read(DATABASE_URL="postgresql://comeback_app:hush@127.0.0.1:1/x"))
    assert [record.message for record in caplog.records] == ["time_zones_not_checked"]


def test_a_role_above_the_policies_is_refused_whatever_it_is_called(read, production):
    settings = read().model_copy(update={"database_url": production.ops_url})
    with pytest.raises(UnsafeStart, match="row-level security does not bind"):
        check_database(settings)


@pytest.fixture
def serve(environment):
    """Starts the API and answers a client of it; the log is there after the end."""
    running, clients = [], []

    def run(*options, **over):
        port = free_port()
        process = start(environment | over, port, *options)
        running.append(process)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        clients.append(client)

        def is_answering():
            assert process.poll() is None, process.stdout.read()
            try:
                return client.get("/health")
            except httpx.TransportError:
                return None

        wait_for(is_answering, seconds=300)
        return client, process

    yield run
    for client in clients:
        client.close()
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=180)


def test_in_production_it_serves_https_and_believes_its_own_proxy(serve):
    client, _ = serve()
    assert client.get("/api/v1/auth/me").status_code == 308
    proxied = client.get("/api/v1/auth/me", headers={"X-Forwarded-Proto": "https"})
    assert proxied.status_code == 401
    assert "strict-transport-security" in proxied.headers


def test_who_is_no_proxy_is_not_believed(serve):
    client, _ = serve("--forwarded-allow-ips", "192.0.2.1")
    headers = {"X-Forwarded-Proto": "https"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 308


def tries(client, count):
    return Counter(
        client.post(
            "/api/v1/auth/login",
            json={"email": f"nobody{number}@example.com", "password": "wrong"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(count)
    )


def test_a_stranger_cannot_choose_the_address_that_is_counted(serve):
    client, _ = serve("--forwarded-allow-ips", "192.0.2.1", ENVIRONMENT="development")
    assert tries(client, 102) == {401: 100, 429: 2}


def test_a_proxys_clients_are_counted_apart(serve):
    client, _ = serve(ENVIRONMENT="development")
    assert tries(client, 102) == {401: 102}


def test_the_log_is_json_and_holds_no_query(serve):
    client, process = serve(ENVIRONMENT="development")
    client.get("/api/v1/auth/me?access_token=hush")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=180)
    assert all(line.startswith("{") for line in output.strip().splitlines())
    assert "hush" not in output
    assert re.search(r'"endpoint": "api\.auth\.router\.read_me", "status": 401', output)
