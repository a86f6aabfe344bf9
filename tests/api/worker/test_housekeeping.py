"""What nobody needs any more goes: soon where it is large, and never what a job still reads."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import sessionmaker

from api.check_ins.bulk.files import find_files, name_file
from api.check_ins.bulk.upload_quota import INCOMING
from api.kit.settings import Settings
from api.worker.housekeeping import run
from core.door_codes import find_step
from db.actor import Actor
from db.member_facts import write_freely
from db.models import DashboardSession, Gym, Invitation, Member, PasswordReset, Role, UsedDoorCode
from db.models.job import JobState
from db.queue.catalogue import CHECK_INS
from db.queue.jobs import ClaimedJob, add_job, claim_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.gyms import create_user
from tests.fixtures.api import NOON, ApiClient

Sessions = sessionmaker[GymSession]
OLD = INCOMING + timedelta(minutes=1)


@pytest.fixture
def work(gym: Gym, app_sessions: sessionmaker[GymSession]) -> ClaimedJob:
    return ClaimedJob(app_sessions, GymId(gym.gym_id), 0, {}, {}, 1, NOON, uuid4(), Actor("job"))


def upload(folder: Path, gym: Gym, *, age: timedelta = OLD) -> str:
    path = folder / name_file(gym.gym_id)
    path.write_text("number,check_in\n")
    written = time.time() - age.total_seconds()
    os.utime(path, (written, written))
    return path.name


def ask(work: ClaimedJob, file: str, state: JobState) -> None:
    with work.session() as session:
        add_job(session, work.gym_id, CHECK_INS, file, arguments={"file": file})
        session.execute(
            text("update job_runs set state = :state where key = :file"),
            {"state": state.value, "file": file},
        )


def test_a_file_stays_while_its_job_may_read_it(
    work: ClaimedJob, gym: Gym, other_gym: Gym, tmp_path: Path
) -> None:
    needed = {state: upload(tmp_path, gym) for state in JobState}
    for state, file in needed.items():
        ask(work, file, state)
    coming, broken_off = upload(tmp_path, gym, age=timedelta()), upload(tmp_path, gym)
    neighbours = upload(tmp_path, other_gym)
    assert run(work, settings=Settings(upload_dir=tmp_path))["files"] == 3
    gone = {needed[JobState.DONE], needed[JobState.FAILED], broken_off}
    kept = {path.name for path in find_files(tmp_path, gym.gym_id)}
    assert kept == {*needed.values(), coming} - gone
    assert (tmp_path / neighbours).exists()


def test_without_a_folder_there_is_nothing_to_remove(work: ClaimedJob, tmp_path: Path) -> None:
    assert run(work, settings=Settings(upload_dir=tmp_path / "none"))["files"] == 0


def test_a_door_code_is_remembered_for_as_long_as_it_could_be_sent_again(
    work: ClaimedJob, add_member: Callable[..., Member], tmp_path: Path
) -> None:
    member = add_member()
    with work.session() as session:
        for minutes in (1, 59, 61):
            used_at = NOON - timedelta(minutes=minutes)
            session.add(
                UsedDoorCode(
                    gym_id=work.gym_id,
                    member_id=member.member_id,
                    step=find_step(used_at),
                    used_at=used_at,
                )
            )
    assert run(work, settings=Settings(upload_dir=tmp_path))["used_door_codes"] == 1


def test_links_are_kept_for_a_month_after_they_ended_and_sign_ins_until_they_end(
    work: ClaimedJob, owner: ApiClient, other_gym: Gym, tmp_path: Path, ops_sessions: Sessions
) -> None:
    """One that is good, one that ended lately, and two that did long ago, one of them used."""
    ends = {"good": -1, "lately": 29, "used": 31, "unused": 31}
    with session_scope(ops_sessions) as session:
        write_freely(session)
        for gym_id, user_id in (
            (work.gym_id, owner.user.user_id),
            (other_gym.gym_id, create_user(session, gym=other_gym, role=Role.ADMIN).user_id),
        ):
            for name, days in ends.items():
                link = {
                    "gym_id": gym_id,
                    "token_hash": f"{gym_id} {name}",
                    "expires_at": NOON - timedelta(days=days),
                }
                used_at = NOON - timedelta(days=40) if name == "used" else None
                session.add_all(
                    (
                        PasswordReset(user_id=user_id, used_at=used_at, **link),
                        DashboardSession(user_id=user_id, revoked_at=used_at, **link),
                        Invitation(
                            email=f"{name}@example.com", role="trainer", invited_by=user_id,
                            accepted_at=used_at, **link,
                        ),
                    )
                )  # fmt: skip
    removed = run(work, settings=Settings(upload_dir=tmp_path))
    assert [removed[table] for table in ("invitations", "password_resets", "sessions")] == [2, 2, 3]
    with session_scope(ops_sessions) as session:
        left = {
            (model.__tablename__, row.gym_id == work.gym_id, row.token_hash.split()[-1])
            for model in (Invitation, PasswordReset, DashboardSession)
            for row in session.scalars(
                select(model).where(model.gym_id.in_((work.gym_id, other_gym.gym_id)))
            )
            if row.token_hash.split()[-1] in ends
        }
    own = {(table, name) for table, is_own, name in left if is_own}
    assert own == {
        *(("invitations", name) for name in ("good", "lately")),
        *(("password_resets", name) for name in ("good", "lately")),
        ("sessions", "good"),
    }
    assert len(left - {(table, True, name) for table, name in own}) == 12


def test_a_job_that_is_given_up_leaves_no_parts(
    gym: Gym, app_sessions: sessionmaker[GymSession]
) -> None:
    """Whatever it failed of; they may be as large as the file."""
    gym_id = GymId(gym.gym_id)
    with session_scope(app_sessions, gym_id) as session:
        [failing, going_on] = [
            add_job(session, gym_id, CHECK_INS, key) or 0 for key in ("one", "two")
        ]
        session.execute(
            text(
                "insert into job_parts (gym_id, job_run_id, part, step, lines, customer_ids,"
                " check_ins, check_outs, methods)"
                " select gym_id, job_run_id, 0, 0, '{}', '{}', '{}', '{}', '{}' from job_runs"
            )
        )
    claimed = claim_job(app_sessions, gym_id, failing, now=NOON)
    assert claimed is not None
    claimed[0].fail("Given up.")
    with session_scope(app_sessions, gym_id) as session:
        assert session.scalars(text("select job_run_id from job_parts")).all() == [going_on]
        assert claimed[0].change(state="done") is False
    assert claim_job(app_sessions, gym_id, failing, now=NOON) is None
