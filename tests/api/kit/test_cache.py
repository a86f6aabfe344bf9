"""Kept answers: never stale, never another gym's, and Redis changes nothing but the time it takes.

Every promise is tested with a real Redis; the API's other tests run on the in-process cache.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import delete, event, text
from sqlalchemy.orm import sessionmaker

from api.analytics import service
from api.kit.cache import MAX_VALUE_BYTES, Cache, Memory
from api.kit.deps import get_session
from api.kit.redis import PAUSE, TIMEOUT, SharedRedis
from api.kit.settings import Settings
from db.base import Base
from db.member_facts import write_freely
from db.models import CacheVersion, Gym, Member, Notification, Role
from db.queue.catalogue import DS, JOBS, SCORES, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession, session_scope
from db.stats.member_status import refresh_member_status
from db.topics import Topic
from db.types import GymId
from ds.pipeline import run_gym
from tests.factories.campaigns import send_mail
from tests.factories.members import create_member, create_membership, create_regular_visits
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs
from tests.fixtures.mail import MailServer
from tests.fixtures.redis import RedisServer
from tests.fixtures.routes import APP, OPERATIONS

V1 = "/api/v1"
PAGES = {
    "overview": f"{V1}/analytics/overview",
    "at-risk": f"{V1}/analytics/at-risk",
    "at-risk, a tab": f"{V1}/analytics/at-risk?tab=drifting&sort=name&size=1&page=1",
    "visits": f"{V1}/analytics/visits?days=30",
    "segments": f"{V1}/analytics/segments",
    "retention": f"{V1}/analytics/retention",
}
MakeProcess = Callable[..., tuple[FastAPI, ApiClient]]


def read(caller: ApiClient) -> dict[str, Any]:
    """Every page that is kept, without the moment it was computed at."""
    answers = {name: caller.get(path).json() for name, path in PAGES.items()}
    for answer in answers.values():
        answer.pop("computed_at")
    return answers


def how(caller: ApiClient, path: str = PAGES["overview"]) -> str:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["X-Cache"])


@pytest.fixture
def life(gym: Gym, in_gym: Any) -> dict[str, int]:
    """Ids of a gym with three members at risk and one who comes."""
    ids: dict[str, int] = {}
    with in_gym(gym.gym_id) as session:
        for name, away in (("ana", 20), ("bob", 20), ("cleo", 60), ("dora", 1)):
            member = create_member(session, gym=gym, name=name)
            membership = create_membership(session, gym=gym, member=member)
            visits = create_regular_visits(
                session,
                gym=gym,
                member=member,
                last=NOON - timedelta(days=away),
                every_days=3,
                count=20,
            )
            ids[name] = member.member_id
        ids |= {"plan": membership.plan_id, "membership": membership.membership_id}
        write_freely(session)
        visits[0].check_out = None
        ids["visit"] = visits[0].check_in_id
    return ids


@pytest.fixture
def processes(make_process: MakeProcess, redis_url: str, owner: ApiClient) -> list[ApiClient]:
    """The owner at two processes of the API that share a Redis."""
    return [owner.through(make_process(redis_url=redis_url)[1]) for _ in range(2)]


@pytest.fixture
def uncached(api_app: FastAPI, owner: ApiClient) -> Callable[[], dict[str, Any]]:
    """Reads the pages from an API that remembers nothing."""

    def compute() -> dict[str, Any]:
        api_app.state.cache.memory.clear()
        return read(owner)

    return compute


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_what_one_process_computed_the_other_answers(
    processes: list[ApiClient], life: Any, path: str
) -> None:
    one, other = (caller.get(path) for caller in processes)
    assert (one.headers["X-Cache"], other.headers["X-Cache"]) == ("miss", "hit")
    assert one.content == other.content
    assert one.headers["X-Version"] == other.headers["X-Version"]


def test_a_kept_answer_says_when_it_was_computed(
    processes: list[ApiClient], life: Any, clock: Clock
) -> None:
    first = processes[0].get(PAGES["overview"]).json()
    clock.advance(minutes=4)
    assert processes[1].get(PAGES["overview"]).json() == first
    assert first["computed_at"] == first["as_of"] == NOON.isoformat().replace("+00:00", "Z")
    clock.advance(minutes=1)
    assert how(processes[1]) == "miss", "it is kept for five minutes"


def test_what_other_code_answered_is_not_this_ones(
    processes: list[ApiClient], life: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [how(process) for process in processes] == ["miss", "hit"]
    monkeypatch.setattr("api.kit.cache.read_code_version", lambda: "another")
    assert how(processes[0]) == "miss"


# How each writing route is called so that it changes something of the gym.
WRITES: dict[str, Callable[[ApiClient, dict[str, int]], Any]] = {
    "PATCH /api/v1/organizations/me": lambda owner, ids: owner.patch(
        f"{V1}/organizations/me", json={"name": "New Name"}
    ),
    "POST /api/v1/members": lambda owner, ids: owner.post(
        f"{V1}/members", json={"name": "Eve", "join_date": "2026-01-01"}
    ),
    "PATCH /api/v1/members/{member_id}": lambda owner, ids: owner.patch(
        f"{V1}/members/{ids['ana']}", json={"name": "Anabel"}
    ),
    "POST /api/v1/membership-plans": lambda owner, ids: owner.post(
        f"{V1}/membership-plans", json={"name": "Gold", "price": 90, "duration_months": 1}
    ),
    "PATCH /api/v1/membership-plans/{plan_id}": lambda owner, ids: owner.patch(
        f"{V1}/membership-plans/{ids['plan']}", json={"name": "Platinum"}
    ),
    "POST /api/v1/memberships": lambda owner, ids: owner.post(
        f"{V1}/memberships",
        json={
            "member_id": owner.post(f"{V1}/members", json={"name": "Fay"}).json()["member_id"],
            "plan_id": ids["plan"],
            "starts_on": "2026-11-01",
        },
    ),
    "POST /api/v1/memberships/{membership_id}/cancel": lambda owner, ids: owner.post(
        f"{V1}/memberships/{ids['membership']}/cancel",
        json={"reason": "other", "last_day": "2026-11-20"},
    ),
    "POST /api/v1/memberships/{membership_id}/freeze": lambda owner, ids: owner.post(
        f"{V1}/memberships/{ids['membership']}/freeze", json={"ends_on": "2026-11-30"}
    ),
    "POST /api/v1/check-ins": lambda owner, ids: owner.post(
        f"{V1}/check-ins", json={"member_id": ids["bob"]}
    ),
    "POST /api/v1/check-ins/{check_in_id}/leave": lambda owner, ids: owner.post(
        f"{V1}/check-ins/{ids['visit']}/leave", json={}
    ),
    "DELETE /api/v1/check-ins/{check_in_id}": lambda owner, ids: owner.delete(
        f"{V1}/check-ins/{ids['visit']}"
    ),
    "POST /api/v1/locations/closures": lambda owner, ids: owner.post(
        f"{V1}/locations/closures", json={"starts_on": "2026-11-01", "ends_on": "2026-11-15"}
    ),
    "POST /api/v1/equipment": lambda owner, ids: owner.post(
        f"{V1}/equipment", json={"name": "Rower", "category": "cardio"}
    ),
    "POST /api/v1/campaigns": lambda owner, ids: owner.post(
        f"{V1}/campaigns", json={"member_ids": [ids["ana"]], "subject": "Hi", "body": "Come!"}
    ),
    "POST /api/v1/imports": lambda owner, ids: owner.post(
        f"{V1}/imports",
        data={"kind": "members"},
        files={"file": ("m.csv", "number,name,join_date\n7,Gil,2026-01-02\n")},
    ),
}


PEOPLE = {"overview", "at-risk", "at-risk, a tab", "segments"}
"""Pages that look at members from all sides, or leave out who is none."""

# The pages that a write leaves as they are. Each other write may show on every page.
KEPT = dict.fromkeys(
    [
        "POST /api/v1/members",
        "PATCH /api/v1/members/{member_id}",
        "POST /api/v1/memberships",
        "POST /api/v1/memberships/{membership_id}/cancel",
        "POST /api/v1/memberships/{membership_id}/freeze",
        "POST /api/v1/imports",
    ],
    PAGES.keys() - PEOPLE,
) | {
    "POST /api/v1/check-ins": {"retention"},
    "POST /api/v1/check-ins/{check_in_id}/leave": {"retention"},
    "DELETE /api/v1/check-ins/{check_in_id}": {"retention"},
    "POST /api/v1/campaigns": PAGES.keys() - PEOPLE | {"segments"},
    "POST /api/v1/equipment": PAGES.keys(),
}


@pytest.mark.parametrize("operation", WRITES)
def test_after_a_write_the_pages_that_it_may_show_on_are_computed_again_and_no_other(
    processes: list[ApiClient],
    uncached: Callable[[], dict[str, Any]],
    life: dict[str, int],
    operation: str,
) -> None:
    writer, reader = processes
    assert read(reader) == uncached()
    assert how(reader) == "hit"
    answer = WRITES[operation](writer, life)
    assert answer.status_code < 300, answer.text
    kept = KEPT.get(operation, set())
    assert {name: how(reader, path) for name, path in PAGES.items()} == {
        name: "hit" if name in kept else "miss" for name in PAGES
    }
    assert read(reader) == uncached()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_counts_as_old_when_any_table_that_it_reads_has_changed(
    make_process: MakeProcess, owner: ApiClient, life: Any, page: str
) -> None:
    """Seen to fail with a topic taken out of a route's."""
    app, nobody = make_process()
    topic_of = {mapper.local_table.name: mapper.class_.topic for mapper in Base.registry.mappers}
    declared: list[set[Topic]] = []
    with count_statements(app) as asked, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "api.kit.cache.name_version",
            lambda _versions, topics: declared.append(set(topics)) or "the only one",
        )
        assert how(owner.through(nobody), PAGES[page]) == "miss"
    # The first one finds the gym and who is asking, which counts for no cached response.
    words = {word for statement in asked[1:] for word in re.findall(r"[a-z_]+", statement)}
    tables = words & topic_of.keys() - {"gyms"}
    assert tables
    assert {table: topic_of[table] for table in tables if topic_of[table] not in declared[0]} == {}


def test_every_route_that_writes_does_it_in_the_session_that_tells() -> None:
    """A new route is covered by its session, which moves the versions on; a check-in, which has
    none, by its function of the database: see `WRITES`."""

    def depends(dependant: Any) -> bool:
        return dependant.call is get_session or any(map(depends, dependant.dependencies))

    apart = {
        f"{method} {context.path}"
        for context in iter_route_contexts(APP.routes)
        if context.path and getattr(context, "dependant", None) is not None
        for method in (context.methods or set()) - {"GET", "HEAD"}
        if not depends(context.dependant)  # type: ignore[attr-defined]
    }
    assert apart == {"POST /api/v1/check-ins"}
    assert apart <= WRITES.keys(), "what has no session shows in the pages that it changes"
    assert {str(operation) for operation in OPERATIONS} >= WRITES.keys()


class TestJobs:
    """What changes a gym from outside of the API."""

    def expect_fresh(
        self, reader: ApiClient, uncached: Any, change: Callable[[], object], *changed: str
    ) -> None:
        before = read(reader)
        assert how(reader) == "hit"
        change()
        after = read(reader)
        assert after == uncached()
        assert {name for name in PAGES if before[name] != after[name]} >= set(changed)

    def test_a_mail_that_went_out(
        self, processes: Any, uncached: Any, life: Any, add_member: Any, send_queued: Any
    ) -> None:
        reader = processes[1]
        assert send_mail(processes[0], add_member()).status_code == 202
        self.expect_fresh(reader, uncached, send_queued, "overview")

    def test_a_mail_that_has_to_wait_costs_nothing_and_one_that_went_out_shows(
        self,
        processes: Any,
        uncached: Any,
        life: Any,
        add_member: Any,
        send_queued: Any,
        mail_server: MailServer,
        ops_session: GymSession,
    ) -> None:
        """Overview and at-risk list depend on who was mailed, and on nothing before that."""
        reader = processes[1]
        assert send_mail(processes[0], add_member()).status_code == 202
        read(reader)
        mail_server.data_answer = "451 try later"
        send_queued()
        assert {how(reader, path) for path in PAGES.values()} == {"hit"}
        mail_server.data_answer = "250 OK"
        ops_session.execute(text("update outbox set next_at = now() where state = 'pending'"))
        ops_session.commit()
        self.expect_fresh(reader, uncached, send_queued, "overview")

    def test_a_run_of_the_science(
        self,
        processes: Any,
        uncached: Any,
        life: Any,
        gym: Gym,
        ops_sessions: sessionmaker[GymSession],
    ) -> None:
        self.expect_fresh(
            processes[1],
            uncached,
            lambda: run_gym(ops_sessions, gym, NOON),
            "segments",
            "retention",
            "overview",
        )

    def test_a_job_of_the_science(
        self,
        processes: Any,
        uncached: Any,
        life: Any,
        gym: Gym,
        in_gym: Any,
        ops_sessions: sessionmaker[GymSession],
    ) -> None:
        with in_gym(gym.gym_id) as session:
            job_id = add_job(session, gym.gym_id, SCORES, "now")
        assert job_id is not None

        def work() -> None:
            process_job(ops_sessions, load_handlers(DS), GymId(gym.gym_id), job_id, now=NOON)

        self.expect_fresh(processes[1], uncached, work, "segments", "retention")

    def test_a_job_of_the_gym(
        self,
        processes: Any,
        uncached: Any,
        life: dict[str, int],
        gym: Gym,
        api_settings: Settings,
        app_sessions: sessionmaker[GymSession],
    ) -> None:
        rows = [{"member_id": life["ana"], "check_in": "2026-11-18T10:00:00Z"}]
        asked = processes[0].post(f"{V1}/check-ins/bulk", json={"check_ins": rows})
        assert asked.status_code == 202, asked.text

        def work() -> None:
            job_id = asked.json()["job_id"]
            handlers = load_handlers(JOBS, settings=api_settings)
            process_job(app_sessions, handlers, GymId(gym.gym_id), job_id, now=NOON)

        self.expect_fresh(processes[1], uncached, work, "overview", "at-risk", "visits")

    def test_the_status_of_members_at_midnight(
        self,
        processes: Any,
        life: Any,
        gym: Gym,
        in_gym: Any,
        ops_sessions: sessionmaker[GymSession],
    ) -> None:
        with in_gym(gym.gym_id) as session:
            write_freely(session)
            session.execute(text("update customers set status = 'expired'"))
        assert [how(processes[1]) for _ in range(2)] == ["miss", "hit"]
        with session_scope(ops_sessions, GymId(gym.gym_id)) as session:
            refresh_member_status(session, gym.gym_id, NOON.date())
        assert how(processes[1]) == "miss"


class TestAgreement:
    def test_answers_of_one_version_agree_while_members_come_and_go(
        self, processes: list[ApiClient], gym: Gym, in_gym: Any
    ) -> None:
        with in_gym(gym.gym_id) as session:
            ids = []
            for _ in range(40):
                member = create_member(session, gym=gym)
                create_regular_visits(
                    session,
                    gym=gym,
                    member=member,
                    last=NOON - timedelta(days=20),
                    every_days=3,
                    count=20,
                )
                ids.append(member.member_id)
        is_done = threading.Event()
        seen: dict[str, set[tuple[int, ...]]] = defaultdict(set)

        def look(caller: ApiClient) -> None:
            while not is_done.is_set():
                for path in (PAGES["overview"], PAGES["at-risk"]):
                    answer = caller.get(path)
                    body = answer.json()
                    tabs = body["at_risk_tabs"] if "at_risk_tabs" in body else body["tabs"]
                    count = body["at_risk"] if "at_risk" in body else body["total"]
                    figures = (count, tabs["all"], tabs["drifting"])
                    seen[answer.headers["X-Version"]].add(figures)

        readers = [threading.Thread(target=look, args=(caller,)) for caller in processes * 2]
        for reader in readers:
            reader.start()
        for member_id in ids:
            came = processes[0].post(f"{V1}/check-ins", json={"member_id": member_id})
            assert came.status_code == 201
        is_done.set()
        for reader in readers:
            reader.join()
        assert len(seen) > 5
        assert all(len(figures) == 1 for figures in seen.values()), seen
        assert {how(processes[0]), how(processes[1])} <= {"hit", "miss"}
        assert processes[1].get(PAGES["overview"]).json()["at_risk"] == 0

    def test_an_error_is_not_kept(
        self, processes: list[ApiClient], life: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr("api.analytics.service.read_overview", fail)
            assert processes[0].get(PAGES["overview"]).status_code == 500
        assert how(processes[1]) == "miss"


class TestTime:
    def test_no_answer_outlives_the_gyms_day(
        self,
        make_gym: Callable[..., Gym],
        make_process: MakeProcess,
        sign_in_as: SignInAs,
        clock: Clock,
        redis_url: str,
    ) -> None:
        gym = make_gym(timezone="America/Sao_Paulo")
        caller = sign_in_as(Role.OWNER, gym=gym).through(make_process(redis_url=redis_url)[1])
        clock.now = datetime(2026, 11, 19, 2, 58, tzinfo=UTC)  # two minutes before midnight there
        assert [how(caller) for _ in range(2)] == ["miss", "hit"]
        clock.advance(minutes=3)
        assert how(caller) == "miss"

    def test_who_may_be_mailed_again_is_told_in_time(
        self, processes: list[ApiClient], life: dict[str, int], gym: Gym, in_gym: Any, clock: Clock
    ) -> None:
        sent_at = NOON - timedelta(days=7) + timedelta(minutes=2)
        send_mail(processes[0], Member(member_id=life["ana"]))
        with in_gym(gym.gym_id) as session:
            session.query(Notification).update({"state": "sent", "sent_at": sent_at})
        reader = processes[1]

        def can_email() -> bool:
            items = reader.get(PAGES["at-risk"]).json()["items"]
            return {item["member_id"]: item["can_email"] for item in items}[life["ana"]]

        assert can_email() is False
        clock.advance(minutes=1)
        assert how(reader, PAGES["at-risk"]) == "hit"
        clock.advance(minutes=1)
        assert can_email() is True


class TestApart:
    def test_the_gym_next_door_gets_its_own(
        self,
        processes: list[ApiClient],
        other_owner: ApiClient,
        life: Any,
        gym: Gym,
        other_gym: Gym,
        ops_session: GymSession,
    ) -> None:
        """Also when both gyms happen to be at the same versions."""
        for one in (gym, other_gym):
            ops_session.execute(delete(CacheVersion).where(CacheVersion.in_gym(one.gym_id)))
        ops_session.commit()
        mine, theirs = (
            caller.get(PAGES["overview"])
            for caller in (processes[0], other_owner.through(processes[1]))
        )
        assert theirs.headers["X-Cache"] == "miss"
        assert (mine.json()["active_members"], theirs.json()["active_members"]) == (4, 0)

    def test_a_value_moved_to_another_key_is_none(
        self,
        processes: list[ApiClient],
        other_owner: ApiClient,
        life: Any,
        redis_url: str,
    ) -> None:
        next_door = other_owner.through(processes[1])
        assert (how(processes[0]), how(next_door)) == ("miss", "miss")
        redis = SharedRedis(redis_url).client
        one, other = sorted(redis.keys("comeback:answer:*"))
        first, second = redis.get(one), redis.get(other)
        redis.set(one, second)
        redis.set(other, first)
        answer = next_door.get(PAGES["overview"])
        assert (answer.headers["X-Cache"], answer.json()["active_members"]) == ("miss", 0)

    def test_nobody_without_the_right_is_answered_from_it(
        self, processes: list[ApiClient], life: Any, sign_in_as: SignInAs
    ) -> None:
        assert how(processes[0]) == "miss"
        assert sign_in_as(Role.MEMBER).through(processes[0]).get(PAGES["overview"]).status_code in {
            401,
            403,
        }
        stranger = ApiClient(processes[0].http)
        assert stranger.get(PAGES["overview"]).status_code == 401


class TestRedisInTrouble:
    """Only the time changes. Each case is a Redis of its own."""

    @pytest.fixture
    def caller(
        self, make_process: MakeProcess, private_redis: RedisServer, owner: ApiClient
    ) -> ApiClient:
        return owner.through(make_process(redis_url=private_redis.url, patience=2)[1])

    @pytest.mark.parametrize("trouble", ["killed", "frozen", "emptied", "rubbish", "full"])
    def test_answers_stay_right(
        self,
        caller: ApiClient,
        private_redis: RedisServer,
        uncached: Any,
        life: dict[str, int],
        trouble: str,
    ) -> None:
        assert read(caller) == uncached()
        redis = private_redis.client
        match trouble:
            case "killed":
                private_redis.kill()
            case "frozen":
                private_redis.freeze()
            case "emptied":
                redis.flushall()
            case "full":
                redis.config_set("maxmemory", "1mb")
                redis.config_set("maxmemory-policy", "noeviction")
            case "rubbish":
                for number, key in enumerate(redis.keys("*")):
                    redis.delete(key)
                    if number % 3 == 0:
                        redis.lpush(key, "a list")
                    else:
                        redis.set(key, [b"", b'{"at_risk": 0}' * 9][number % 2])
        assert read(caller) == uncached()
        caller.post(f"{V1}/check-ins", json={"member_id": life["ana"]})
        assert read(caller) == uncached()
        if trouble != "full":
            assert how(caller) == "hit"

    def test_an_old_copy_of_redis_brings_nothing_old_back(
        self, caller: ApiClient, private_redis: RedisServer, uncached: Any, life: dict[str, int]
    ) -> None:
        read(caller)
        redis = private_redis.client
        old = {key: redis.dump(key) for key in redis.keys("*")}
        caller.post(f"{V1}/check-ins", json={"member_id": life["ana"]})
        read(caller)
        redis.flushall()
        for key, value in old.items():
            redis.restore(key, 0, value)  # for ever, and not for the minutes it was kept for
        assert read(caller) == uncached()

    def test_it_is_used_again_once_it_is_back(
        self,
        caller: ApiClient,
        private_redis: RedisServer,
        life: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("api.kit.redis.PAUSE", 0.1)
        assert caller.get("/ready").json()["cache"] == "redis"
        private_redis.kill()
        ready = caller.get("/ready")
        assert (ready.status_code, ready.json()["cache"]) == (200, "in process")
        assert [how(caller) for _ in range(2)] == ["miss", "hit"]
        private_redis.start()
        for _ in range(50):
            if caller.get("/ready").json()["cache"] == "redis":
                break
            threading.Event().wait(0.1)
        assert [how(caller) for _ in range(2)] == ["miss", "hit"]
        assert private_redis.client.keys("comeback:answer:*")

    def test_a_frozen_redis_costs_two_tenths_of_a_second_once(
        self, private_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        redis = SharedRedis(private_redis.url)
        assert redis.client.get_connection_kwargs()["socket_timeout"] == TIMEOUT == 0.2
        cache, asked = Cache("secret", redis), []
        ask = redis.client.execute_command
        monkeypatch.setattr(
            redis.client,
            "execute_command",
            lambda *said, **how: asked.append(said) or ask(*said, **how),
        )
        private_redis.freeze()
        began = time.monotonic()
        for _ in range(200):
            cache.put("key", b"value", now=NOON, until=NOON + timedelta(minutes=1))
            assert cache.get("key", now=NOON) == b"value"
        assert 1 <= len(asked) <= 1 + (time.monotonic() - began) // PAUSE


class TestCost:
    def test_an_answer_that_is_kept_asks_only_who_is_asking(
        self, make_process: MakeProcess, owner: ApiClient, life: Any
    ) -> None:
        app, nobody = make_process()
        caller = owner.through(nobody)
        with count_statements(app) as missed:
            assert how(caller, PAGES["at-risk"]) == "miss"
        with count_statements(app) as hit:
            assert how(caller, PAGES["at-risk"]) == "hit"
        assert len(hit) == 1, hit  # names the gym, and reads the caller with it
        assert len(missed) > len(hit)

    @pytest.mark.parametrize(("page", "most"), [("at-risk", 6), ("overview", 8)])
    def test_an_answer_that_is_computed_asks_as_little_as_it_can(
        self, make_process: MakeProcess, owner: ApiClient, life: Any, page: str, most: int
    ) -> None:
        """The gym with the caller, the day, closed days; then totals, ids, figures or parts."""
        app, nobody = make_process()
        caller = owner.through(nobody)
        with count_statements(app) as asked:
            assert how(caller, PAGES[page]) == "miss"
        assert len(asked) <= most, asked

    def test_many_at_once_compute_once(
        self,
        make_process: MakeProcess,
        owner: ApiClient,
        life: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:

        computed = []
        real = service.read_overview

        def slow(*parts: Any, **named: Any) -> Any:
            computed.append(1)
            threading.Event().wait(0.2)
            return real(*parts, **named)

        monkeypatch.setattr("api.analytics.service.read_overview", slow)
        caller = owner.through(make_process()[1])
        answers: list[Any] = []
        threads = [
            threading.Thread(target=lambda: answers.append(caller.get(PAGES["overview"]).content))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(computed) == 1
        assert len(set(answers)) == 1

    def test_memory_is_bounded_and_keeps_what_is_asked_for(self) -> None:
        memory = Memory(max_bytes=1000)
        memory.put("asked for", b"x" * 100)
        for number in range(1000):
            memory.put(str(number), b"x" * 100)
            assert memory.get("asked for") is not None
        assert memory.get("0") is None
        assert memory.get("999") is not None
        assert sum(memory.get(str(number)) is not None for number in range(1000)) == 9

    def test_a_huge_answer_is_not_kept(self) -> None:
        cache = Cache("secret")
        until = NOON + timedelta(minutes=1)
        cache.put("huge", b"x" * (MAX_VALUE_BYTES + 1), now=NOON, until=until)
        assert cache.get("huge", now=NOON) is None


@contextmanager
def count_statements(app: FastAPI) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(app.state.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(app.state.engine, "before_cursor_execute", note)
