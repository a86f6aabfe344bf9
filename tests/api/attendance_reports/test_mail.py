"""The job of each morning: a report stored, and mailed once to the owner who wants it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db.models import AttendanceReport, Gym, Notification, OutboxItem, Role
from db.session import session_scope
from tests.api.attendance_reports.conftest import URL
from tests.factories.gyms import confirm_address
from tests.fixtures.api import make_settings

DAY = "2026-11-17"


pytestmark = pytest.mark.usefixtures("empty_outbox")


@pytest.fixture
def wishing(make_gym: Callable[..., Gym]) -> Gym:
    """A gym whose owner wants the report."""
    return make_gym(mails_daily_report=True, name="Ginásio São João")


@pytest.fixture
def read_outbox(in_gym: Any) -> Callable[[Gym], list[OutboxItem]]:
    def read(gym: Gym) -> list[OutboxItem]:
        with in_gym(gym.gym_id) as session:
            return list(session.scalars(select(OutboxItem)))

    return read


def change(ops_sessions: Any, gym: Gym, **values: Any) -> None:
    with session_scope(ops_sessions) as session:
        session.execute(update(Gym).where(Gym.gym_id == gym.gym_id).values(**values))


def test_the_owner_gets_the_day_with_its_files(wishing, visit, run_job, send_queued, mail_server):
    visit(wishing, f"{DAY}T18:00Z", name="Łukasz Żółć")
    visit(wishing, "2026-10-01T18:00Z", f"{DAY}T18:30Z", name="Ana Sousa")
    job = run_job(wishing, DAY)
    assert (job.state, job.result) == ("done", {"day": DAY, "visits": 2, "mailed": True})
    send_queued()
    [mail] = mail_server.to(wishing.email)
    message = mail.message
    assert mail.recipients == [wishing.email]
    assert message["Subject"] == "Ginásio São João: 2 visits on Tuesday, 17 November 2026"
    assert message["From"].addresses[0].display_name == "Comeback"
    assert message["List-Unsubscribe"] is None
    for words in (
        "Ginásio São João had 2 visits by 2 members on Tuesday, 17 November 2026.",
        "Busiest hour: 18:00–19:00, 2 entries.",
        "First visit (1): Łukasz Żółć.",
        "Back after an absence (1): Ana Sousa (47 days away).",
        "http://127.0.0.1:8501/daily-report",
    ):
        assert words in mail.text
        assert words in mail.html
    files = {part.get_filename(): part for part in message.iter_attachments()}
    assert set(files) == {f"attendance-{DAY}.pdf", f"attendance-{DAY}.csv"}
    assert files[f"attendance-{DAY}.pdf"].get_content_type() == "application/pdf"
    assert files[f"attendance-{DAY}.pdf"].get_content().startswith(b"%PDF-")
    assert "Łukasz Żółć" in files[f"attendance-{DAY}.csv"].get_content()


def test_a_quiet_day_is_said_in_a_sentence(wishing, run_job, send_queued, mail_server):
    run_job(wishing, DAY)
    send_queued()
    [mail] = mail_server.to(wishing.email)
    assert "Nobody came to Ginásio São João on Tuesday, 17 November 2026." in mail.text


def test_one_mail_however_often_the_job_runs(
    wishing, visit, run_job, send_queued, mail_server, read_outbox
):
    visit(wishing, f"{DAY}T18:00Z")
    run_job(wishing, DAY)
    send_queued()
    visit(wishing, f"{DAY}T19:00Z")
    again = run_job(wishing, DAY, key="again")
    assert again.result["visits"] == 2, "computed anew all the same"
    send_queued()
    assert len(read_outbox(wishing)) == 1
    assert len(mail_server.to(wishing.email)) == 1


def test_one_mail_when_many_workers_do_the_day_at_once(
    wishing, visit, run_job, send_queued, mail_server, read_outbox, in_gym, sign_in_as
):
    """All have begun before the first may write: the report is there, and its row is taken."""
    visit(wishing, f"{DAY}T18:00Z")
    assert sign_in_as(Role.OWNER, gym=wishing).post(URL, json={"day": DAY}).status_code == 201
    with ThreadPoolExecutor(4) as workers:
        with in_gym(wishing.gym_id) as session:
            session.scalars(select(AttendanceReport).with_for_update()).one()
            running = [workers.submit(run_job, wishing, DAY, key=f"{n}") for n in range(4)]
            time.sleep(0.7)
            assert not any(job.done() for job in running)
        jobs = [job.result() for job in running]
    assert {job.state for job in jobs} == {"done"}
    assert len(read_outbox(wishing)) == 1
    send_queued()
    assert len(mail_server.to(wishing.email)) == 1


def test_who_did_not_ask_for_it_gets_nothing(gym, visit, run_job, read_outbox, owner):
    visit(gym, f"{DAY}T18:00Z")
    assert run_job(gym, DAY).result["mailed"] is False
    assert read_outbox(gym) == []
    assert owner.get(f"{URL}/{DAY}").json()["visits"] == 1


def test_nothing_goes_to_an_address_that_nobody_confirmed(make_gym, run_job, read_outbox):
    stranger = make_gym(mails_daily_report=True, is_confirmed=False)
    job = run_job(stranger, DAY)
    assert job.result["mailed"] is False
    assert read_outbox(stranger) == []


def test_nor_to_one_that_the_owner_wrote_down_meanwhile(
    wishing, run_job, send_queued, mail_server, ops_sessions, read_outbox
):
    run_job(wishing, DAY)
    change(ops_sessions, wishing, email=f"stranger-{wishing.email}")
    send_queued()
    assert mail_server.mails == []
    assert [item.state for item in read_outbox(wishing)] == ["done"]


def test_switched_off_meanwhile_it_is_not_sent(
    wishing, run_job, send_queued, mail_server, read_outbox, ops_sessions
):
    run_job(wishing, DAY)
    change(ops_sessions, wishing, mails_daily_report=False)
    send_queued()
    assert mail_server.to(wishing.email) == []
    assert [item.state for item in read_outbox(wishing)] == ["done"]


def test_a_mail_that_waited_longer_than_a_week_is_dropped(
    wishing, run_job, send_queued, mail_server, read_outbox, clock
):
    run_job(wishing, DAY)
    clock.advance(days=8)
    send_queued()
    assert mail_server.to(wishing.email) == []
    assert [item.state for item in read_outbox(wishing)] == ["done"]


def test_a_repeat_has_the_same_message_id_and_the_address_of_now(
    wishing, run_job, send_queued, mail_server, ops_sessions, read_outbox, in_gym
):
    run_job(wishing, DAY)
    mail_server.data_answer = "451 try later"
    send_queued()
    [item] = read_outbox(wishing)
    assert (item.state, item.attempts) == ("pending", 1)
    mail_server.data_answer = "250 OK"
    new = wishing.email.replace("owner", "new-owner")
    change(ops_sessions, wishing, email=new)
    with session_scope(ops_sessions) as session:
        confirm_address(session, wishing, new)
    for _ in range(2):  # the second as after a worker's death before the mark
        with session_scope(ops_sessions) as session:
            due = update(OutboxItem).where(OutboxItem.gym_id == wishing.gym_id)
            session.execute(due.values(state="pending", lease=None, next_at=datetime.now(UTC)))
            session.execute(update(Notification).values(state="queued"))
        send_queued()
    first, second = mail_server.to(new)
    with in_gym(wishing.gym_id) as session:
        stored = session.scalars(select(Notification.provider_id)).one()
    assert first.message["Message-ID"] == second.message["Message-ID"] == stored
    assert mail_server.to(wishing.email) == []


def test_a_refused_mail_is_failed_with_the_servers_words(
    wishing, run_job, send_queued, mail_server, read_outbox
):
    run_job(wishing, DAY)
    mail_server.refusals[wishing.email] = "550 no such user"
    send_queued()
    [item] = read_outbox(wishing)
    assert item.state == "failed"
    assert "no such user" in item.last_error


@pytest.mark.parametrize("days", [0, 8])
def test_neither_a_day_that_goes_on_nor_one_long_past_is_mailed(
    wishing, run_job, read_outbox, clock, days
):
    day = (clock.now - timedelta(days=days)).date().isoformat()
    job = run_job(wishing, day)
    assert (job.state, job.result["mailed"]) == ("done", False)
    assert read_outbox(wishing) == []


def test_a_day_of_a_week_ago_is_still_mailed(wishing, run_job, clock):
    day = (clock.now - timedelta(days=7)).date().isoformat()
    assert run_job(wishing, day).result["mailed"] is True


def test_without_a_mail_server_the_report_is_stored_all_the_same(
    wishing, run_job, read_outbox, api_database
):
    job = run_job(wishing, DAY, settings=make_settings(api_database, smtp_host=None))
    assert (job.state, job.result["mailed"]) == ("done", False)
    assert read_outbox(wishing) == []


def test_the_next_job_brings_reports_with_late_visits_up_to_date(gym, owner, visit, run_job):
    visit(gym, "2026-11-15T10:00Z")
    run_job(gym, "2026-11-15")
    run_job(gym, "2026-11-16")
    visit(gym, "2026-11-15T12:00Z", "2026-11-16T12:00Z")
    job = run_job(gym, DAY)
    assert job.result["brought_up_to_date"] == 2
    items = {one["day"]: one for one in owner.get(URL).json()["items"]}
    assert [items[f"2026-11-{day}"]["visits"] for day in (15, 16, 17)] == [2, 1, 0]
    assert not any(one["is_outdated"] for one in items.values())


def test_a_day_whose_visits_never_agree_is_looked_at_once(gym, visit, run_job, ops_sessions, owner):
    """Hours are counted by the zone that the gym had when the visit was stored."""
    visit(gym, "2026-11-15T10:00Z", "2026-11-16T10:00Z")
    run_job(gym, "2026-11-15")
    run_job(gym, "2026-11-16")
    change(ops_sessions, gym, timezone="Asia/Tokyo")
    owner.post(URL, json={"day": "2026-11-15"})
    job = run_job(gym, DAY)
    assert (job.state, job.result["brought_up_to_date"]) == ("done", 1)


@pytest.mark.parametrize("day", ["2026-11-19", "tomorrow", ""])
def test_a_job_for_no_day_is_refused_and_not_tried_again(gym, run_job, day):
    job = run_job(gym, day, key="wrong")
    assert job.state == "failed"
    assert job.error
