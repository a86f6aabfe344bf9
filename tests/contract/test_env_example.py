"""`.env.example` names every setting there is, and a copy of it works unedited."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

from api.kit.settings import Settings as ApiSettings
from db.settings import (
    DatabaseSettings,
    MigratorSettings,
    OpsSettings,
    RelaySettings,
    UnsafeStart,
    is_placeholder,
    read,
)
from ds.settings import ScienceSettings, WorkerSettings
from etl.settings import SeedSettings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
SPECIFIED = {
    "DATABASE_URL",
    "DB_USER",
    "DB_PASSWORD",
    "DB_NAME",
    "PGADMIN_EMAIL",
    "PGADMIN_PASSWORD",
    "SECRET_KEY",
}
ONLY_COMPOSE = {
    "DB_USER",
    "DB_PASSWORD",
    "DB_NAME",
    "PGADMIN_EMAIL",
    "PGADMIN_PASSWORD",
    "API_PORT",
    "WEB_PORT",
    "MAIL_PORT",
    "PGADMIN_PORT",
    "DB_PORT",
    "RABBITMQ_USER",
    "RABBITMQ_PASSWORD",
    "RABBITMQ_PORT",
}
# Settings for tests and for unusual machines: they have a default and no place in the example.
TUNING = {
    "COOKIE_SECURE",
    "RELAY_REPEAT_SECONDS",
    "SEED",
    "WORKER_LEASE_SECONDS",
    "WORKER_MARK_SECONDS",
}
ROLES = {
    "DATABASE_URL": "comeback_app",
    "OPS_DATABASE_URL": "comeback_ops",
    "MIGRATOR_DATABASE_URL": "comeback_migrator",
    "ANALYST_DATABASE_URL": "comeback_analyst",
}


def read_example() -> tuple[dict[str, str], set[str]]:
    """The values that are set, and the names that stand there as a comment."""
    text = EXAMPLE.read_text()
    set_values = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    return set_values, set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))


def settings_classes() -> list[type[BaseSettings]]:
    from frontend.kit.settings import Settings as FrontendSettings

    return [DatabaseSettings, ScienceSettings, *READS.values(), FrontendSettings]


def what_compose_tells() -> dict[str, set[str]]:
    """Which names of the example each service is told the value of."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {
        service: set(re.findall(r"\$\{([A-Z_]+)", str(entry.get("environment", {}))))
        for service, entry in services.items()
    }


def names_of(settings: type[BaseSettings]) -> set[str]:
    """The environment's names of a class's settings."""
    names = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        choices = getattr(alias, "choices", None) or [alias or name]
        names.add(str(choices[0]).upper())
    return names


def test_the_specifications_names_have_values() -> None:
    values, _ = read_example()
    assert values.keys() >= SPECIFIED
    assert all(values[name] for name in SPECIFIED)


def test_it_names_what_the_settings_classes_read_and_nothing_else() -> None:
    values, comments = read_example()
    read = set().union(*(names_of(settings) for settings in settings_classes()))
    assert values.keys() | comments == read - TUNING | ONLY_COMPOSE


def test_compose_uses_every_name() -> None:
    values, comments = read_example()
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert used == (values.keys() | comments) - {"SUPERUSER_DATABASE_URL"}


def test_a_name_is_set_once() -> None:
    names = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_an_unedited_copy_is_accepted_by_every_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values, comments = read_example()
    for name in comments:
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    for settings in settings_classes():
        settings()
    assert ApiSettings().email_problem is None


def test_each_url_signs_in_as_its_own_role_and_none_as_the_superuser() -> None:
    values, _ = read_example()
    for name, role in ROLES.items():
        assert f"://{role}:" in values[name]
        assert f"@db:5432/{values['DB_NAME']}" in values[name]
        assert f"://{values['DB_USER']}:" not in values[name]


# What each service reads its settings with, or the script that it is started by.
READS: dict[str, type[DatabaseSettings]] = {
    "api": ApiSettings,
    "worker": ApiSettings,
    "relay": RelaySettings,
    "beat": OpsSettings,
    "ds": WorkerSettings,
    "etl": SeedSettings,
    "migrate": MigratorSettings,
}
BY_SCRIPT = {"db", "pgadmin"}
REFUSED = {
    *("DB_PASSWORD", "PGADMIN_PASSWORD", "SECRET_KEY", "BROKER_URL", "WEB_URL", "PUBLIC_API_URL"),
    *ROLES,
}
OWN = {
    "DB_PASSWORD": "of-its-own",
    "PGADMIN_PASSWORD": "of-its-own",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "BROKER_URL": "amqp://comeback:of-its-own@rabbitmq:5672//",
    "WEB_URL": "https://gym.com",
    "PUBLIC_API_URL": "https://api.gym.com",
    **{
        name: f"postgresql+psycopg2://{role}:of-its-own@db:5432/comeback"
        for name, role in ROLES.items()
    },
}
TOLD = {
    (service, name)
    for service, names in what_compose_tells().items()
    for name in names & REFUSED
    if service in READS.keys() | BY_SCRIPT
}


def test_every_placeholder_of_the_example_is_told_to_somebody_who_refuses_it() -> None:
    assert {name for _, name in TOLD} == REFUSED
    assert {service for service, _ in TOLD} == READS.keys() | BY_SCRIPT


def refuse(
    service: str, values: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> str:
    """What the service says to these values in production; nothing when it takes them."""
    told = {name: values[name] for name in what_compose_tells()[service] if name in values}
    told["ENVIRONMENT"] = "production"
    if service in BY_SCRIPT:
        return run_script(service, told, folder)
    for name in read_example()[0]:
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    try:
        read(READS[service])
    except UnsafeStart as refusal:
        return str(refusal)
    return ""


def run_script(service: str, told: dict[str, str], folder: Path) -> str:
    """As in the container: PostgreSQL's shell script, with a psql that does nothing, or pgAdmin's
    start, with a program that does nothing after it."""
    script = {"db": "db/init/10-roles.sh", "pgadmin": "db/pgadmin/register.py"}[service]
    copy = folder / Path(script).name
    text = (ROOT / script).read_text()
    copy.write_text(
        text.replace("/comeback/", f"{folder}/").replace("/var/lib/pgadmin", str(folder))
    )
    shutil.copy(ROOT / "db/init/placeholders.txt", folder)
    (folder / "psql").write_text("#!/bin/sh\ncat > /dev/null\n")
    (folder / "psql").chmod(0o755)
    renamed = {
        "POSTGRES_USER": "postgres",
        "POSTGRES_DB": "comeback",
        "POSTGRES_PASSWORD": told.get("DB_PASSWORD", ""),
        "PGADMIN_DEFAULT_EMAIL": "admin@gym.com",
        "PGADMIN_DEFAULT_PASSWORD": told.get("PGADMIN_PASSWORD", ""),
        "PGADMIN_SERVER_JSON_FILE": str(folder / "servers.json"),
        "PATH": f"{folder}:{os.environ['PATH']}",
    }
    command = (
        ["sh", str(copy)] if service == "db" else [sys.executable, "-I", str(copy), "/bin/true"]
    )
    done = subprocess.run(
        command,
        env=told | renamed,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) is bool(done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize(("service", "name"), sorted(TOLD))
def test_in_production_a_service_names_the_placeholder_it_is_told(
    service: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values, _ = read_example()
    assert refuse(service, values | OWN, monkeypatch, tmp_path) == ""
    said = refuse(service, values | OWN | {name: values[name]}, monkeypatch, tmp_path)
    assert name in said
    assert [other for other in REFUSED - {name} if re.search(rf"\b{other}\b has", said)] == []


@pytest.mark.parametrize(
    ("password", "is_refused"),
    [
        *(
            ("", True),
            ("  ", True),
            ("Password", True),
            ("change-me", True),
            ("CHANGE_ME_2026", True),
        ),
        *(("comeback_ops", True), ("Comeback-OPS1", True), ("guest", True), ("1234", True)),
        *(("of-its-own", False), ("passwords-of-ours", False), ("12345678901", False)),
    ],
)
def test_the_shell_pgadmin_and_all_others_mean_the_same_by_a_placeholder(
    password: str, is_refused: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = read_example()[0] | OWN
    for name, service in (("DB_PASSWORD", "db"), ("PGADMIN_PASSWORD", "pgadmin")):
        said = refuse(service, values | {name: password}, monkeypatch, tmp_path)
        assert (name in said) is is_refused
    assert is_placeholder(password) is is_refused
