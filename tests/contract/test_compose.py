"""What docker-compose.yml promises: who knows which secret, who waits for whom, what is open."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.platform import UVICORN
from local.postgres import NO_VALUES_IN_LOGS

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {"migrate", "etl"}
LONG_RUNNING = set(SERVICES) - JOBS
OURS = {"migrate", "etl", "ds", "api", "worker", "relay", "beat", "frontend"}
# Who may know which of the secrets.
ENTITLED = {
    "DB_USER": {"db"},
    "DB_PASSWORD": {"db"},
    "MIGRATOR_DATABASE_URL": {"db", "migrate"},
    "OPS_DATABASE_URL": {"db", "etl", "ds", "api", "relay", "beat"},
    "DATABASE_URL": {"db", "api", "worker"},
    "ANALYST_DATABASE_URL": {"db", "pgadmin"},
    "SECRET_KEY": {"api", "worker"},
    "PREVIOUS_SECRET_KEYS": {"api", "worker"},
    "SMTP_PASSWORD": {"api", "worker"},
    "PGADMIN_PASSWORD": {"pgadmin"},
    "RABBITMQ_USER": {"rabbitmq"},
    "RABBITMQ_PASSWORD": {"rabbitmq"},
    "BROKER_URL": {"api", "worker", "relay", "ds"},
}


def waits_for(service: str) -> dict[str, str]:
    return {name: how["condition"] for name, how in SERVICES[service].get("depends_on", {}).items()}


def test_all_services_are_there() -> None:
    assert set(SERVICES) == OURS | {"db", "redis", "rabbitmq", "pgadmin", "maildev"}


@pytest.mark.parametrize("secret", ENTITLED)
def test_a_secret_reaches_only_those_who_need_it(secret: str) -> None:
    mention = re.compile(r"\$\{" + secret + r"\b")
    found = {name for name, service in SERVICES.items() if mention.search(str(service))}
    assert found == ENTITLED[secret]


@pytest.mark.parametrize("service", sorted(OURS | {"db", "pgadmin"}))
def test_who_refuses_what_is_unsafe_in_production_is_told_of_it(service: str) -> None:
    assert SERVICES[service]["environment"]["ENVIRONMENT"] == "${ENVIRONMENT:-development}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_handed_the_whole_env_file(service: str) -> None:
    assert "env_file" not in SERVICES[service]


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_open_on_this_machine_only(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


@pytest.mark.parametrize("service", sorted(LONG_RUNNING))
def test_what_keeps_running_is_restarted_and_has_a_health_check(service: str) -> None:
    check = SERVICES[service]["healthcheck"]["test"]
    assert check[0] in {"CMD", "CMD-SHELL"}
    assert "exit 0" not in " ".join(check)
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(JOBS))
def test_a_job_runs_once(service: str) -> None:
    assert SERVICES[service]["restart"] == "no"


def test_d_g3_20_ds_starts_only_after_etl_has_finished() -> None:
    assert waits_for("ds") == {"etl": "service_completed_successfully"}
    assert waits_for("etl") == {"migrate": "service_completed_successfully"}
    assert waits_for("migrate") == {"db": "service_healthy"}


@pytest.mark.parametrize("service", ["api", "worker", "relay", "beat", "pgadmin"])
def test_nothing_touches_the_tables_before_they_are_migrated(service: str) -> None:
    assert waits_for(service)["migrate"] == "service_completed_successfully"


def test_the_dashboard_waits_for_the_api() -> None:
    assert waits_for("frontend") == {"api": "service_healthy"}


@pytest.mark.parametrize("service", sorted(OURS))
def test_our_containers_write_nothing_and_gain_no_rights(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize(
    ("folder", "may_copy"),
    [
        ("api", {"core", "db", "api"}),
        ("etl", {"core", "db", "etl"}),
        ("ds", {"core", "db", "ds"}),
        ("frontend", {"core/translations", "frontend"}),
    ],
)
def test_an_image_holds_only_what_its_part_may_import(folder: str, may_copy: set[str]) -> None:
    text = (ROOT / folder / "Dockerfile").read_text()
    copied = {
        source
        for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == may_copy | {f"{folder}/requirements.txt"}


@pytest.mark.parametrize("folder", ["api", "etl", "ds", "frontend"])
def test_an_image_runs_as_nobody_special_on_the_pinned_packages(folder: str) -> None:
    text = (ROOT / folder / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.11-slim$", text, re.MULTILINE)
    assert f"-r {folder}/requirements.txt" in text
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["comeback"]


@pytest.mark.parametrize("folder", ["api", "etl", "ds", "frontend"])
def test_an_image_reads_time_zones_from_the_pinned_package_alone(folder: str) -> None:
    """The image's own files are of another edition: some gyms' evenings fell on the next day."""
    assert 'PYTHONTZPATH=""' in (ROOT / folder / "Dockerfile").read_text()
    pins = (ROOT / folder / "requirements.txt").read_text().splitlines()
    pinned = re.search(r"^tzdata==\S+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[0] in pins


def test_the_api_ends_whatever_is_open_alike_in_a_container_and_on_this_machine() -> None:
    option, seconds = UVICORN[-2:]
    assert option == "--timeout-graceful-shutdown"
    assert f'"{option}", "{seconds}"' in (ROOT / "api" / "Dockerfile").read_text()


def test_the_databases_log_names_no_values() -> None:
    settings = {f"-c{name}={value}" for name, value in NO_VALUES_IN_LOGS.items()}
    assert settings <= set(SERVICES["db"]["command"])


def test_redis_keeps_nothing_and_is_nobodys_but_the_platforms() -> None:
    """Members' names are in kept answers: they never reach a disk or a port of this machine."""
    redis = SERVICES["redis"]
    command = " ".join(redis["command"])
    assert "--save  --appendonly no" in command
    assert "--maxmemory-policy allkeys-lru" in command
    assert redis["read_only"] is True
    assert not {"ports", "volumes"} & redis.keys()


@pytest.mark.parametrize("folder", ["api", "frontend"])
def test_both_servers_hear_the_browsers_address_from_a_proxy_of_the_private_network(
    folder: str,
) -> None:
    """Else everybody behind the proxy, or the dashboard, would share one limit of sign-in tries."""
    trusted = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
    assert trusted in (ROOT / folder / "Dockerfile").read_text()
