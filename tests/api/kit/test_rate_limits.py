"""Limits over several processes of the API, with Redis and without it."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from limits import RateLimitItemPerSecond
from redis import Redis

from api.auth import attempts as attempts_module
from api.auth.attempts import Attempts
from api.kit.errors import TooManyRequests, Unauthorized
from api.kit.paths import LIMITED
from api.kit.rate_limits import PerMinute, RateLimits
from api.kit.redis import SharedRedis
from db.models import Gym, Role
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import ApiClient, SignInAs
from tests.fixtures.attempts import fail_until_refused
from tests.fixtures.redis import RedisServer
from tests.fixtures.routes import APP

pytestmark = pytest.mark.usefixtures("quick_hashes")
ME = "/api/v1/auth/me"
MakeProcess = Callable[..., tuple[FastAPI, ApiClient]]


class _StandingClock:
    """The `time` module of a moment."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow answer is no Redis in trouble, and counting in memory begins anew with each minute of
    the clock, which must not fall into a test."""
    monkeypatch.setattr("api.kit.redis.TIMEOUT", 5.0)
    monkeypatch.setattr("limits.storage.memory.time", _StandingClock())


def log_in(client: ApiClient, login: str, password: str = "wrong") -> Any:
    return client.post("/api/v1/auth/login", json={"email": login, "password": password})


@pytest.fixture
def processes(make_process: MakeProcess, redis_url: str) -> list[ApiClient]:
    """Nobody, at two processes that share a Redis."""
    return [make_process(redis_url=redis_url)[1] for _ in range(2)]


class TestSignIn:
    def test_a4_ten_wrong_tries_are_ten_over_two_processes(
        self, processes: list[ApiClient], gym: Gym
    ) -> None:
        """From 16 threads at once."""
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(
                lambda number: log_in(processes[number % 2], gym.email).status_code, range(200)
            )
        codes = Counter(answers)
        assert set(codes) == {401, 429}
        assert codes[401] <= 10
        assert sum(log_in(processes[0], gym.email).status_code == 401 for _ in range(10)) == (
            10 - codes[401]
        ), "attempts under way counted, and those refused did not"
        right = log_in(processes[1], gym.email, PASSWORD)
        assert right.status_code == 429
        assert 1 <= int(right.headers["Retry-After"]) <= 15 * 60 + 1
        assert right.headers["Content-Type"] == "application/problem+json"

    def test_a4_an_address_has_a_hundred_wrong_tries(
        self, processes: list[ApiClient], gym: Gym
    ) -> None:
        codes = Counter(
            log_in(processes[number % 2], f"nobody{number}@example.com").status_code
            for number in range(120)
        )
        assert codes == {401: 100, 429: 20}

    def test_the_right_password_starts_the_accounts_count_anew_everywhere(
        self, processes: list[ApiClient], gym: Gym
    ) -> None:
        for _ in range(2):
            for number in range(9):
                assert log_in(processes[number % 2], gym.email).status_code == 401
            assert log_in(processes[0], gym.email, PASSWORD).status_code == 200

    def test_signing_in_rightly_is_not_limited(self, processes: list[ApiClient], gym: Gym) -> None:
        codes = {log_in(processes[0], gym.email, PASSWORD).status_code for _ in range(105)}
        assert codes == {200}

    def test_redis_learns_no_name(
        self, processes: list[ApiClient], gym: Gym, redis_url: str
    ) -> None:
        log_in(processes[0], gym.email)
        log_in(processes[0], "nobody@example.com")
        redis = Redis.from_url(redis_url)
        for key in redis.keys("*"):
            assert b"@" not in key
            assert b"testclient" not in key
            assert redis.ttl(key) > 0

    @pytest.mark.parametrize("trouble", ["killed", "frozen"])
    def test_a4_without_redis_each_process_counts_and_nothing_fails(
        self,
        make_process: MakeProcess,
        private_redis: RedisServer,
        gym: Gym,
        other_gym: Gym,
        trouble: str,
    ) -> None:
        processes = [make_process(redis_url=private_redis.url, patience=2)[1] for _ in range(2)]
        codes = [log_in(processes[0], gym.email).status_code for _ in range(11)]
        assert codes[-1] == 429
        private_redis.kill() if trouble == "killed" else private_redis.freeze()
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(
                lambda number: log_in(processes[number % 2], gym.email).status_code, range(100)
            )
        codes_without = Counter(answers)
        assert set(codes_without) == {401, 429}
        assert codes_without[401] <= 10 * len(processes)
        assert log_in(processes[1], other_gym.email, PASSWORD).status_code == 200

    def test_after_redis_came_back_processes_share_again(
        self,
        make_process: MakeProcess,
        private_redis: RedisServer,
        gym: Gym,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("api.kit.redis.PAUSE", 0.1)
        processes = [make_process(redis_url=private_redis.url)[1] for _ in range(2)]
        private_redis.kill()
        assert {log_in(process, gym.email).status_code for process in processes} == {401}
        private_redis.start()
        threading.Event().wait(0.3)
        codes = [log_in(processes[number % 2], gym.email).status_code for number in range(12)]
        assert codes == [401] * 10 + [429] * 2

    def test_redis_that_goes_while_an_attempt_is_under_way(
        self, private_redis: RedisServer
    ) -> None:
        limits = Attempts("secret", SharedRedis(private_redis.url))
        bucket = limits.of_account("sign in", "ana")

        def fail_while_redis_goes() -> None:
            with limits.attempt(bucket):
                private_redis.kill()
                raise Unauthorized("no")

        with pytest.raises(Unauthorized):
            fail_while_redis_goes()
        for _ in range(9):
            with pytest.raises(Unauthorized), limits.attempt(bucket):
                raise Unauthorized("no")
        with pytest.raises(TooManyRequests), limits.attempt(bucket):
            pass

    def test_tries_under_way_count_over_processes(self, redis_url: str) -> None:
        one, other = (Attempts("secret", SharedRedis(redis_url)) for _ in range(2))
        account, address = one.of_account("sign in", "ana"), one.of_address("sign in", "192.0.2.1")
        with ExitStack() as under_way:
            for number in range(10):
                limits = (one, other)[number % 2]
                under_way.enter_context(limits.attempt(account, address))
            with pytest.raises(TooManyRequests) as refused, other.attempt(account, address):
                pass
            assert refused.value.headers["Retry-After"] == "1"
        with one.attempt(account, address):
            pass

    def test_after_the_window_tries_come_back(
        self, redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attempts_module, "PER_ACCOUNT", RateLimitItemPerSecond(2, 1))
        limits = Attempts("secret", SharedRedis(redis_url))
        bucket = limits.of_account("sign in", "ana")
        assert int(fail_until_refused(limits, bucket).headers["Retry-After"]) in (1, 2)
        threading.Event().wait(1.05)
        with limits.attempt(bucket):
            pass


class TestRequests:
    def test_a5_never_more_than_the_limit_over_threads_and_processes(self, redis_url: str) -> None:
        """640 hits from 16 threads on 50 a minute, through two processes' limiters."""
        limits = PerMinute(user=50, gym=0, address=0)
        rates = [RateLimits("secret", limits, SharedRedis(redis_url)) for _ in range(2)]

        def hit(number: int) -> bool:
            try:
                rates[number % 2].count_user(1, 1)
            except TooManyRequests:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(hit, range(640))) == 50

    def test_a5_in_one_process_alone(self) -> None:
        rates = RateLimits("secret", PerMinute(user=50, gym=0, address=0))

        def hit(_number: int) -> bool:
            try:
                rates.count_user(1, 1)
            except TooManyRequests:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(hit, range(640))) == 50

    @pytest.mark.parametrize("second", [0.25, 30.0, 59.5])
    def test_who_waits_as_long_as_told_may_go_on(
        self, monkeypatch: pytest.MonkeyPatch, second: float
    ) -> None:
        clock = _StandingClock()
        clock.now += second - clock.now % 60
        for module in ("limits.storage.memory", "limits.strategies", "api.kit.rate_limits"):
            monkeypatch.setattr(f"{module}.time", clock)
        rates = RateLimits("secret", PerMinute(user=5, gym=0, address=0))
        for _ in range(5):
            rates.count_user(1, 1)
        with pytest.raises(TooManyRequests) as refused:
            rates.count_user(1, 1)
        clock.now += int(refused.value.headers["Retry-After"])
        rates.count_user(1, 1)

    def test_a_person_waits_and_others_do_not(
        self, make_process: MakeProcess, owner: ApiClient, trainer: ApiClient, redis_url: str
    ) -> None:
        _app, nobody = make_process(redis_url=redis_url, rate_limit_user=5)
        codes = [owner.through(nobody).get(ME).status_code for _ in range(6)]
        assert codes == [200] * 5 + [429]
        assert trainer.through(nobody).get(ME).status_code == 200
        refused = owner.through(nobody).get("/api/v1/members")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 61

    def test_a_gym_waits_and_the_gym_next_door_does_not(
        self,
        make_process: MakeProcess,
        sign_in_as: SignInAs,
        owner: ApiClient,
        other_owner: ApiClient,
    ) -> None:
        _app, nobody = make_process(rate_limit_gym=4)
        staff = [owner, *(sign_in_as(Role.TRAINER) for _ in range(4))]
        codes = [person.through(nobody).get(ME).status_code for person in staff]
        assert codes == [200] * 4 + [429]
        assert other_owner.through(nobody).get(ME).status_code == 200

    def test_who_has_not_signed_in_counts_by_address(
        self, make_process: MakeProcess, owner: ApiClient
    ) -> None:
        """A token of one's own invention is no way around; one of ours is another's count."""
        _app, nobody = make_process(rate_limit_address=3)
        for number in range(3):
            header = {"Authorization": f"Bearer invented.{number}.token"}
            assert nobody.get(ME, headers=header).status_code == 401
        assert nobody.get(ME).status_code == 429
        assert nobody.post("/api/v1/auth/login", json={}).status_code == 429
        assert nobody.get("/u/some-link").status_code == 429
        assert owner.through(nobody).get(ME).status_code == 200

    def test_whether_it_lives_can_always_be_asked(self, make_process: MakeProcess) -> None:
        _app, nobody = make_process(rate_limit_address=1)
        assert {nobody.get("/health").status_code for _ in range(5)} == {200}
        assert {nobody.get("/ready").status_code for _ in range(5)} == {200}

    def test_nobody_who_waits_costs_the_database_anything(
        self, make_process: MakeProcess, owner: ApiClient
    ) -> None:
        app, nobody = make_process(rate_limit_user=1)
        owner.through(nobody).get(ME)
        before = app.state.engine.pool.checkedin() + app.state.engine.pool.checkedout()
        app.state.engine.dispose()
        assert owner.through(nobody).get(ME).status_code == 429
        assert before >= 1
        assert app.state.engine.pool.checkedin() == 0

    @pytest.mark.parametrize("rubbish", [b"1e400", b"9" * 400])
    def test_rubbish_among_the_counts_fails_no_request(
        self, make_process: MakeProcess, redis_url: str, owner: ApiClient, rubbish: bytes
    ) -> None:
        """Redis is shared, and may have been filled by anybody or anything."""
        _app, nobody = make_process(redis_url=redis_url)
        redis = Redis.from_url(redis_url)
        assert owner.through(nobody).get(ME).status_code == 200
        for key in redis.scan_iter():
            redis.set(key, rubbish, px=60_000)
        assert owner.through(nobody).get(ME).status_code == 200
        assert owner.through(nobody).get("/api/v1/analytics/overview").status_code == 200

    def test_without_redis_the_limit_is_this_processes(
        self, make_process: MakeProcess, private_redis: RedisServer, owner: ApiClient
    ) -> None:
        _app, nobody = make_process(redis_url=private_redis.url, patience=2, rate_limit_user=5)
        caller = owner.through(nobody)
        assert caller.get(ME).status_code == 200
        private_redis.freeze()
        codes = [caller.get(ME).status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2

    def test_every_route_but_the_health_checks_is_limited(self) -> None:
        free = {
            context.path
            for context in iter_route_contexts(APP.routes)
            if context.path and context.methods and not context.path.startswith(LIMITED)
        }
        assert free == {"/health", "/ready", "/docs", "/docs/start.js", "/redoc", "/openapi.json"}
