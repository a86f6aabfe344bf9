"""Searching 50,000 members by words, against 25 rows by key and against ILIKE; the same by the API,
against one SELECT by keys as another route of it; and what an import pays for the words.

`python -m tests.bench.member_search` starts a PostgreSQL of its own, brings one file in with and
without the words, in turn, and writes the table between its markers in
docs/benchmarks.md. Ratios count; absolute times are this machine's.
"""

import argparse
import http.client
import io
import json
import os
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch
from urllib.parse import urlencode

import uvicorn
from fastapi import Depends
from sqlalchemy import ColumnElement, any_, cast, func, make_url, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.deps import Require, SessionDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.schemas import Schema
from api.main import create_app
from core.importing import ImportFile, Kind
from db.addresses import keep_address
from db.loading import load_import
from db.loading import members as loader
from db.member_words import is_found
from db.models import Gym, Member, User
from db.session import make_engine, make_session_factory, session_scope
from db.types import GymId
from local.postgres import Postgres
from local.processes import free_port
from tests.bench.serving import serve
from tests.bench.tables import describe_machine, write_section
from tests.factories.gyms import create_gym
from tests.fixtures.api import SECRET_KEY, make_settings
from tests.fixtures.postgres import MigratedDatabase, Server

TYPED = ("ana", "zaneta nov", "conceicao", "4321", "souza sil", "m123@", "jurgen", "a")
ROUNDS, PAGE = 15, 25
YARDSTICK = "/yardstick"
Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
FIRST = "Ana João Žaneta Émile Łukasz Maria José Conceição Jürgen Søren Beatriz Thiago Núria Zoë"
LAST = "Souza Silva Nováková Müller Østergård Gonçalves Żukowski Ferreira Costa Santos Pereira"


def write_file(members: int) -> bytes:
    drawn = random.Random(5)
    lines = ["number,name,email,phone"]
    for n in range(members):
        name = f"{drawn.choice(FIRST.split())} {drawn.choice(LAST.split())}-"
        name += drawn.choice(LAST.split())
        lines.append(f"{n},{name},m{n}@example{n % 50}.com,+55 11 9{n:08d}")
    return "\n".join(lines).encode()


def bring_in(database: MigratedDatabase, content: bytes, *, has_words: bool) -> tuple[Gym, float]:
    """The members of the file in a new gym, and the seconds that it took."""
    now = datetime.now(UTC)
    ops = make_engine(database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        gym = create_gym(session)
        owner = session.scalars(select(User.user_id).where(User.gym_id == gym.gym_id)).one()
    ops.dispose()
    app = make_engine(database.app_url, pool_size=1, statement_timeout_ms=0)
    source = ImportFile(
        io.BytesIO(content),
        kind=Kind.MEMBERS,
        filename="x.csv",
        timezone="UTC",
        now=now,
        keep_address=keep_address,
    )
    began = time.perf_counter()
    with session_scope(make_session_factory(app), GymId(gym.gym_id)) as session:
        if has_words:
            load_import(session, gym, source, created_by=owner, now=now)
        else:
            with patch.object(loader, "refresh_member_words"):
                load_import(session, gym, source, created_by=owner, now=now)
    seconds = time.perf_counter() - began
    app.dispose()
    return gym, seconds


def list_page(session: Session, gym: Gym, condition: ColumnElement[bool]) -> int:
    """What a list asks: how many, and the first page by name."""
    own = Member.in_gym(gym.gym_id)
    found = (
        select(Member.member_id, func.count().over())
        .where(own, condition)
        .order_by(Member.name_key, Member.member_id)
    )
    shown = session.execute(found.limit(PAGE)).all()
    keys = cast([member_id for member_id, _ in shown], ARRAY(BigInteger))
    session.execute(select(Member).where(own, Member.member_id == any_(keys))).all()
    return shown[0][1] if shown else 0


def contains(typed: str) -> ColumnElement[bool]:
    columns = (Member.name, Member.email, Member.number, Member.phone)
    return or_(*(column.icontains(typed, autoescape=True) for column in columns))


def measure(database: MigratedDatabase, gym: Gym) -> list[dict[str, str]]:
    """Each way with each text in turn, as the API's role."""
    app = make_engine(database.app_url, pool_size=1)
    with session_scope(make_session_factory(app), GymId(gym.gym_id)) as session:
        ids = list(
            session.scalars(select(Member.member_id).where(Member.in_gym(gym.gym_id)).limit(10_000))
        )[:: 10_000 // PAGE]
        by_key = Member.member_id == any_(cast(ids, ARRAY(BigInteger)))
        ways: dict[str, Callable[[str], ColumnElement[bool]]] = {
            "25 rows by key (the yardstick)": lambda _: by_key,
            "ILIKE on name, address, number, phone": contains,
            "words": lambda typed: is_found(Member.member_id, gym.gym_id, typed),
        }
        times: dict[tuple[str, str], list[float]] = {}
        found: dict[tuple[str, str], int] = {}
        for _ in range(ROUNDS):
            for way, condition in ways.items():
                for typed in TYPED:
                    began = time.perf_counter()
                    found[way, typed] = list_page(session, gym, condition(typed))
                    times.setdefault((way, typed), []).append(time.perf_counter() - began)
                    session.expunge_all()
    app.dispose()
    yardstick, like, words = ways
    mean = statistics.median(value for typed in TYPED for value in times[yardstick, typed])
    rows = []
    for typed in TYPED:
        row = {"typed": f"`{typed}`", "found": f"{found[words, typed]:,}"}
        for way in (words, like):
            median = statistics.median(times[way, typed])
            row[way] = f"{median * 1e3:.1f} ms, {median / mean:.1f} times"
        row["found by ILIKE"] = f"{found[like, typed]:,}"
        rows.append(row)
    rows.append(
        {"typed": yardstick, "found": str(PAGE), words: f"{mean * 1e3:.1f} ms, 1.0 times",
         like: "", "found by ILIKE": ""}
    )  # fmt: skip
    return rows


class Plain(Schema):
    member_id: int
    number: str | None
    name: str
    email: str | None


def run_api(database: MigratedDatabase, ids: list[int], port: int) -> None:
    """The API, and its yardstick: one SELECT by an index, for the same caller."""
    limits = {"rate_limit_user": 0, "rate_limit_gym": 0, "rate_limit_address": 0}
    app = create_app(make_settings(database, **limits))

    @app.get(YARDSTICK)
    def read_by_key(session: SessionDep, caller: Reader) -> list[Plain]:
        columns = Member.member_id, Member.number, Member.name, Member.email
        by_key = Member.member_id == any_(cast(ids, ARRAY(BigInteger)))
        rows = session.execute(select(*columns).where(Member.in_gym(caller.gym_id), by_key))
        return [Plain.model_validate(row) for row in rows]

    uvicorn.run(app, port=port, log_level="critical", access_log=False)


def ask_api(database: MigratedDatabase, gym: Gym) -> list[dict[str, str]]:
    """Each text by `GET /members`, and the yardstick, in turn on one connection."""
    ops = make_engine(database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        owner = session.scalars(select(User).where(User.gym_id == gym.gym_id)).one()
        claims = AccessClaims(owner.user_id, gym.gym_id, owner.token_version)
        known = select(Member.member_id).where(Member.in_gym(gym.gym_id)).limit(10_000)
        ids = list(session.scalars(known))[:: 10_000 // PAGE]
    ops.dispose()
    token = issue_access_token(claims, SECRET_KEY, now=datetime.now(UTC))
    paths = {typed: f"/api/v1/members?{urlencode({'search': typed})}" for typed in TYPED}
    times: dict[str, list[float]] = {path: [] for path in (YARDSTICK, *paths.values())}
    found: dict[str, Any] = {}
    with serve(partial(run_api, database, ids)) as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        for _ in range(ROUNDS + 1):
            for path, taken in times.items():
                began = time.perf_counter()
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                found[path] = json.load(connection.getresponse())
                taken.append(time.perf_counter() - began)
    medians = {path: statistics.median(taken[1:]) for path, taken in times.items()}
    assert len(found[YARDSTICK]) == PAGE
    rows = [
        {
            "typed": f"`{typed}`",
            "found": f"{found[path]['total']:,}",
            "`GET /members`": f"{medians[path] * 1e3:.1f} ms",
            "times one SELECT": f"{medians[path] / medians[YARDSTICK]:.1f}",
        }
        for typed, path in paths.items()
    ]
    yardstick = f"{medians[YARDSTICK] * 1e3:.1f} ms"
    return [*rows, dict(zip(rows[0], ("one SELECT", str(PAGE), yardstick, "1.0"), strict=True))]


def write_table(rows: list[dict[str, str]]) -> list[str]:
    header = list(rows[0])
    table = [f"| {' | '.join(header)} |", "| --- " * len(header) + "|"]
    return table + [f"| {' | '.join(row.values())} |" for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=50_000)
    parser.add_argument("--imports", type=int, default=3, help="how often, each way")
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    options = parser.parse_args()
    content = write_file(options.members)
    with tempfile.TemporaryDirectory(prefix="comeback-bench-") as folder:
        private = Postgres(
            Path(folder), password=secrets.token_urlsafe(16), choice="wheel", port=free_port()
        )
        private.start(log=Path(folder) / "postgres.log")
        try:
            server = Server(make_url(private.url()))
            database = server.copy(server.migrated_template(), "bench")
            seconds: dict[bool, list[float]] = {True: [], False: []}
            for _ in range(options.imports):
                for has_words in (False, True):
                    gym, took = bring_in(database, content, has_words=has_words)
                    seconds[has_words].append(took)
            rows = measure(database, gym)
            answers = ask_api(database, gym)
        finally:
            private.remove()
    plain, full = (statistics.median(seconds[has_words]) for has_words in (False, True))
    note = (
        f"{options.members:,} members, count and first page by name, as the API's role under"
        f" row-level security; medians of {ROUNDS} rounds in turn, and as multiples of the"
        f" yardstick. Bringing in the file of members takes {full:.1f} s with their words,"
        f" {full / plain:.2f} times what it takes without."
        f" {describe_machine()}, load {os.getloadavg()[1]:.1f} while measuring."
        " Made by `python -m tests.bench.member_search`."
    )
    asked = (
        f"The same by the API, request by request on one connection, medians of {ROUNDS} rounds in"
        " turn. The peer is a route of the same API, for the same caller, that reads"
        f" {PAGE} members by their keys and counts nothing."
        f" {describe_machine()}, load {os.getloadavg()[1]:.1f} while measuring."
        " Made by `python -m tests.bench.member_search`."
    )
    for name, title, lines in (
        ("member-search", "## Searching members", [*write_table(rows), "", note]),
        ("member-search-api", "### By the API", [*write_table(answers), "", asked]),
    ):
        section = "\n".join(lines)
        if not options.dry:
            write_section(name, f"{title}\n\n{section}")
        print(section)


if __name__ == "__main__":
    main()
