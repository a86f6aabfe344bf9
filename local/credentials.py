"""The passwords and the key of one data directory: random, made once, readable by its owner
only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local.processes import CannotStart


@dataclass(frozen=True)
class Credentials:
    postgres_password: str
    migrator_password: str
    app_password: str
    ops_password: str
    analyst_password: str
    secret_key: str

    @classmethod
    def keep_in(cls, data_dir: Path) -> Credentials:
        """Read them from `data_dir`/secrets, or make them there."""
        path = data_dir / "secrets"
        known = read_values(path)
        if not known and any(data_dir.glob("pg-*")):
            raise CannotStart(
                f"{path} is gone, and with it the database's passwords: "
                f"put it back, or delete {data_dir} to start again"
            )
        values = {
            name: known.get(name.upper()) or secrets.token_urlsafe(32)
            for name in cls.__dataclass_fields__
        }
        made = cls(**values)
        if known != (wanted := {name.upper(): value for name, value in asdict(made).items()}):
            write_values(path, wanted)
        return made


def read_values(path: Path) -> dict[str, str]:
    """The NAME=value lines of a file; nothing when there is no such file."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise CannotStart(f"{path} belongs to somebody else: choose another --data-dir") from None
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def write_values(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file at once: a reader sees the old or the new one, and only its owner either."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    os.replace(fresh, path)
