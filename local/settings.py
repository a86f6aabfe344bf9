"""Settings of an embedded run: from its command line and the environment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.processes import CannotStart

ROOT = Path(__file__).resolve().parents[1]
API_PORT, WEB_PORT, MAIL_PORT, SMTP_PORT, DATABASE_PORT = 8000, 8501, 1080, 1025, 54321
ROLE_URLS = ("DATABASE_URL", "OPS_DATABASE_URL", "MIGRATOR_DATABASE_URL", "ANALYST_DATABASE_URL")
# Nothing of the caller's environment reaches the platform's processes: not the settings of another
# platform, and not what changes how Python runs.
_OURS = ("SMTP_", "SMS_", "SEED_", "PYTHON", "COMEBACK_", "STREAMLIT_", "WORKER_", "RELAY_")
_OURS_EXACTLY = {
    *("SECRET_KEY", "PREVIOUS_SECRET_KEYS", "ENVIRONMENT"),
    *("API_URL", "WEB_URL", "PUBLIC_API_URL"),
    *("BROKER_URL", "REDIS_URL", "UPLOAD_DIR", "HEARTBEAT_FOLDER"),
}


@dataclass(frozen=True)
class Settings:
    """A port of None: the next free one is taken."""

    data_dir: Path
    api_port: int | None = None
    web_port: int | None = None
    mail_port: int | None = None
    smtp_port: int | None = None
    database_port: int | None = None
    with_dashboard: bool = True
    seed_mode: str = "if-empty"
    seed_size: str | None = None
    postgres: str = "wheel"
    logs_to_files: bool = False


def read_up(arguments: Sequence[str]) -> Settings:
    parser = argparse.ArgumentParser(
        prog="run.py up",
        description="Run the whole platform on this machine until Ctrl-C.",
        epilog="A port of 0 means any free one.",
    )
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".comeback", metavar="DIR")
    for name, purpose, default in (
        ("api", "API", str(API_PORT)),
        ("web", "dashboard", str(WEB_PORT)),
        ("mail", "mail sink's page", f"the next free one from {MAIL_PORT}"),
        ("smtp", "mail sink's SMTP", f"the next free one from {SMTP_PORT}"),
        ("database", "database", f"the next free one from {DATABASE_PORT}"),
    ):
        variable = f"COMEBACK_{name.upper()}_PORT"
        parser.add_argument(
            f"--{name}-port",
            type=int,
            default=os.environ.get(variable),
            metavar="PORT",
            help=f"of the {purpose} (or {variable}; default: {default})",
        )
    parser.add_argument(
        "--no-demo-data", action="store_true", help="start without the three demo gyms"
    )
    found = parser.parse_args(arguments)
    return Settings(
        data_dir=found.data_dir.resolve(),
        api_port=API_PORT if found.api_port is None else found.api_port or None,
        web_port=WEB_PORT if found.web_port is None else found.web_port or None,
        mail_port=found.mail_port or None,
        smtp_port=found.smtp_port or None,
        database_port=found.database_port or None,
        seed_mode="off" if found.no_demo_data else os.environ.get("SEED_MODE") or "if-empty",
        postgres=os.environ.get("COMEBACK_POSTGRES") or "wheel",
    )


@dataclass(frozen=True)
class CheckSettings:
    is_long: bool
    pytest_arguments: list[str]
    postgres: str
    environment: dict[str, str]


def read_check(arguments: Sequence[str]) -> CheckSettings:
    parser = argparse.ArgumentParser(
        prog="run.py test",
        description="Run every check. With arguments for pytest, run only pytest with them.",
    )
    parser.add_argument("--long", action="store_true", help="full-length figures, too")
    found, rest = parser.parse_known_args(arguments)
    names = (
        "TEST_SUPERUSER_DATABASE_URL",
        "TEST_REDIS_URL",
        "TEST_BROKER_URL",
        "COMEBACK_DATA",
        "COMEBACK_ENV",
        "COMEBACK_POSTGRES",
    )
    return CheckSettings(
        is_long=found.long,
        pytest_arguments=rest,
        postgres=os.environ.get("COMEBACK_POSTGRES") or "wheel",
        environment={name: os.environ[name] for name in names if os.environ.get(name)},
    )


def read_demo(arguments: Sequence[str], folder: Path) -> Settings:
    """For a run without an audience: any free ports, no dashboard, logs in files."""
    parser = argparse.ArgumentParser(
        prog="run.py demo",
        description="Do the main job once: see who is at risk, write, read the mail that arrives.",
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="keep what the run makes in DIR"
    )
    found = parser.parse_args(arguments)
    return Settings(
        data_dir=(found.data_dir or folder).resolve(),
        with_dashboard=False,
        seed_size="small",
        postgres=os.environ.get("COMEBACK_POSTGRES") or "wheel",
        logs_to_files=True,
    )


def inherited_environment() -> dict[str, str]:
    """The caller's environment without anything that the platform sets itself."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS)
        and not name.endswith("DATABASE_URL")
        and name not in _OURS_EXACTLY
    }
    direct = {"127.0.0.1", "localhost", *filter(None, kept.get("NO_PROXY", "").split(","))}
    kept["NO_PROXY"] = kept["no_proxy"] = ",".join(sorted(direct))
    # No folder of this machine: time zones are those of the pinned package `tzdata`.
    kept["PYTHONTZPATH"] = ""
    return kept


def given_database() -> dict[str, str] | None:
    """The role URLs of a database that is already there, when DATABASE_URL names one."""
    if not os.environ.get("DATABASE_URL"):
        return None
    missing = [name for name in ROLE_URLS[:3] if not os.environ.get(name)]
    if missing:
        raise CannotStart(
            f"DATABASE_URL is set, but {' and '.join(missing)} not: "
            "set all of them, or none for a private PostgreSQL"
        )
    names = (*ROLE_URLS, "SUPERUSER_DATABASE_URL")
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def given_mail_server() -> dict[str, str] | None:
    """The SMTP_ settings of a real mail server, when SMTP_HOST names one."""
    if not os.environ.get("SMTP_HOST"):
        return None
    return {name: value for name, value in os.environ.items() if name.startswith("SMTP_")}
