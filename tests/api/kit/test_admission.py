"""Threads and connections never wait for each other, and nobody waits for a neighbour."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.admission import Admission
from api.kit.deps import SessionDep, get_settings
from api.kit.errors import ANY_TIME, Overloaded
from api.kit.settings import Settings
from api.kit.translation import translate
from api.main import create_app
from api.routes import PAGES
from core.clock import read_now
from core.translation import Language, t
from db.models import Gym, User
from db.session import POOL_SIZE, GymSession
from tests.factories.members import create_member
from tests.fixtures.api import SECRET_KEY, ApiClient
from tests.fixtures.routes import APP, OPERATIONS, Operation
from tests.fixtures.serving import serve

AT_ONCE = 400
PREFIXES = ("/api/", "/aluno", *(path for path, _router, _tag in PAGES))
MOUNTED = [one for one in OPERATIONS if one.path.startswith(PREFIXES)]


class House:
    """Parties at an admission: who is inside, and in which order they came in."""

    def __init__(self, **limits: Any) -> None:
        self.admission = Admission(**limits)
        self.entered: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.go_home = asyncio.Event()

    async def come(self, name: str, *, is_guest: bool = False) -> asyncio.Task[None]:
        task = asyncio.create_task(self._stay(name, is_guest=is_guest))
        self.tasks.add(task)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task

    async def _stay(self, name: str, *, is_guest: bool) -> None:
        async with self.admission.slot(name, is_guest=is_guest):
            self.entered.append(name)
            await self.go_home.wait()

    async def close(self) -> None:
        self.go_home.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def run(scene: Callable[[], Any]) -> None:
    asyncio.run(scene())


class TestPlaces:
    def test_there_are_never_more_places_than_connections(self) -> None:
        assert Admission().slots <= POOL_SIZE

    def test_no_party_has_more_than_its_share_and_all_together_not_more_than_there_are(
        self,
    ) -> None:
        async def scene() -> None:
            house = House(slots=10, share=4)
            for name in ("north", "south", "east"):
                for _ in range(20):
                    await house.come(name)
            assert Counter(house.entered) == {"north": 4, "south": 4, "east": 2}
            await house.close()
            assert Counter(house.entered) == {"north": 20, "south": 20, "east": 20}

        run(scene)

    def test_who_comes_later_waits_for_a_free_place_and_not_for_a_gyms_whole_queue(self) -> None:
        async def scene() -> None:
            house = House(slots=1, share=1)
            queue = [await house.come("big gym") for _ in range(100)]
            queue.append(await house.come("neighbour"))
            for inside in (0, 1):
                queue[inside].cancel()
                await asyncio.sleep(0.01)
            assert house.entered == ["big gym", "big gym", "neighbour"]
            await house.close()

        run(scene)

    def test_guests_leave_half_of_the_places_to_gyms_from_however_many_addresses(self) -> None:
        async def scene() -> None:
            house = House(slots=10, share=4)
            for number in range(50):
                await house.come(f"address {number}", is_guest=True)
            assert len(house.entered) == 5
            await house.come("gym")
            assert house.entered[5:] == ["gym"]
            await house.close()
            assert len(house.entered) == 51

        run(scene)

    def test_who_would_wait_long_is_told_so_at_once(self) -> None:
        async def scene() -> None:
            house = House(slots=1, share=1, max_wait=5)
            stays = 0.05  # what is assumed before anything was measured
            for _ in range(int(5 / stays) + 10):
                await house.come("gym")
            refused = [task for task in house.tasks if task.done()]
            assert len(refused) == pytest.approx(9, abs=2)
            for task in refused:
                error = task.exception()
                assert isinstance(error, Overloaded)
                assert int(error.headers["Retry-After"]) >= 1
            await house.come("neighbour")
            assert not [task for task in house.tasks if task.done()][len(refused) :]
            await house.close()

        run(scene)

    def test_who_has_waited_long_is_told_so_and_leaves_nothing_behind(self) -> None:
        async def scene() -> None:
            house = House(slots=1, share=1, max_wait=0.1)
            await house.come("gym")
            late = await house.come("gym")
            with pytest.raises(Overloaded):
                await late
            await house.close()
            assert await count_places(house.admission) == 1

        run(scene)

    def test_a_place_lent_is_anothers_until_its_owner_comes_back(self) -> None:
        async def scene() -> None:
            house = House(slots=1, share=1)
            async with house.admission.slot("gym", is_guest=False) as slot:
                await house.come("gym")
                assert house.entered == []
                async with slot.released(limit=9):
                    await asyncio.sleep(0)
                    assert house.entered == ["gym"]
                    house.go_home.set()
                house.go_home.clear()
                await house.come("gym")
                assert house.entered == ["gym"]
            await house.close()
            assert house.entered == ["gym", "gym"]
            assert await count_places(house.admission) == 1

        run(scene)

    def test_no_party_lends_more_places_than_it_may_and_an_error_needs_none(self) -> None:
        async def scene() -> None:
            admission = Admission(slots=1, share=1)
            async with admission.slot("gym", is_guest=False) as first:
                with suppress(ConnectionError):
                    async with (
                        first.released(limit=1),
                        admission.slot("gym", is_guest=False) as second,
                    ):
                        with pytest.raises(Overloaded):
                            await second.released(limit=1).__aenter__()
                        raise ConnectionError  # the place is the second's: nobody waits for it
            assert await count_places(admission) == 1

        run(scene)

    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["come", "come", "come", "cancel", "lend", "leave"]),
                st.sampled_from(["north", "south", "guest 1", "guest 2", "guest 3"]),
                st.integers(0, 2),
            ),
            max_size=60,
        )
    )
    @settings(deadline=None)
    def test_no_place_is_ever_lost_or_given_twice(self, steps: list[tuple[str, str, int]]) -> None:
        async def scene() -> None:
            admission = Admission(slots=4, share=2, max_wait=60)
            inside: Counter[str] = Counter()
            visits: list[Visit] = []
            for what, name, pauses in steps:
                mine = [visit for visit in visits if visit.name == name and not visit.task.done()]
                if what == "come":
                    visits.append(Visit(admission, name, inside))
                elif mine and what == "cancel":
                    mine[-1].task.cancel()
                elif mine and what == "lend":
                    mine[0].lends = True
                elif mine:
                    mine[0].leaves = True
                for _ in range(pauses):
                    await asyncio.sleep(0)
                    assert inside.total() <= 4
                    assert max(inside.values(), default=0) <= 2
                    assert sum(inside[f"guest {number}"] for number in (1, 2, 3)) <= 2
            for visit in visits:
                visit.leaves = True
            await asyncio.gather(*(visit.task for visit in visits), return_exceptions=True)
            assert inside.total() == 0
            assert await count_places(admission) == 4

        run(scene)


class Visit:
    """A request that keeps its place until it is told to leave."""

    def __init__(self, admission: Admission, name: str, inside: Counter[str]) -> None:
        self.name = name
        self.lends = self.leaves = False
        self.task = asyncio.create_task(self._stay(admission, inside))

    async def _stay(self, admission: Admission, inside: Counter[str]) -> None:
        is_guest = self.name.startswith("guest")
        async with admission.slot(self.name, is_guest=is_guest) as slot:
            while not self.leaves:
                if self.lends:
                    self.lends = False
                    async with slot.released(limit=9):
                        await asyncio.sleep(0)
                else:
                    inside[self.name] += 1
                    try:
                        await asyncio.sleep(0)
                    finally:
                        inside[self.name] -= 1


async def count_places(admission: Admission) -> int:
    """How many get in at once."""
    house = House()
    house.admission = admission
    for number in range(50):
        await house.come(f"gym {number}")
    entered = len(house.entered)
    await house.close()
    return entered


@pytest.fixture
def app(api_settings: Settings) -> Iterator[FastAPI]:
    """An application of its own: its places, its pool, and no limit of requests."""
    limits = dict.fromkeys(("rate_limit_user", "rate_limit_gym", "rate_limit_address"), 0)
    app = create_app(api_settings.model_copy(update=limits))
    yield app
    app.state.engine.dispose()


def make_token(user: User) -> str:
    assert user.gym_id is not None
    claims = AccessClaims(user.user_id, user.gym_id, user.token_version)
    return issue_access_token(claims, SECRET_KEY, now=read_now())


def send_at_once(url: str, token: str | None, requests: list[Operation]) -> list[httpx.Response]:
    async def scene() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=600, limits=httpx.Limits(max_connections=None)
        ) as http:
            return await asyncio.gather(
                *(
                    http.request(
                        request.method, request.fill(**dict.fromkeys(request.parameters, 1))
                    )
                    for request in requests
                )
            )

    return asyncio.run(scene())


def find(method: str, path: str) -> Operation:
    return next(one for one in OPERATIONS if (one.method, one.path) == (method, path))


class TestAtOnce:
    def test_l1_four_hundred_at_once_are_all_answered(self, app: FastAPI, owner: ApiClient) -> None:
        """Without places 40 hold a connection and wait for a thread, and 40 the other way round."""
        with serve(app) as url:
            me = [find("GET", "/api/v1/auth/me")] * AT_ONCE
            answers = send_at_once(url, make_token(owner.user), me)
        assert Counter(answer.status_code for answer in answers) == {200: AT_ONCE}

    def test_four_hundred_over_all_routes_are_all_answered(
        self, app: FastAPI, owner: ApiClient
    ) -> None:
        requests = (OPERATIONS * AT_ONCE)[:AT_ONCE]
        with serve(app) as url:
            answers = send_at_once(url, make_token(owner.user), requests)
        failed = [
            (str(request), answer.status_code)
            for request, answer in zip(requests, answers, strict=True)
            if answer.status_code >= 500
        ]
        assert failed == []

    @pytest.mark.long
    @pytest.mark.parametrize("operation", OPERATIONS, ids=str)
    def test_four_hundred_at_once_on_each_route(
        self, app: FastAPI, owner: ApiClient, operation: Operation
    ) -> None:
        with serve(app) as url:
            answers = send_at_once(url, make_token(owner.user), [operation] * AT_ONCE)
        assert max(answer.status_code for answer in answers) < 500

    def test_a_gym_whose_places_are_all_taken_keeps_no_neighbour_waiting(
        self,
        app: FastAPI,
        owner: ApiClient,
        other_owner: ApiClient,
        in_gym: Callable[[int], AbstractContextManager[GymSession]],
        gym: Gym,
    ) -> None:
        """All of one gym's requests wait for one row, as check-ins of one member do."""
        with in_gym(gym.gym_id) as session:
            member_id = create_member(session, gym=gym).member_id
        check_in = find("POST", "/api/v1/check-ins")
        with serve(app) as url, in_gym(gym.gym_id) as session:
            session.execute(text("select from member_stats for update"))

            async def scene() -> None:
                async with httpx.AsyncClient(
                    base_url=url, timeout=600, limits=httpx.Limits(max_connections=None)
                ) as http:
                    waiting = [
                        asyncio.create_task(
                            http.post(
                                check_in.path,
                                json={"member_id": member_id},
                                headers={"Authorization": f"Bearer {make_token(owner.user)}"},
                            )
                        )
                        for _ in range(100)
                    ]
                    await asyncio.sleep(1)
                    for _ in range(20):
                        answer = await http.get(
                            "/api/v1/members",
                            headers={"Authorization": f"Bearer {make_token(other_owner.user)}"},
                        )
                        assert answer.status_code == 200
                    assert not any(task.done() for task in waiting)
                    session.rollback()
                    answers = await asyncio.gather(*waiting)
                    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 99}

            asyncio.run(scene())


class TestReadiness:
    def test_strangers_who_ask_for_it_take_one_place_and_keep_no_health_check_waiting(
        self, app: FastAPI, api_settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app.state.admission = Admission(max_wait=1)
        come: list[None] = []
        asked: list[int] = []
        go_on = threading.Event()

        def ask(_factory: Any) -> None:
            asked.append(app.state.admission._inside)
            go_on.wait(180)

        async def count() -> Settings:
            come.append(None)
            return api_settings

        async def ask_from(number: int) -> httpx.Response:
            transport = httpx.ASGITransport(app, client=(f"203.0.113.{number}", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                return await http.get("/ready")

        monkeypatch.setattr("api.kit.health._check_database", ask)
        app.dependency_overrides[get_settings] = count

        async def scene() -> None:
            async with AsyncExitStack() as guests:
                for number in range(POOL_SIZE // 2):  # all that may be inside
                    guest = app.state.admission.slot(f"address {number}", is_guest=True)
                    await guests.enter_async_context(guest)
                asking = [asyncio.create_task(ask_from(number)) for number in range(100)]
                while len(come) < len(asking) or not (asked or asking[0].done()):
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.1)
                go_on.set()
                answers = await asyncio.gather(*asking)
            assert Counter(answer.status_code for answer in answers) == {200: 100}
            assert asked == [POOL_SIZE // 2 + 1]
            assert await count_places(app.state.admission) == POOL_SIZE

        asyncio.run(scene())


class TestBusy:
    def test_rows_that_somebody_else_is_changing_are_busy_and_no_outage(
        self,
        app: FastAPI,
        owner: ApiClient,
        gym: Gym,
        in_gym: Callable[[int], AbstractContextManager[GymSession]],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        @event.listens_for(app.state.engine, "connect")
        def _hurry(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("set lock_timeout = '50ms'")
            connection.commit()

        with in_gym(gym.gym_id) as session:
            member_id = create_member(session, gym=gym).member_id
        with serve(app) as url, in_gym(gym.gym_id) as session:
            session.execute(text("select from member_stats for update"))
            answer = httpx.post(
                f"{url}/api/v1/check-ins",
                json={"member_id": member_id},
                headers={"Authorization": f"Bearer {make_token(owner.user)}"},
                timeout=600,
            )
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert answer.headers["Retry-After"]
        assert not [record for record in caplog.records if record.levelname == "ERROR"]

    def test_a_statement_that_takes_too_long_is_not_said_to_be_somebody_elses_change(
        self, app: FastAPI, caplog: pytest.LogCaptureFixture
    ) -> None:
        @app.get("/slow")
        @app.get("/aluno/slow")
        def _sleep(session: SessionDep) -> None:
            session.execute(text("set local statement_timeout = '50ms'"))
            session.execute(text("select pg_sleep(600)"))

        with serve(app) as url:
            english = httpx.get(f"{url}/slow", timeout=600)
            portuguese = httpx.get(f"{url}/aluno/slow", timeout=600)
        assert (english.status_code, english.json()["code"]) == (503, "busy")
        assert english.headers["Retry-After"]
        assert english.json()["detail"].startswith("The request took too long and was ended.")
        assert portuguese.json()["detail"].startswith("O pedido demorou demais e foi encerrado.")
        assert not [record for record in caplog.records if record.levelname == "ERROR"]

    @pytest.mark.parametrize("operation", MOUNTED, ids=str)
    def test_every_route_says_that_it_may_be_busy(self, operation: Operation) -> None:
        described = APP.openapi()["paths"][operation.path][operation.method.lower()]
        titles = described["responses"]["503"]["description"].split("; ")
        ours = [title.title for title in ANY_TIME if title.status == 503]
        if operation.path.startswith("/aluno"):
            ours = [
                translate(t(error.title), Language.PORTUGUESE)
                for error in ANY_TIME
                if error.status == 503
            ]
        assert set(ours) <= set(titles)
