"""Watching long work: the own gym's, and only what the caller may know of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from db.models import Gym, Job, JobState
from db.queue.catalogue import CATALOGUE, CHECK_INS, SCORES, JobKind
from db.queue.jobs import add_job
from tests.api.check_ins.bulk.uploads import InGym
from tests.fixtures.api import ApiClient

URL = "/api/v1/jobs"


def make_job(in_gym: InGym, gym: Gym, key: str, kind: JobKind = SCORES, **over: object) -> int:
    with in_gym(gym.gym_id) as session:
        job_id = add_job(session, gym.gym_id, kind, key, **over)  # type: ignore[arg-type]
        assert job_id is not None
        return job_id


def test_jobs_of_every_name_are_listed_newest_first(
    owner: ApiClient, gym: Gym, other_gym: Gym, in_gym: InGym
) -> None:
    made = [make_job(in_gym, gym, kind.name, kind) for kind in CATALOGUE]
    make_job(in_gym, other_gym, "theirs")
    page = owner.get(URL).json()
    assert page["total"] == len(made)
    assert [item["job_id"] for item in page["items"]] == made[::-1]
    assert [item["job"] for item in page["items"]] == [kind.name for kind in CATALOGUE][::-1]
    only = owner.get(URL, params={"job": "scores", "state": "pending", "size": 1}).json()
    assert (only["total"], only["items"][0]["job"]) == (1, "scores")
    assert owner.get(URL, params={"state": "done"}).json()["total"] == 0
    assert owner.get(URL, params={"job": "other"}).status_code == 422


def test_a_job_tells_what_came_of_it(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    job_id = make_job(in_gym, gym, "x", arguments={"secret": "path"})
    assert owner.get(f"{URL}/{job_id}").json()["progress"]["share"] == 0
    end = datetime(2026, 11, 18, 12, tzinfo=UTC)
    with in_gym(gym.gym_id) as session:
        session.execute(
            update(Job)
            .where(Job.job_id == job_id)
            .values(state=JobState.DONE, result={"models": 1}, finished_at=end)
        )
    body = owner.get(f"{URL}/{job_id}").json()
    assert (body["state"], body["result"], body["error"]) == ("done", {"models": 1}, None)
    assert body["progress"]["share"] == 1
    assert "arguments" not in body


@pytest.mark.parametrize("path", ["", "/errors.csv"])
def test_another_gyms_job_does_not_exist(
    other_owner: ApiClient, gym: Gym, in_gym: InGym, path: str
) -> None:
    job_id = make_job(in_gym, gym, "x")
    answer = other_owner.get(f"{URL}/{job_id}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


def test_who_may_not_read_analytics_sees_the_jobs_they_asked_for(
    receptionist: ApiClient, trainer: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    theirs = make_job(in_gym, gym, "x")
    own = make_job(in_gym, gym, "y", CHECK_INS, created_by=receptionist.user.user_id)
    assert [item["job_id"] for item in receptionist.get(URL).json()["items"]] == [own]
    assert receptionist.get(f"{URL}/{own}").status_code == 200
    assert receptionist.get(f"{URL}/{theirs}").status_code == 404
    assert receptionist.get(f"{URL}/{theirs}/errors.csv").status_code == 404
    assert trainer.get(URL).status_code == 403


def test_a_gym_reads_no_words_of_a_failure_that_is_ours(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    """They are in the log; a refusal, which is worded for the gym, is shown as it is."""
    job_id = make_job(in_gym, gym, "x")
    for error, shown in [
        (
            "OperationalError: (psycopg2) SELECT secret",
            "Something went wrong here, more than once.",
        ),
        ("The file is no longer on the server.", "The file is no longer on the server."),
    ]:
        with in_gym(gym.gym_id) as session:
            session.execute(
                update(Job).where(Job.job_id == job_id).values(state=JobState.FAILED, error=error)
            )
        assert owner.get(f"{URL}/{job_id}").json()["error"].startswith(shown)
