"""Many requests at once, and a gym beside one that does its worst: what the API answers, and when.

`python -m tests.bench.load` with the URLs of an empty database in the environment, as for
`tests.bench.at_risk_page`: makes a gym of 5,000 members and a neighbour of 300, serves the API from
a process of its own, sends from others, and writes two tables between their markers in
docs/benchmarks.md. The peer is the same API with the doors open: nobody waits for a place, and as
many threads as the framework has by itself. Ratios count; absolute times are this machine's.
"""

import argparse
import asyncio
import http.client
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from sqlalchemy import select

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.admission import Admission
from api.kit.settings import Settings
from api.main import create_app
from db.member_facts import write_freely
from db.models import Gym, Member, User
from db.session import make_engine, make_session_factory, session_scope
from db.stats.member_stats import refresh_member_stats
from tests.bench.at_risk_page import GYM_ID, prepare
from tests.bench.serving import SPAWN, serve
from tests.bench.tables import describe_machine, write_section

AT_ONCE = (50, 100, 200, 400)
MANY = 10**6
OWN_THREADS = 40
"""Of the framework, when nobody says otherwise."""
ME, MEMBERS, PREVIEW = "/api/v1/auth/me", "/api/v1/members", "/api/v1/campaigns/preview"
WORST = 600
"""Requests that one account may send in a minute."""
SECONDS = 10
PAUSE = 0.1
_JSON = "application/json"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    kind: str = _JSON

    def write(self, token: str) -> bytes:
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: close",
            f"Authorization: Bearer {token}",
        ]
        if self.body:
            lines += [f"Content-Type: {self.kind}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Answered:
    status: str
    seconds: float


@asynccontextmanager
async def _have_own_threads(_app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = OWN_THREADS
    yield


def run_api(settings: Settings, has_doors: bool, port: int) -> None:
    app = create_app(settings)
    if not has_doors:
        app.state.admission = Admission(MANY, share=MANY)
        app.router.lifespan_context = _have_own_threads
    uvicorn.run(app, port=port, log_level="critical", access_log=False)


def send_at_once(port: int, token: str, requests: Sequence[Request]) -> list[Answered]:
    async def send(request: Request) -> Answered:
        begun = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.write(token))
            answer = await asyncio.wait_for(reader.read(), 120)
            writer.close()
            status = answer[9:12].decode() or "broken off"
        except (OSError, TimeoutError) as error:
            status = type(error).__name__
        return Answered(status, time.perf_counter() - begun)

    async def send_all() -> list[Answered]:
        return await asyncio.gather(*map(send, requests))

    return asyncio.run(send_all())


def do_the_worst(port: int, token: str, requests: Sequence[Request], each: int) -> None:
    """As many as a minute's limit allows, `each` of them at once, over and over."""
    left = WORST
    while left > 0:
        send_at_once(port, token, [requests[n % len(requests)] for n in range(min(each, left))])
        left -= each


def ask(port: int, token: str, path: str, *, seconds: float) -> list[float]:
    """Ask again and again, as somebody who works, and time each answer."""
    times = []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - begun)
        assert answer.status == 200, answer.status
        time.sleep(PAUSE)
    return times


def find_99th(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[-1] if len(times) > 1 else times[0]


def measure_bursts(settings: Settings, token: str) -> list[list[str]]:
    rows = []
    for name, has_doors in (("ours", True), ("open doors", False)):
        with serve(run_api, settings, has_doors) as api:
            port = api.port
            ask(port, token, ME, seconds=2)
            idle = statistics.median(ask(port, token, ME, seconds=5))
            for number in AT_ONCE:
                answers = send_at_once(port, token, [Request("GET", ME)] * number)
                times = [answer.seconds for answer in answers]
                statuses = Counter(answer.status for answer in answers)
                rows.append(
                    [
                        f"{number}",
                        name,
                        ", ".join(f"{count} × {status}" for status, count in statuses.items()),
                        f"{statistics.median(times) / idle / number:.2f}",
                        f"{statistics.median(times) / idle:.0f}",
                        f"{find_99th(times) / idle:.0f}",
                    ]
                )
    return sorted(rows, key=lambda row: int(row[0]))


def make_attacks(members: list[int]) -> dict[str, tuple[list[Request], int]]:
    """What one account may do within its limits, and how many of it at once."""
    text = {"subject": "We miss you", "body": "Hi {{first_name|there}}, " + "come back. " * 800}
    everybody = json.dumps({"member_ids": members, **text}).encode()
    unreadable = json.dumps({"filter": {}, **{f"x{n}": n for n in range(60_000)}}).encode()
    rows = "".join(f"N{n},Ana {n},ana{n}@example.com\n" for n in range(100_000))
    boundary = "----------------------------bench"
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nmembers\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="dry_run"\r\n\r\ntrue\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="m.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\nnumber,name,email\n{rows}\r\n--{boundary}--\r\n"
    ).encode()
    one = json.dumps({"member_id": members[0]}).encode()
    return {
        "who am I, 190 at once": ([Request("GET", ME)], 190),
        "at risk, another search each time, 100 at once": (
            [Request("GET", f"/api/v1/analytics/at-risk?search=Member+{n}") for n in range(WORST)],
            100,
        ),
        "check-ins of one member, 190 at once": (
            [Request("POST", "/api/v1/check-ins", one)],
            190,
        ),
        "previews to 5,000 members, 20 at once": ([Request("POST", PREVIEW, everybody)], 20),
        "bodies of a megabyte that nothing can be done with, 20 at once": (
            [Request("POST", PREVIEW, unreadable)],
            20,
        ),
        "files of 100,000 members, tried, 4 at once": (
            [Request("POST", "/api/v1/imports", form, f"multipart/form-data; boundary={boundary}")],
            4,
        ),
    }


def measure_neighbour(
    settings: Settings, tokens: tuple[str, str], members: list[int], names: Sequence[str]
) -> list[list[str]]:
    rows = []
    for name, (requests, each) in make_attacks(members).items():
        if names and not any(part in name for part in names):
            continue
        row = [name]
        for has_doors in (True, False):
            with serve(run_api, settings, has_doors) as api:
                port = api.port
                ask(port, tokens[1], MEMBERS, seconds=2)
                idle = ask(port, tokens[1], MEMBERS, seconds=SECONDS / 2)
                attack = SPAWN.Process(target=do_the_worst, args=(port, tokens[0], requests, each))
                attack.start()
                time.sleep(2)
                meanwhile = ask(port, tokens[1], MEMBERS, seconds=SECONDS)
                attack.kill()
                attack.join()
            row += [
                f"{statistics.median(meanwhile) / statistics.median(idle):.1f}",
                f"{find_99th(meanwhile) / statistics.median(idle):.1f}",
            ]
        print(row, flush=True)
        rows.append(row)
    return rows


def add_neighbour(settings: Settings) -> int:
    """A second gym with 300 members, unless the database has it; its owner's user id."""
    engine = make_engine(settings.ops_database_url, pool_size=1)
    with session_scope(make_session_factory(engine)) as session:
        owner_id = session.scalar(select(User.user_id).where(User.email == "next@example.com"))
        if owner_id is None:
            account = {"name": "Next Door", "username": "next", "email": "next@example.com"}
            gym = Gym(gym_id=2, hashed_password="x", **account)
            session.add(gym)
            session.flush()
            owner = User(gym_id=2, role="owner", **account)
            session.add(owner)
            write_freely(session)
            session.add_all(
                Member(gym_id=2, member_id=n, name=f"Neighbour {n}", join_date=date(2025, 1, 1))
                for n in range(10**6, 10**6 + 300)
            )
            session.flush()
            refresh_member_stats(session, 2)
            owner_id = owner.user_id
    engine.dispose()
    return owner_id


def read_members(settings: Settings) -> list[int]:
    engine = make_engine(settings.ops_database_url, pool_size=1)
    with session_scope(make_session_factory(engine)) as session:
        own = select(Member.member_id).where(Member.gym_id == GYM_ID)
        members = list(session.scalars(own.order_by(Member.member_id)))
    engine.dispose()
    return members


def make_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(header)} |", "| --- " + "| ---: " * (len(header) - 1) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=5_000)
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--only", action="append", default=[], help="attacks with this in the name")
    options = parser.parse_args()
    settings = Settings(redis_url=None)
    owners = (prepare(settings, options.members, options.visits), add_neighbour(settings))
    now = datetime.now(UTC)
    big, small = (
        issue_access_token(AccessClaims(owner, gym, 0), settings.secret_key, now=now)
        for gym, owner in enumerate(owners, 1)
    )
    unlimited = settings.model_copy(update={"rate_limit_user": 0, "rate_limit_gym": 0})
    bursts = [] if options.only else measure_bursts(unlimited, small)
    worst = measure_neighbour(settings, (big, small), read_members(settings), options.only)
    load = os.getloadavg()[2]
    note = (
        f"{describe_machine()}, load {load:.1f} while measuring (mean of 15 minutes, its own"
        " included). Made by `python -m tests.bench.load`."
    )
    header = ["at once", "API", "answers", "median / idle / number", "median / idle", "99th / idle"]
    text = (
        "## Many requests at once\n\n"
        f'`GET {ME}`, all at the same moment, beside one alone on an idle API. "Open doors" is the'
        " same API without places: whoever comes may begin. One after the other, each would have"
        " waited half the number times the idle time: 0.50 in the fourth column.\n\n"
        + make_table(header, bursts)
        + "\n\n## A neighbour of a gym that does its worst\n\n"
        f"One account of a gym with {options.members:,} members sends what a minute's limit allows"
        f" ({WORST}), as fast as it is answered. Meanwhile another gym asks for its members ten"
        " times a second. The goal is at most three times its idle median.\n\n"
        + make_table(
            [
                "what the account sends",
                "median / idle",
                "99th / idle",
                "open doors: median / idle",
                "99th / idle",
            ],
            worst,
        )
        + f"\n\n{note}"
    )
    print(text)
    if not options.only:
        write_section("load", text)


if __name__ == "__main__":
    main()
