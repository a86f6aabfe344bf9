"""What of a gym waits on the disk has a limit, however fast it comes."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedRandom
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.check_ins.bulk.files import open_new
from api.kit.deps import get_settings
from db.models import Gym
from tests.api.check_ins.bulk.test_request import HEAD, ROW, TAIL, send
from tests.api.check_ins.bulk.uploads import URL, Bulk, InGym, write_csv
from tests.fixtures.api import ApiClient

CONTENT = write_csv([("1", "2026-11-16T08:00:00Z", "", "")])
ROWS = {"check_ins": [{"number": "1", "check_in": "2026-11-16T08:00:00Z"}]}
LIMIT = 100_000


@pytest.fixture(autouse=True)
def _members(gym: Gym, add_members: Callable[[Gym, int], None]) -> None:
    add_members(gym, 1)


@pytest.fixture
def limit(api_app: FastAPI) -> Callable[..., None]:
    def set_limit(**limits: int) -> None:
        settings = api_app.state.settings.model_copy(update={"bulk_max_bytes": LIMIT, **limits})
        api_app.dependency_overrides[get_settings] = lambda: settings

    return set_limit


def post_file(caller: ApiClient, content: str = CONTENT) -> Any:
    return caller.post(URL, files={"file": ("a.csv", content)})


def test_of_thirty_at_once_as_many_as_there_is_room_for_are_taken(
    owner: ApiClient,
    gym: Gym,
    bulk: Bulk,
    limit: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen to fail without the lock in `begin_upload`: more than three are taken."""

    def open_slowly(folder: Path, name: str) -> BufferedRandom:
        time.sleep(0.1)  # for the others to look meanwhile, if they may
        return open_new(folder, name)

    monkeypatch.setattr("api.check_ins.bulk.upload_quota.open_new", open_slowly)
    limit(uploads_max_files=3)
    barrier = threading.Barrier(30)

    def post(number: int) -> int:
        barrier.wait()
        answer = post_file(owner) if number % 2 else owner.post(URL, json=ROWS)
        return int(answer.status_code)

    with ThreadPoolExecutor(30) as pool:
        statuses = sorted(pool.map(post, range(30)))
    assert statuses == [202] * 3 + [429] * 27
    assert len(bulk.files(gym.gym_id)) == owner.get("/api/v1/jobs").json()["total"] == 3


def test_too_many_bytes_are_refused_until_a_job_is_done(
    owner: ApiClient,
    other_owner: ApiClient,
    gym: Gym,
    bulk: Bulk,
    limit: Callable[..., None],
) -> None:
    limit(uploads_max_bytes=2_000)
    first = bulk.send(owner, CONTENT + "\r\n" * 500)  # the only one may always come
    refused = post_file(owner, CONTENT + "\r\n" * 500)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    assert refused.headers["retry-after"] == "30"
    assert "1 files of your gym" in refused.json()["detail"]
    assert len(bulk.files(gym.gym_id)) == 1
    assert post_file(other_owner).status_code == 202
    assert bulk.work(gym.gym_id, first).state == "done"
    assert post_file(owner, CONTENT + "\r\n" * 500).status_code == 202


def test_the_file_of_a_job_that_failed_makes_room_at_once(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym, limit: Callable[..., None]
) -> None:
    limit(uploads_max_files=1)
    failed = bulk.send(owner, CONTENT)
    [file] = bulk.files(gym.gym_id)
    assert post_file(owner).status_code == 429
    with in_gym(gym.gym_id) as session:
        session.execute(
            text("update job_runs set state = 'failed' where job_run_id = :job"), {"job": failed}
        )
    assert post_file(owner).status_code == 202
    assert file not in bulk.files(gym.gym_id)


def test_a_file_that_is_still_coming_counts_with_all_that_may_come(
    api_app: FastAPI, owner: ApiClient, limit: Callable[..., None]
) -> None:
    limit(uploads_max_bytes=LIMIT + 100)
    meanwhile: list[int] = []

    def pieces() -> Iterator[bytes]:
        yield HEAD
        meanwhile.append(post_file(owner).status_code)
        yield ROW
        yield TAIL

    assert send(api_app, owner.token, pieces())[0] == 202
    assert meanwhile == [429]
    assert post_file(owner).status_code == 202
