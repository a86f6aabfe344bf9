"""A payment reminder: to whom and how it goes, once, and never after it stopped being true."""

import json
import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from api.providers.failures import TemporaryFailure
from api.providers.sms.base import OutgoingSms
from api.providers.sms.console import ConsoleSmsProvider
from api.worker.channels import make_providers
from api.worker.sending import Sender
from core.translation import t
from db.logs import JsonFormatter
from db.member_facts import write_freely
from db.models import (
    AddressConfirmation,
    Channel,
    Gym,
    Job,
    Member,
    Notification,
    OutboxItem,
    Payment,
    PaymentState,
    UnsubscribedAddress,
)
from db.queue.beat import Beat
from db.queue.catalogue import JOBS, PAYMENT_REMINDERS, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.api.check_ins.bulk.uploads import InGym
from tests.factories.members import create_member
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.mail import MailServer, Postman

pytestmark = pytest.mark.usefixtures("empty_outbox", "long_pauses")

Sessions = sessionmaker[GymSession]
TODAY = NOON.date()
ME = "/api/v1/organizations/me"
PHONE = "+351 912 345 678"


class Phone:
    """An SMS provider that keeps what it was given, and may refuse it first."""

    def __init__(self) -> None:
        self.texts: list[OutgoingSms] = []
        self.failures: list[Exception] = []

    def send(self, sms: OutgoingSms, /) -> None:
        self.texts.append(sms)
        if self.failures:
            raise self.failures.pop()

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"sms_provider": "console"})


@pytest.fixture
def member(owner: ApiClient, gym: Gym, in_gym: InGym) -> Member:
    """One who agreed, in a gym that reminds its members."""
    assert owner.patch(ME, json={"sends_payment_reminders": True}).status_code == 200
    with in_gym(gym.gym_id) as session:
        made = create_member(session, gym=gym, phone=PHONE)
    agreed = owner.patch(f"/api/v1/members/{made.member_id}", json={"sms_consent": True})
    assert agreed.json()["sms_consent"] == "given", agreed.text
    return made


@pytest.fixture
def owe(gym: Gym, in_gym: InGym) -> Callable[..., int]:
    def owe(member: Member, due_on: date = TODAY, **over: Any) -> int:
        with in_gym(gym.gym_id) as session:
            write_freely(session)
            payment = Payment(
                gym_id=gym.gym_id,
                member_id=member.member_id,
                amount=4990,
                currency="EUR",
                due_on=due_on,
                **({"state": PaymentState.PENDING} | over),
            )
            session.add(payment)
            session.flush()
            return payment.payment_id

    return owe


@pytest.fixture
def remind(
    gym: Gym, in_gym: InGym, app_sessions: Sessions, settings: Settings, clock: Clock
) -> Callable[..., dict[str, Any]]:
    """Lets a worker do the job, each time another one; returns its result."""

    def remind(over: Settings = settings) -> dict[str, Any]:
        gym_id = GymId(gym.gym_id)
        with in_gym(gym_id) as session:
            number = session.query(Job).filter_by(gym_id=gym_id).count()
            job_id = add_job(session, gym_id, PAYMENT_REMINDERS, f"{number}")
        assert job_id is not None
        process_job(app_sessions, load_handlers(JOBS, settings=over), gym_id, job_id, now=clock.now)
        with in_gym(gym_id) as session:
            job = session.get_one(Job, job_id)
            assert job.error is None, job.error
            return job.result or {}

    return remind


@pytest.fixture
def postman(
    app_sessions: Sessions, ops_sessions: Sessions, settings: Settings, clock: Clock, phone: Phone
) -> Postman:
    sender = Sender(app_sessions, {Channel.SMS: phone}, settings, now=lambda: clock.now)
    return Postman(sender, ops_sessions)


@pytest.fixture
def read(gym: Gym, in_gym: InGym) -> Callable[[], list[tuple[Any, ...]]]:
    def read() -> list[tuple[Any, ...]]:
        with in_gym(gym.gym_id) as session:
            rows = session.scalars(
                select(Notification)
                .where(Notification.in_gym(gym.gym_id), Notification.kind == "payment_reminder")
                .order_by(Notification.notification_id)
            )
            return [(row.state.value, row.error, row.recipient) for row in rows]

    return read


def test_a_member_who_agreed_is_reminded_by_sms_with_amount_and_day(
    member: Member, owe: Any, remind: Any, postman: Postman, phone: Phone, gym: Gym, read: Any
) -> None:
    owe(member, TODAY + timedelta(days=3))
    assert remind() == {"queued": 1}
    assert postman.step()
    [sms] = phone.texts
    assert sms.to == PHONE
    assert sms.text == f"{gym.name}: your payment of 49.90 EUR is due on 21 November 2026."
    assert read() == [("sent", None, PHONE)]


def test_a_day_that_has_passed_was_the_day_and_each_sms_has_a_key_of_its_own(
    member: Member,
    owe: Any,
    remind: Any,
    postman: Postman,
    phone: Phone,
    gym: Gym,
    in_gym: InGym,
) -> None:
    for days in (1, 0):
        owe(member, TODAY - timedelta(days=days))
    assert remind() == {"queued": 2}
    while postman.step():
        pass
    said = [sms.text.removeprefix(f"{gym.name}: ") for sms in phone.texts]
    assert sorted(said) == [
        "your payment of 49.90 EUR is due on 18 November 2026.",
        "your payment of 49.90 EUR was due on 17 November 2026.",
    ]
    with in_gym(gym.gym_id) as session:
        stored = session.scalars(select(Notification.notification_id)).all()
    assert {sms.reference for sms in phone.texts} == {str(key) for key in stored}


def test_a_payment_and_its_day_are_reminded_of_once_over_two_beats_and_a_retry(
    member: Member,
    owe: Any,
    gym: Gym,
    ops_sessions: Sessions,
    app_sessions: Sessions,
    in_gym: InGym,
    settings: Settings,
    postman: Postman,
    phone: Phone,
    read: Any,
) -> None:
    owe(member)
    for _ in range(2):  # neither knows what the other wrote
        Beat(ops_sessions).tick(NOON)
    with in_gym(gym.gym_id) as session:
        asked = select(Job.job_id).where(Job.in_gym(gym.gym_id), Job.name == PAYMENT_REMINDERS.name)
        [job_id] = session.scalars(asked).all()
    for _ in range(2):  # the second as after a worker's death before the job was marked
        with in_gym(gym.gym_id) as session:
            session.execute(update(Job).where(Job.job_id == job_id).values(state="queued"))
        process_job(
            app_sessions,
            load_handlers(JOBS, settings=settings),
            GymId(gym.gym_id),
            job_id,
            now=NOON,
        )
    phone.failures = [TemporaryFailure(t("No connection."), kind="connect")]
    assert postman.step()
    assert read()[0][0] == "queued"
    with session_scope(ops_sessions) as session:
        session.execute(
            update(OutboxItem).where(OutboxItem.state == "pending").values(next_at=NOON)
        )
    assert postman.step()
    assert not postman.step()
    assert len({sms.reference for sms in phone.texts}) == 1
    assert len(phone.texts) == 2, "refused once, then taken"
    assert read() == [("sent", None, PHONE)]


def test_only_unpaid_payments_near_their_day_are_reminded_of(
    member: Member, owe: Any, remind: Any, gym: Gym, in_gym: InGym
) -> None:
    wanted = [owe(member, TODAY + timedelta(days=days)) for days in (-14, 0, 3)]
    wanted.append(owe(member, TODAY - timedelta(days=1), state=PaymentState.FAILED))
    for days in (-15, 4):
        owe(member, TODAY + timedelta(days=days))
    owe(member, state=PaymentState.PAID)
    assert remind() == {"queued": 4}
    with in_gym(gym.gym_id) as session:
        found = session.scalars(select(Notification.payload).where(Notification.in_gym(gym.gym_id)))
        assert sorted(payload["payment_id"] for payload in found) == sorted(wanted)
    assert remind() == {"queued": 0}


@pytest.mark.parametrize(
    ("sms_consent", "number"),
    [(False, PHONE), (None, PHONE), (True, None), (True, " ")],
    ids=["refused", "nobody knows", "no number", "an empty number"],
)
def test_who_did_not_agree_to_sms_or_has_no_number_is_reminded_by_mail(
    owner: ApiClient,
    gym: Gym,
    in_gym: InGym,
    member: Member,
    owe: Any,
    remind: Any,
    read: Any,
    sms_consent: bool | None,
    number: str | None,
) -> None:
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym, phone=number)
    if sms_consent is not None:
        owner.patch(f"/api/v1/members/{other.member_id}", json={"sms_consent": sms_consent})
    owe(other)
    assert remind() == {"queued": 1}
    assert read() == [("queued", None, other.email)]


def test_who_may_neither_be_written_to_nor_mailed_gets_no_reminder(
    gym: Gym, in_gym: InGym, member: Member, owe: Any, remind: Any
) -> None:
    with in_gym(gym.gym_id) as session:
        unreachable = [
            create_member(session, gym=gym, phone=PHONE, **over)
            for over in (
                {"email_consent": "refused"},
                {"email_consent": "unknown"},
                {"email_consent": "unsubscribed"},
                {"email": None},
                {"email": "not an address"},
            )
        ]
    for other in unreachable:
        owe(other)
    assert remind() == {"queued": 0}


def test_without_sms_the_reminder_is_a_mail_in_the_gyms_name_that_can_be_stopped(
    owner: ApiClient,
    client: ApiClient,
    gym: Gym,
    member: Member,
    owe: Any,
    remind: Any,
    mail_settings: Settings,
    mail_server: MailServer,
    send_queued: Callable[[], None],
    read: Any,
) -> None:
    owe(member, TODAY + timedelta(days=3))
    assert remind(mail_settings) == {"queued": 1}
    send_queued()
    [mail] = mail_server.to(member.email or "")
    assert mail.message["Subject"] == "Your payment of 49.90 EUR"
    assert mail.text.splitlines()[0] == "Your payment of 49.90 EUR is due on 21 November 2026."
    assert gym.name in str(mail.message["From"])
    assert str(mail.message["Reply-To"]).endswith(f"<{gym.email}>")
    assert read() == [("sent", None, member.email)]
    assert remind(mail_settings) == {"queued": 0}

    link = str(mail.message["List-Unsubscribe"]).strip("<>")
    stopped = client.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    owe(member, TODAY + timedelta(days=2))
    assert remind(mail_settings) == {"queued": 0}


def test_sms_that_are_set_up_later_do_not_remind_again_of_what_was_mailed(
    member: Member, owe: Any, remind: Any, mail_settings: Settings
) -> None:
    owe(member)
    assert remind(mail_settings) == {"queued": 1}
    assert remind() == {"queued": 0}


def pay(session: GymSession, member: Member) -> None:
    write_freely(session)
    session.execute(update(Payment).values(state=PaymentState.PAID))


def move(session: GymSession, member: Member) -> None:
    write_freely(session)
    session.execute(update(Payment).values(due_on=TODAY + timedelta(days=30)))


def lose_number(session: GymSession, member: Member) -> None:
    write_freely(session)
    session.execute(update(Member).where(Member.member_id == member.member_id).values(phone=None))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pay, "paid"),
        (move, "due_on_changed"),
        (lose_number, "no_phone"),
        ({"sms_consent": False}, "no_consent"),
        ({"sends_payment_reminders": False}, "switched_off"),
    ],
    ids=["paid", "moved", "number gone", "consent taken back", "switched off"],
)
def test_what_is_no_longer_true_is_not_sent_as_sms(
    owner: ApiClient,
    gym: Gym,
    in_gym: InGym,
    member: Member,
    owe: Any,
    remind: Any,
    postman: Postman,
    phone: Phone,
    read: Any,
    change: Any,
    reason: str,
) -> None:
    owe(member)
    remind()
    if callable(change):
        with in_gym(gym.gym_id) as session:
            change(session, member)
    else:
        path = f"/api/v1/members/{member.member_id}" if "sms_consent" in change else ME
        assert owner.patch(path, json=change).status_code == 200
    assert postman.step()
    assert phone.texts == []
    assert [(state, error) for state, error, _ in read()] == [("skipped", reason)]


def unsubscribe(session: GymSession, member: Member) -> None:
    session.add(
        UnsubscribedAddress(gym_id=member.gym_id, email_key=member.email_key, unsubscribed_at=NOON)
    )


def lose_confirmation(session: GymSession, member: Member) -> None:
    session.execute(update(AddressConfirmation).values(confirmed_at=None))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pay, "paid"),
        (move, "due_on_changed"),
        (unsubscribe, "unsubscribed"),
        (lose_confirmation, "address_not_confirmed"),
    ],
    ids=["paid", "moved", "unsubscribed", "the gym's address is new"],
)
def test_what_is_no_longer_true_is_not_mailed(
    gym: Gym,
    in_gym: InGym,
    member: Member,
    owe: Any,
    remind: Any,
    mail_settings: Settings,
    mail_server: MailServer,
    send_queued: Callable[[], None],
    read: Any,
    change: Callable[[GymSession, Member], None],
    reason: str,
) -> None:
    owe(member)
    remind(mail_settings)
    with in_gym(gym.gym_id) as session:
        change(session, member)
    send_queued()
    assert mail_server.mails == []
    assert [(state, error) for state, error, _ in read()] == [("skipped", reason)]


def test_another_gyms_payments_are_left_alone(
    member: Member, owe: Any, remind: Any, other_gym: Gym, in_gym: InGym
) -> None:
    with in_gym(other_gym.gym_id) as session:
        theirs = create_member(session, gym=other_gym, phone=PHONE)
        write_freely(session)
        session.add(
            Payment(
                gym_id=other_gym.gym_id,
                member_id=theirs.member_id,
                amount=100,
                currency="EUR",
                due_on=TODAY,
                state=PaymentState.PENDING,
            )
        )
    assert remind() == {"queued": 0}


def test_without_a_way_or_a_wish_nothing_is_queued_and_the_job_says_why(
    owner: ApiClient, member: Member, owe: Any, remind: Any, api_settings: Settings, read: Any
) -> None:
    owe(member)
    problem = remind(api_settings.model_copy(update={"smtp_host": None}))["problem"]
    assert "SMS_PROVIDER" in problem
    assert "SMTP_HOST" in problem
    owner.patch(ME, json={"sends_payment_reminders": False})
    assert remind()["problem"] == "Payment reminders are switched off."
    assert read() == []


def test_who_wrote_the_consent_down_and_when_is_kept(
    owner: ApiClient, receptionist: ApiClient, gym: Gym, in_gym: InGym, clock: Clock
) -> None:
    added = receptionist.post("/api/v1/members", json={"name": "Ana", "sms_consent": False})
    url = f"/api/v1/members/{added.json()['member_id']}"
    before = owner.get(url).json()
    assert before["sms_consent"] == "refused"
    assert before["email_consent"] == "unknown"
    clock.advance(hours=1)
    said = []
    for _ in range(2):
        owner.patch(url, json={"sms_consent": True})
        said.append(owner.get(url).json())
        clock.advance(hours=1)
    first, again = said
    assert (first["sms_consent"], first["sms_consent_by"]) == ("given", owner.user.name)
    assert first["sms_consent_at"] > before["sms_consent_at"]
    assert again["sms_consent_at"] == first["sms_consent_at"], "the same answer keeps its day"
    owner.patch(url, json={"address": "Rua A"})
    assert owner.get(url).json()["sms_consent"] == "given"


def test_the_log_shows_neither_number_nor_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sms = OutgoingSms(to=PHONE, text="Iron & Oak: your payment of 49.90 EUR", reference="7")
    ConsoleSmsProvider().send(sms)
    [record] = [record for record in caplog.records if record.name == "sms"]
    line = JsonFormatter().format(record)
    assert json.loads(line)["message"] == "sms_written"
    assert "78" in line
    assert "912" not in line.replace(" ", "")
    assert "49.90" not in line
    assert "Iron" not in line


def test_the_console_is_refused_in_production_and_missing_without_its_setting(
    settings: Settings, api_settings: Settings
) -> None:
    assert Channel.SMS in make_providers(settings)
    assert Channel.SMS not in make_providers(api_settings)
    live = settings.model_copy(update={"environment": "production"})
    assert Channel.SMS not in make_providers(live)
    assert "only writes to the log" in str(live.sms_problem)
