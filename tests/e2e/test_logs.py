"""What the logs of a busy platform do not hold: passwords and their hashes, people, notes, tokens.

Everything here is written by one gym with marks of its own, then every log is searched for them.
"""

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg2
import pytest
from sqlalchemy import make_url

from tests.e2e.test_journey import PASSWORD, Owner, read_mails, wait_for, write_members
from tests.e2e.test_queues import wait_until_done
from tests.fixtures.platform import RunningPlatform

pytestmark = pytest.mark.e2e

AT_ONCE = 8


def together(ask: Any) -> list[httpx.Response]:
    """The same request by several at the same moment, so that the database has to refuse some."""
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> httpx.Response:
        start.wait()
        answer: httpx.Response = ask(number)
        return answer

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def refuse_statements(url: str, mark: str) -> None:
    """What the API never lets through, and an upgrade or a mistake of ours some day might."""
    connection = psycopg2.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("create temp table rows (address text primary key, number int)")
        cursor.execute(f"insert into rows values ('key-{mark}@example.org', 1)")
        for statement in (
            f"insert into rows values ('key-{mark}@example.org', 2)",
            f"select 'cast-{mark}'::bigint",
            f"insert into customers (gym_id, name, notes) values (1, 'wall', 'note-{mark}')",
        ):
            with pytest.raises(psycopg2.Error):
                cursor.execute(statement)
        with pytest.raises(psycopg2.Error):
            cursor.copy_expert("copy rows from stdin csv", io.StringIO(f"copy-{mark},x{mark}\n"))
    connection.close()


def be_busy(platform: RunningPlatform) -> dict[str, str]:
    """A gym's first day, with everything that goes wrong on it; what no log may hold."""
    with httpx.Client(base_url=platform.api_url, timeout=120) as http:
        owner = Owner(http)
        mark = owner.mark
        owner.sign_up()
        owner.confirm_address(platform)
        secret = {"mark": mark, "password": PASSWORD, "access": http.headers["Authorization"][7:]}

        account = {
            "name": f"Twin {mark}",
            "username": f"twin_{mark}",
            "email": f"twin-{mark}@example.com",
            "password": f"twin password {mark}",
            "timezone": "Europe/Copenhagen",
            "currency": "DKK",
        }
        answers = together(
            lambda _: httpx.post(
                f"{platform.api_url}/api/v1/auth/register", json=account, timeout=120
            )
        )
        assert sorted(answer.status_code for answer in answers) == [201, *[409] * (AT_ONCE - 1)]
        wrong = {"email": owner.email, "password": f"wrong {mark}"}
        assert httpx.post(f"{platform.api_url}/api/v1/auth/login", json=wrong).status_code == 401
        httpx.post(f"{platform.web_url}/auth/login", data=wrong, timeout=120)
        right = {"email": owner.email, "password": PASSWORD}
        signed_in = http.post("/api/v1/auth/login", json=right).json()
        secret["refresh"] = signed_in["refresh_token"]
        session = http.post("/api/v1/auth/session", json=right).json()
        secret |= {name: value for name, value in session.items() if name.startswith("session")}
        for _ in range(2):
            http.post("/api/v1/auth/refresh", json={"refresh_token": secret["refresh"]})
        again = http.post("/api/v1/auth/login", json=right).json()
        http.headers["Authorization"] = f"Bearer {again['access_token']}"

        member = {
            "name": f"Ana {mark}",
            "email": f"ana-{mark}@example.org",
            "phone": "+45 12 34 56 78",
            "number": "17",
            "email_consent": True,
        }
        made = together(lambda _: http.post("/api/v1/members", json=member))
        assert {answer.status_code for answer in made} == {201, 409}
        [ana] = [answer.json() for answer in made if answer.status_code == 201]
        notes = {
            "notes": {"text": f"asks about a heart condition {mark}"},
            "medical-notes": {"text": f"has a heart condition {mark}"},
        }
        for what, body in notes.items():
            write = http.put if what == "medical-notes" else http.post
            written = write(f"/api/v1/members/{ana['member_id']}/{what}", json=body)
            assert written.is_success, written.text
        http.post("/api/v1/members", json=member | {"join_date": f"never {mark}"})
        http.get("/api/v1/members", params={"search": f"ana-{mark}@example.org"})
        http.get(f"/api/v1/members/{mark}")

        rows = [
            {"Member number": str(n), "Name": f"Row {mark}", "Email": address, "Consent": "yes"}
            for n, address in enumerate((f"row-{mark}@example.org", f"no address {mark}"), 20)
        ]
        owner.bring_in("members", write_members(rows))
        visits = f"member_id,check_in\n{ana['member_id']},2026-11-02T10:00:00Z\n{mark},{mark}\n"
        bulk = http.post("/api/v1/check-ins/bulk", files={"file": ("a.csv", visits.encode())})
        wait_until_done(owner, bulk.json())

        campaign = owner.wait_until_sent(owner.send([ana["member_id"]])["campaign_id"])
        assert campaign["sent"] == 1
        mail = wait_for("the mail", lambda: read_mails(platform, [member["email"]]))[
            member["email"]
        ]
        link = mail["headers"]["list-unsubscribe"].strip("<>")
        secret["unsubscribe"] = link.rpartition("/")[2]
        httpx.get(link, timeout=120)
        stopped = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=120)
        assert stopped.status_code == 200
        httpx.post(link.replace(secret["unsubscribe"], f"guess{mark}"), timeout=120)
        refuse_statements(platform.database_url, mark)
        return secret


def test_no_log_holds_a_secret_or_a_person(platform: RunningPlatform) -> None:
    if platform.folder is None:
        pytest.skip("the logs of a platform that runs elsewhere are not here to be read")
    secret = be_busy(platform)
    assert len(secret) >= 6
    logs = {path.name: path.read_text(errors="replace") for path in platform.folder.glob("*.log")}
    assert {"up.log", "postgres.log"} <= logs.keys()
    shown = {line.split("|")[0].strip() for line in logs["up.log"].splitlines() if "|" in line}
    assert shown >= {"api", "worker", "mail"}
    found = {
        (log, what): next(line for line in text.splitlines() if value in line)
        for log, text in logs.items()
        for what, value in secret.items()
        if value in text
    }
    assert found == {}
    for text in logs.values():
        assert not re.search(r"\$argon2|\$2b\$|heart condition|@example\.org", text)


def test_what_a_platform_keeps_is_its_owners_alone(platform: RunningPlatform) -> None:
    """The database's own folder is the database account's, and closed as well."""
    if platform.folder is None:
        pytest.skip("the files of a platform that runs elsewhere are not here to be looked at")
    kept = [
        path
        for path in platform.folder.rglob("*")
        if not {"pg", "up.log"} & {path.name}
        and not any(part.startswith(("pg-", "postgres-")) for part in path.parts)
        and not path.is_symlink()
    ]
    assert {"postgres.log", "secrets", "mail", "broker"} <= {path.name for path in kept}
    assert [path for path in kept if path.exists() and path.stat().st_mode & 0o077] == []
