"""Register the platform's database in pgAdmin, then start it: `register.py /entrypoint.sh`.

Runs in the pgAdmin image, with its Python and nothing else. Analysts find the server as
comeback_analyst, whose address and password are those of ANALYST_DATABASE_URL, written in one
place only. The password file makes pgAdmin connect without asking.
"""

import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

PLACEHOLDERS = Path(__file__).with_name("placeholders.txt")
STORAGE = Path("/var/lib/pgadmin/storage")
SERVERS = Path(os.environ["PGADMIN_SERVER_JSON_FILE"])


def main() -> None:
    url = urlsplit(os.environ["ANALYST_DATABASE_URL"])
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if os.environ.get("ENVIRONMENT") == "production":
        refuse_placeholder("ANALYST_DATABASE_URL", password, user)
        refuse_placeholder("PGADMIN_PASSWORD", os.environ["PGADMIN_DEFAULT_PASSWORD"])
    host, port, database = url.hostname or "db", url.port or 5432, url.path.lstrip("/")

    # pgAdmin looks for files that a server names in its user's own storage folder.
    folder = STORAGE / re.sub(r"[^A-Za-z0-9_.-]", "_", os.environ["PGADMIN_DEFAULT_EMAIL"].lower())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = folder / "pgpass"
    passwords.touch(mode=0o600)
    fields = (host, str(port), "*", user, password)
    escaped = (re.sub(r"([:\\])", r"\\\1", field) for field in fields)
    passwords.write_text(":".join(escaped) + "\n")

    server = {
        "Name": "Comeback",
        "Group": "Servers",
        "Comment": "All gyms, read-only. Begin with the views in the schema reporting.",
        "Host": host,
        "Port": port,
        "MaintenanceDB": database,
        "Username": user,
        "ConnectionParameters": {
            "sslmode": "prefer",
            "connect_timeout": 10,
            "passfile": "/pgpass",
        },
    }
    SERVERS.write_text(json.dumps({"Servers": {"1": server}}, indent=2))
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - its process becomes pgAdmin


def refuse_placeholder(name: str, password: str, user: str = "") -> None:
    """As db.settings does everywhere else."""
    refused = {"", bare(user), *PLACEHOLDERS.read_text("ascii").split()}
    if bare(password) in refused:
        sys.exit(
            f"register.py: {name} has a placeholder password; choose one for production,"
            " see .env.example"
        )


def bare(word: str) -> str:
    return re.sub(r"[0-9]{1,4}$", "", re.sub("[^a-z0-9]", "", word.lower()))


if __name__ == "__main__":
    main()
