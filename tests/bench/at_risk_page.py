"""The at-risk page and the overview of a large gym, against one indexed SELECT in the same stack.

`python -m tests.bench.at_risk_page` with SUPERUSER_DATABASE_URL of an empty database and, to see
answers kept in Redis too, REDIS_URL: makes a gym of 50,000 members and 5,000,000 visits by SQL,
starts the API, asks each URL in turn and writes the table between its markers in
docs/benchmarks.md. Ratios count; absolute times are this machine's.
"""

import argparse
import os
import resource
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, select

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.cache import Memory
from api.kit.deps import PrincipalDep, SessionDep
from api.kit.schemas import Schema
from api.kit.settings import Settings
from api.main import create_app
from db.migrate import migrate
from db.models import Member, User
from db.roles import make_roles
from db.session import make_engine, make_session_factory, session_scope
from local.processes import free_port
from tests.bench.big_gym import fill
from tests.bench.tables import describe_machine, write_section

PEER = "/bench/one-indexed-select"
ROWS = 25
ROUNDS = 60
GYM_ID = 1
YARDSTICK = "one indexed SELECT (the yardstick)"
AT_RISK, OVERVIEW = "/api/v1/analytics/at-risk", "/api/v1/analytics/overview"
COMPUTED = {
    YARDSTICK: PEER,
    "at-risk page": AT_RISK,
    "at-risk page, one tab": f"{AT_RISK}?tab=drifting",
    "overview": OVERVIEW,
    "members page": "/api/v1/members",
}
KEPT = {"at-risk page": AT_RISK, "overview": OVERVIEW}
GOAL = (
    "The goal is at most three times the yardstick for the at-risk page and the overview. Where the"
    " last column is larger, it is not reached. An answer is computed when the gym has changed, or"
    " after five minutes; in between it is kept."
)


class PeerRow(Schema):
    member_id: int
    name: str
    email: str | None
    status: str


def add_peer(app: FastAPI) -> None:
    """The yardstick: sign-in, session, one SELECT by index, a page of rows as JSON."""

    @app.get(PEER)
    def peer(session: SessionDep, caller: PrincipalDep) -> list[PeerRow]:
        rows = session.scalars(
            select(Member)
            .where(Member.in_gym(caller.gym_id))
            .order_by(Member.member_id)
            .limit(ROWS)
        )
        return [PeerRow.model_validate(row) for row in rows]


def prepare(settings: Settings, members: int, visits: int) -> int:
    """Make the gym unless the database has it; answer its owner's user id."""
    assert settings.superuser_database_url, "set SUPERUSER_DATABASE_URL to an empty database"
    superuser = create_engine(settings.superuser_database_url)
    with superuser.begin() as connection:
        make_roles(connection, settings)
    migrate(settings.migrator_database_url)
    engine = make_engine(settings.ops_database_url, pool_size=1)
    factory = make_session_factory(engine)
    with session_scope(factory) as session:
        owner_id = session.scalar(select(User.user_id).where(User.gym_id == GYM_ID))
    if owner_id is None:
        fill(
            settings.superuser_database_url,
            settings.ops_database_url,
            members=members,
            visits=visits,
        )
        with session_scope(factory) as session:
            owner = User(gym_id=GYM_ID, role="owner", name="Owner", email="bench@example.com")
            session.add(owner)
            session.flush()
            owner_id = owner.user_id
        with superuser.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                "vacuum analyze"
            )
    engine.dispose()
    superuser.dispose()
    return owner_id


@contextmanager
def serve(settings: Settings, *, keeps: bool) -> Iterator[str]:
    """An API in a thread of this process; answer its address."""
    app = create_app(settings)
    if not keeps:
        app.state.cache.memory = Memory(max_bytes=0)
    add_peer(app)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="error", access_log=False, lifespan="off")
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True


def measure(settings: Settings, owner_id: int) -> list[dict[str, str]]:
    """Ask the URLs in turn, so that what else the machine does meets all of them alike."""
    # Counted as always, and never refused.
    limits = dict.fromkeys(("rate_limit_user", "rate_limit_gym"), 10**9)
    alone = settings.model_copy(update={"redis_url": None, **limits})
    claims = AccessClaims(user_id=owner_id, gym_id=GYM_ID, token_version=0)
    token = issue_access_token(claims, settings.secret_key, now=datetime.now(UTC))
    with ExitStack() as stack:
        computing = stack.enter_context(serve(alone, keeps=False))
        urls = {name: computing + path for name, path in COMPUTED.items()}
        keeping = stack.enter_context(serve(alone, keeps=True))
        urls |= {f"{name}, kept in process": keeping + path for name, path in KEPT.items()}
        if settings.redis_url:
            shared = settings.model_copy(update=limits)
            sharing = stack.enter_context(serve(shared, keeps=True))
            urls |= {f"{name}, kept in Redis": sharing + path for name, path in KEPT.items()}
        times = ask(urls, token)
    yardstick = statistics.median(times[YARDSTICK])
    return [
        {
            "answer": name,
            "median ms": f"{statistics.median(values) * 1000:.1f}",
            "95th percentile ms": f"{statistics.quantiles(values, n=20)[-1] * 1000:.1f}",
            "times the yardstick": f"{statistics.median(values) / yardstick:.1f}",
        }
        for name, values in times.items()
    ]


def ask(urls: dict[str, str], token: str) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in urls}
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}) as http:
        for round_ in range(ROUNDS + 5):
            for name, url in urls.items():
                start = time.perf_counter()
                answer = http.get(url, timeout=60)
                elapsed = time.perf_counter() - start
                assert answer.status_code == 200, answer.text
                if round_ >= 5:
                    times[name].append(elapsed)
                    kept = answer.headers.get("X-Cache") == "hit"
                    assert kept == (", kept" in name), f"{name}: {answer.headers}"
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=50_000)
    parser.add_argument("--visits", type=int, default=5_000_000)
    options = parser.parse_args()
    settings = Settings()
    rows = measure(settings, prepare(settings, options.members, options.visits))
    load = os.getloadavg()[1]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    header = " | ".join(rows[0])
    table = [f"| {header} |", "| --- " * len(rows[0]) + "|"]
    table += ["| " + " | ".join(row.values()) + " |" for row in rows]
    note = (
        f"{options.members:,} members, {options.visits:,} visits, over HTTP,"
        f" {ROUNDS} rounds with the URLs in turn. Peak memory of APIs and client {memory} MB."
        f" {describe_machine()}, load {load:.1f} while measuring."
        " Made by `python -m tests.bench.at_risk_page`."
    )
    text = "\n".join([*table, "", GOAL, "", note])
    write_section("at-risk", "## The at-risk page and the overview\n\n" + text)
    print(text)


if __name__ == "__main__":
    main()
