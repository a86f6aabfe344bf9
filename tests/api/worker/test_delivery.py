"""The worker, mail by mail: what it sends, what it leaves, and what it writes down."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from api.providers.email.factory import make_email_provider
from api.worker import sending
from api.worker.sending import MAX_ATTEMPTS, Sender, pause_after
from api.worker.tasks import WorkerState
from db.logs import JsonFormatter
from db.member_facts import write_freely
from db.models import Channel, Gym, Member, Notification, NotificationState, OutboxItem
from db.queue import outbox
from db.queue.outbox import GIVEN_UP, Claim
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.campaigns import read_campaign, read_messages, send_mail
from tests.fixtures.api import ApiClient, Clock
from tests.fixtures.mail import MailServer, Postman

AddMember = Callable[..., Member]
Sessions = sessionmaker[GymSession]


pytestmark = pytest.mark.usefixtures("empty_outbox", "long_pauses")


@pytest.fixture
def worker(
    mail_settings: Settings, app_sessions: Sessions, ops_sessions: Sessions, clock: Clock
) -> Iterator[Postman]:
    provider = make_email_provider(mail_settings)
    assert provider is not None
    sender = Sender(app_sessions, {Channel.EMAIL: provider}, mail_settings, now=lambda: clock.now)
    yield Postman(sender, ops_sessions)
    sender.close()


@pytest.fixture
def read_outbox(in_gym: Any, gym: Gym) -> Callable[[], OutboxItem]:
    def read() -> OutboxItem:
        with in_gym(gym.gym_id) as session:
            found: OutboxItem = session.scalars(select(OutboxItem)).one()
            return found

    return read


@pytest.fixture
def claim(app_sessions: Sessions, gym: Gym) -> Callable[[int], Claim | None]:
    """Claims a row of the outbox as a worker of this gym does."""

    def claim(outbox_id: int) -> Claim | None:
        gym_id = GymId(gym.gym_id)
        with session_scope(app_sessions, gym_id) as session:
            return outbox.claim(session, gym_id, outbox_id, lease_seconds=45)

    return claim


def make_due(ops_sessions: Sessions) -> None:
    with session_scope(ops_sessions) as session:
        session.execute(
            update(OutboxItem).values(next_at=text("now()")).where(OutboxItem.state != "done")
        )


def test_a_mail_that_may_succeed_later_is_tried_again_later_with_the_same_id(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    ops_sessions: Sessions,
    read_outbox: Callable[[], OutboxItem],
) -> None:
    campaign = send_mail(owner, add_member()).json()
    mail_server.data_answer = None  # the answer is lost: was it accepted or not?
    assert worker.step()
    item = read_outbox()
    assert (item.state, item.attempts, item.lease) == ("pending", 1, None)
    assert item.next_at > datetime.now(UTC)
    assert "connection" in (item.last_error or "")
    assert read_campaign(owner, campaign)["queued"] == 1
    assert not worker.step(), "not before its time"
    mail_server.data_answer = "250 OK"
    make_due(ops_sessions)
    assert worker.step()
    [message] = read_messages(owner, campaign)
    assert (message["state"], message["attempts"], message["error"]) == ("sent", 2, None)


def test_pauses_grow_and_end_after_hours_not_days() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert 1.5 < pauses[0] < 2.5
    assert max(pauses) <= 900 * 1.2
    assert 3_600 < sum(pauses) < 4 * 3_600


def test_a_mail_is_given_up_after_the_last_attempt_with_words(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    ops_sessions: Sessions,
) -> None:
    campaign = send_mail(owner, add_member()).json()
    mail_server.data_answer = "451 try later"
    with session_scope(ops_sessions) as session:
        session.execute(update(OutboxItem).values(attempts=MAX_ATTEMPTS - 1))
    worker.step()
    [message] = read_messages(owner, campaign)
    assert message["state"] == "failed"
    assert message["error"].startswith(f"{GIVEN_UP} after {MAX_ATTEMPTS} attempts. The mail server")


def test_a_mail_that_cannot_be_worded_does_not_keep_the_others_waiting(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = add_member(), add_member()
    campaign = send_mail(owner, first, second).json()
    prepare, calls = sending.prepare, []

    def stumble(*arguments: Any, **named: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyError("a bug")
        return prepare(*arguments, **named)

    monkeypatch.setattr(sending, "prepare", stumble)
    assert worker.step()
    assert worker.step()
    assert sorted(m["state"] for m in read_messages(owner, campaign)) == ["failed", "sent"]


def test_an_address_corrected_meanwhile_is_the_one_written_to(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    in_gym: Any,
    gym: Gym,
) -> None:
    member = add_member()
    campaign = send_mail(owner, member).json()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.get(Member, member.member_id).email = f"new-{member.email}"
    worker.step()
    assert mail_server.to(member.email or "") == []
    assert len(mail_server.to(f"new-{member.email}")) == 1
    assert read_messages(owner, campaign)[0]["to"] == f"new-{member.email}"


def test_a_worker_whose_lease_ran_out_cannot_overwrite_the_next_one(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    ops_sessions: Sessions,
    in_gym: Any,
    claim: Callable[[int], Claim | None],
    read_outbox: Callable[[], OutboxItem],
) -> None:
    campaign = send_mail(owner, add_member()).json()
    slow = claim(read_outbox().outbox_id)
    assert slow is not None
    assert claim(slow.outbox_id) is None
    make_due(ops_sessions)  # 45 seconds later
    fast = claim(slow.outbox_id)
    assert fast is not None
    with in_gym(gym.gym_id) as session:
        assert outbox.read_claimed(session, slow) is None
        assert not outbox.postpone(session, slow, seconds=60, error="late")
        assert not outbox.finish(session, slow, NotificationState.FAILED, error="late")
        assert outbox.finish(session, fast, NotificationState.SENT, sent_at=datetime.now(UTC))
        assert not outbox.finish(session, slow, NotificationState.FAILED, error="late")
    assert read_messages(owner, campaign)[0]["state"] == "sent"


def test_a_mark_counts_while_the_row_is_handed_out_again_but_not_claimed(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    ops_sessions: Sessions,
    in_gym: Any,
    claim: Callable[[int], Claim | None],
    read_outbox: Callable[[], OutboxItem],
) -> None:
    campaign = send_mail(owner, add_member()).json()
    held = claim(read_outbox().outbox_id)
    assert held is not None
    with session_scope(ops_sessions) as session:
        session.execute(
            update(OutboxItem).where(OutboxItem.state == "sending").values(state="queued")
        )
    with in_gym(gym.gym_id) as session:
        assert outbox.finish(session, held, NotificationState.SENT, sent_at=datetime.now(UTC))
    assert claim(held.outbox_id) is None
    assert read_campaign(owner, campaign)["sent"] == 1


def test_a_message_that_names_the_wrong_gym_finds_nothing(
    owner: ApiClient,
    other_gym: Gym,
    add_member: AddMember,
    worker: Postman,
    mail_server: MailServer,
    app_sessions: Sessions,
    claim: Callable[[int], Claim | None],
    read_outbox: Callable[[], OutboxItem],
) -> None:
    send_mail(owner, add_member())
    outbox_id = read_outbox().outbox_id
    assert not worker.sender.send(outbox_id, GymId(other_gym.gym_id))
    assert mail_server.mails == []
    assert (read_outbox().state, read_outbox().attempts) == ("pending", 0)
    held = claim(outbox_id)
    assert held is not None
    foreign = Claim(outbox_id, GymId(other_gym.gym_id), held.token)
    with session_scope(app_sessions, foreign.gym_id) as session:
        assert outbox.read_claimed(session, foreign) is None
        assert not outbox.finish(session, foreign, NotificationState.SENT)


def test_a_message_that_comes_twice_or_early_sends_nothing_more(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    worker: Postman,
    mail_server: MailServer,
    read_outbox: Callable[[], OutboxItem],
) -> None:
    send_mail(owner, add_member())
    outbox_id = read_outbox().outbox_id
    mail_server.data_answer = "451 try later"
    assert worker.sender.send(outbox_id, GymId(gym.gym_id))
    mail_server.data_answer = "250 OK"
    assert not worker.sender.send(outbox_id, GymId(gym.gym_id)), "not before its time"
    assert mail_server.mails == []


def test_workers_side_by_side_send_each_mail_once(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    mail_settings: Settings,
    app_sessions: Sessions,
    ops_sessions: Sessions,
    clock: Clock,
) -> None:
    members = [add_member() for _ in range(30)]
    campaign = send_mail(owner, *members).json()

    def drain(_: int) -> int:
        provider = make_email_provider(mail_settings)
        assert provider is not None
        sender = Sender(
            app_sessions, {Channel.EMAIL: provider}, mail_settings, now=lambda: clock.now
        )
        worker = Postman(sender, ops_sessions)
        sent = 0
        while worker.step():
            sent += 1
        sender.close()
        return sent

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(drain, range(4))) == 30
    assert len(mail_server.mails) == 30
    assert len({mail.message["Message-ID"] for mail in mail_server.mails}) == 30
    assert read_campaign(owner, campaign)["sent"] == 30


def test_that_a_mail_was_sent_is_written_down_once_the_database_is_back(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = send_mail(owner, add_member()).json()
    finish, failures = outbox.finish, []

    def away_at_first(*arguments: Any, **named: Any) -> bool:
        if len(failures) < 2:
            failures.append(1)
            raise OperationalError("update", {}, Exception("server closed the connection"))
        return finish(*arguments, **named)

    monkeypatch.setattr(outbox, "finish", away_at_first)
    worker.step()
    assert len(mail_server.mails) == 1
    assert read_campaign(owner, campaign)["sent"] == 1
    assert not worker.step()


def test_after_a_change_of_the_secret_the_links_of_queued_mails_still_work(
    owner: ApiClient,
    client: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    mail_settings: Settings,
    app_sessions: Sessions,
    ops_sessions: Sessions,
) -> None:
    member = add_member()
    send_mail(owner, member)
    changed = mail_settings.model_copy(update={"secret_key": "another secret " * 3})
    provider = make_email_provider(changed)
    assert provider is not None
    sender = Sender(app_sessions, {Channel.EMAIL: provider}, changed)
    Postman(sender, ops_sessions).step()
    sender.close()
    [mail] = mail_server.to(member.email or "")
    path = mail.message["List-Unsubscribe"].strip("<>").partition("8000")[2]
    assert client.get(path).status_code == 200


def test_logs_are_json_and_name_nobody(
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    good, bad, late = add_member(), add_member(), add_member()
    mail_server.refusals = {
        bad.email or "": f"550 {bad.email} unknown",
        late.email or "": f"450 {late.email} is busy",
    }
    send_mail(owner, good, bad, late, subject="A secret subject")
    while worker.step():
        pass
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name == "worker"]
    events = [json.loads(line)["message"] for line in lines]
    assert events == [f"notification_{end}" for end in ("sent", "failed", "postponed")]
    for line in lines:
        assert "@" not in line
        assert "secret" not in line
        assert good.name not in line


def test_without_mail_settings_what_is_queued_waits(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    mail_settings: Settings,
    read_outbox: Callable[[], OutboxItem],
) -> None:
    send_mail(owner, add_member())
    silent = mail_settings.model_copy(update={"smtp_host": None})
    assert make_email_provider(silent) is None
    child = WorkerState(silent)
    child.start()
    child.send(read_outbox().outbox_id, gym.gym_id)
    child.stop()
    assert (read_outbox().state, read_outbox().attempts) == ("pending", 0)


def test_a_queued_mail_of_a_message_that_is_done_is_dropped(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    mail_server: MailServer,
    worker: Postman,
    in_gym: Any,
) -> None:
    campaign = send_mail(owner, add_member()).json()
    with in_gym(gym.gym_id) as session:
        session.execute(
            update(Notification).values(state="sent", sent_at=datetime.now(UTC) - timedelta(days=1))
        )
    worker.step()
    assert mail_server.mails == []
    assert read_campaign(owner, campaign)["sent"] == 1
    assert not worker.step()
