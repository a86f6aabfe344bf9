"""The platform's processes: which there are, in which order they start, and their settings."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local.credentials import Credentials, write_values
from local.postgres import Postgres
from local.processes import HOST, CannotStart, free_port, required_port
from local.settings import (
    API_PORT,
    DATABASE_PORT,
    MAIL_PORT,
    ROOT,
    SMTP_PORT,
    WEB_PORT,
    Settings,
    given_database,
    given_mail_server,
    inherited_environment,
)
from local.supervisor import (
    ChildFailed,
    StopRequested,
    Supervisor,
    exclusive,
    raise_on_stop_signals,
)

DATABASE = "comeback"
DEMO_EMAIL, DEMO_PASSWORD = "admin@example.com", "comeback-demo"
DEMO_SUPER_ADMIN = "platform@example.com"
PYTHON = (sys.executable, "-P", "-m")
# What is still under way at the end, a stream perhaps, gets this many seconds; else uvicorn waits
# for it without a limit.
UVICORN = (*PYTHON, "uvicorn", "--timeout-graceful-shutdown", "5")


class Platform:
    """One running platform in one data directory. `start` returns when all of it responds."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self._taken: set[int] = set()
        # All ports first: a busy one should be reported before anything has been started.
        self.api_url = self._address(settings.api_port, API_PORT, "API", "--api-port")
        self.web_url = self._address(settings.web_port, WEB_PORT, "dashboard", "--web-port")
        self.mail_url = self._address(settings.mail_port, MAIL_PORT, "mail page", "--mail-port")
        self._smtp_port = self._port(settings.smtp_port, SMTP_PORT, "mail sink", "--smtp-port")
        self._database_port = self._port(
            settings.database_port, DATABASE_PORT, "database", "--database-port"
        )
        self._mail_server = given_mail_server()
        self._credentials = Credentials.keep_in(settings.data_dir)
        self._database: dict[str, str] = {}

    @property
    def env_file(self) -> Path:
        return self.settings.data_dir / "env"

    def start(self) -> None:
        self.env_file.unlink(missing_ok=True)
        self._start_database()
        self._run("migrate", [*PYTHON, "db.migrate"], ["MIGRATOR_DATABASE_URL"])
        self._seed()
        self._compute()
        if self._mail_server is None:
            self._start_mail_sink()
        self._start_servers()
        write_values(self.env_file, self.addresses())

    def stop(self) -> None:
        self.env_file.unlink(missing_ok=True)
        self.supervisor.stop()

    def addresses(self) -> dict[str, str]:
        """What tools and tests need to find this platform."""
        found = {"API_URL": self.api_url}
        if self.settings.with_dashboard:
            found["WEB_URL"] = self.web_url
        if self._mail_server is None:
            found["MAIL_URL"] = self.mail_url
        database = {
            name: url for name, url in self._database.items() if name != "SUPERUSER_DATABASE_URL"
        }
        return found | database

    def _start_database(self) -> None:
        given = given_database()
        if given is not None:
            self._database = given
        else:
            home = self.settings.data_dir
            server = Postgres(
                home,
                password=self._credentials.postgres_password,
                choice=self.settings.postgres,
                port=self._database_port,
            )
            server.start(log=home / "postgres.log")
            assert server.process is not None
            self.supervisor.own("database", server.process, server.stop)
            server.ensure_database(DATABASE)
            self.supervisor.say(server.description)
            self._database = self._role_urls() | {"SUPERUSER_DATABASE_URL": server.url(DATABASE)}
        if "SUPERUSER_DATABASE_URL" in self._database:
            self._run("roles", [*PYTHON, "db.roles"], list(self._database))

    def _role_urls(self) -> dict[str, str]:
        known = self._credentials
        return {
            name: f"postgresql+psycopg2://{role}:{password}@{HOST}:{self._database_port}/{DATABASE}"
            for name, role, password in (
                ("DATABASE_URL", "comeback_app", known.app_password),
                ("OPS_DATABASE_URL", "comeback_ops", known.ops_password),
                ("MIGRATOR_DATABASE_URL", "comeback_migrator", known.migrator_password),
                ("ANALYST_DATABASE_URL", "comeback_analyst", known.analyst_password),
            )
        }

    def _seed(self) -> None:
        command = [*PYTHON, "etl.seed", "--mode", self.settings.seed_mode]
        if self.settings.seed_size:
            command += ["--size", self.settings.seed_size]
        self._run("etl", command, ["OPS_DATABASE_URL"])

    def _compute(self) -> None:
        """Results before the first sign-in; later the jobs of each day renew them."""
        done = self.settings.data_dir / "computed"
        if not done.exists():
            self._run("ds", [*PYTHON, "ds.pipeline"], ["OPS_DATABASE_URL"])
            done.touch()

    def _start_mail_sink(self) -> None:
        mail_port = self.mail_url.rpartition(":")[2]
        ports = ["--smtp-port", str(self._smtp_port), "--http-port", mail_port]
        folder = self.settings.data_dir / "mail"
        folder.mkdir(mode=0o700, exist_ok=True)
        sink = self.supervisor.start(
            "mail",
            [*PYTHON, "local.mail_sink", *ports, "--dir", str(folder)],
            env=self._environment([]),
            cwd=self.settings.data_dir,
        )
        self.supervisor.wait_until_ready(sink, f"{self.mail_url}/healthz")

    def _start_servers(self) -> None:
        """All at once, since each needs a while to load, and then wait for each."""
        port = self.api_url.rpartition(":")[2]
        where = self.settings.data_dir
        env = self._environment(["DATABASE_URL"]) | self._broker_settings() | self._api_settings()
        server = [*UVICORN, "--http", "api.kit.server:PromptProtocol"]
        uvicorn = [*server, "api.main:app", "--host", HOST, "--port", port]
        api = self.supervisor.start(
            "api", [*uvicorn, "--no-access-log", "--log-level", "warning"], env=env, cwd=where
        )
        self.supervisor.start("worker", [*PYTHON, "api.worker"], env=env, cwd=where)
        ops = self._environment(["OPS_DATABASE_URL"]) | self._broker_settings()
        self.supervisor.start("relay", [*PYTHON, "db.queue.relay"], env=ops, cwd=where)
        if self.settings.with_dashboard:
            self.supervisor.start("ds", [*PYTHON, "ds.worker"], env=ops, cwd=where)
            self.supervisor.start("beat", [*PYTHON, "db.queue.beat"], env=ops, cwd=where)
            options = [
                *("--server.port", self.web_url.rpartition(":")[2]),
                *("--server.address", HOST),
                *("--server.headless", "true"),
                *("--browser.gatherUsageStats", "false"),
                *("--logger.hideWelcomeMessage", "true"),
            ]
            frontend = ROOT / "frontend"
            web = self.supervisor.start(
                "dashboard",
                [*PYTHON, "streamlit", "run", str(frontend / "asgi.py"), *options],
                env=self._environment([]) | {"API_URL": self.api_url, "WEB_URL": self.web_url},
                cwd=frontend,  # Streamlit finds its configuration beside the script
            )
            self.supervisor.wait_until_ready(web, f"{self.web_url}/_stcore/health")
        self.supervisor.wait_until_ready(api, f"{self.api_url}/ready")

    def _broker_settings(self) -> dict[str, str]:
        """The broker is a folder here; what an earlier run left in it names rows to look at."""
        home = self.settings.data_dir
        return {"BROKER_URL": f"filesystem://{home / 'broker'}", "HEARTBEAT_FOLDER": str(home)}

    def _api_settings(self) -> dict[str, str]:
        sink = {
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self._smtp_port),
            "SMTP_TLS": "none",
            "SMTP_FROM": "mail@comeback.example.com",
        }
        return {
            "SECRET_KEY": self._credentials.secret_key,
            "UPLOAD_DIR": str(self.settings.data_dir / "uploads"),
            "WEB_URL": self.web_url,
            "PUBLIC_API_URL": self.api_url,
            **(sink if self._mail_server is None else self._mail_server),
        }

    def _environment(self, database_urls: list[str]) -> dict[str, str]:
        """Each process knows the URL of its own role, and no other."""
        return inherited_environment() | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "ENVIRONMENT": "development",
            **{name: self._database[name] for name in database_urls if name in self._database},
        }

    def _run(self, name: str, command: list[str], database_urls: list[str]) -> None:
        began = time.monotonic()
        # Not in the project's folder, whose .env is the compose file's and names other servers.
        self.supervisor.run(
            name, command, env=self._environment(database_urls), cwd=self.settings.data_dir
        )
        self.supervisor.say(f"{name} done in {time.monotonic() - began:.1f} s")

    def _port(self, asked: int | None, first: int, purpose: str, option: str) -> int:
        if asked is None:
            port = free_port(first, taken=self._taken)
        else:
            port = required_port(asked, purpose, option)
            if port in self._taken:
                raise CannotStart(f"{option} {port}: that port is already taken by another option")
        self._taken.add(port)
        return port

    def _address(self, asked: int | None, first: int, purpose: str, option: str) -> str:
        return f"http://{HOST}:{self._port(asked, first, purpose, option)}"


def run(settings: Settings, job: Callable[[Platform], None]) -> int:
    """Start a platform, do the job, stop it; return the exit code. Ctrl-C is a normal end."""
    os.umask(0o077)  # logs, mails and files of members: readable by their owner only
    logs = settings.data_dir / "logs" if settings.logs_to_files else None
    supervisor = Supervisor(logs=logs)
    raise_on_stop_signals()
    try:
        _make_folders(settings.data_dir, logs)
        with exclusive(settings.data_dir):
            platform = Platform(settings, supervisor)
            try:
                platform.start()
                job(platform)
            finally:
                platform.stop()
    except StopRequested:
        supervisor.say("stopped")
        return 0
    except (CannotStart, ChildFailed) as problem:
        print(f"comeback: {problem}", file=sys.stderr, flush=True)
        return 1
    return 0


def _make_folders(*folders: Path | None) -> None:
    for folder in filter(None, folders):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / ".writable").touch()
            (folder / ".writable").unlink()
        except OSError as error:
            raise CannotStart(
                f"{folder} cannot be written ({error.strerror}): choose another --data-dir"
            ) from None
