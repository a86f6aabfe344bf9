"""`.env.example` names every setting there is, and a copy of it works unedited."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from api.settings import Settings as ApiSettings
from db.settings import DatabaseSettings, RelaySettings

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
    from ds.settings import ScienceSettings
    from etl.settings import SeedSettings
    from frontend.settings import Settings as FrontendSettings

    return [
        DatabaseSettings,
        RelaySettings,
        ApiSettings,
        SeedSettings,
        ScienceSettings,
        FrontendSettings,
    ]


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


def test_production_refuses_the_unedited_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values, _ = read_example()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="SECRET_KEY"):
        ApiSettings()
