"""A kind of notification is declared once, and what happens to one is the same for every kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from api.notifications.kind import ChannelNotWritten, Context, NewNotification, NotificationKind
from api.worker.kinds import KINDS
from api.worker.sending import Sender
from db.models import Channel, Gym, Notification, NotificationState, OutboxItem
from db.session import GymSession
from tests.fixtures.api import NOON, Clock
from tests.fixtures.mail import Postman

pytestmark = pytest.mark.usefixtures("empty_outbox", "long_pauses")


@dataclass(frozen=True)
class Wish:
    text: str
    is_allowed: bool = True


@dataclass(frozen=True)
class Card:
    to: str
    text: str


class WishByMail(NotificationKind[Wish]):
    """A kind that the platform does not have: the worker sends it all the same."""

    name = "wish"
    payload_type = Wish

    def find_block(self, at: Context, payload: Wish) -> str | None:
        return None if payload.is_allowed else "not_allowed"

    def write_mail(self, at: Context, payload: Wish) -> Any:
        return Card(f"moved-{at.notification.recipient}", payload.text)


class Printer:
    def __init__(self) -> None:
        self.cards: list[Card] = []

    def send(self, card: Any) -> None:
        self.cards.append(card)

    def close(self) -> None:
        """Nothing is held."""


WISH = WishByMail()


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def make_postman(
    mail_settings: Settings,
    app_sessions: sessionmaker[GymSession],
    ops_sessions: sessionmaker[GymSession],
    clock: Clock,
) -> Callable[..., Postman]:
    def make(providers: dict[Channel, Any], *kinds: NotificationKind[Any]) -> Postman:
        named = {kind.name: kind for kind in kinds}
        now = lambda: clock.now  # noqa: E731
        return Postman(
            Sender(app_sessions, providers, mail_settings, kinds=named, now=now), ops_sessions
        )

    return make


@pytest.fixture
def queue(in_gym: Any, gym: Gym) -> Callable[..., list[int]]:
    def queue(*wishes: Wish, key: str = "once") -> list[int]:
        new = [
            NewNotification(recipient="mia@example.com", payload=wish, dedupe_key=f"{key} {n}")
            for n, wish in enumerate(wishes)
        ]
        with in_gym(gym.gym_id) as session:
            return WISH.queue(session, gym.gym_id, Channel.EMAIL, new, now=NOON)

    return queue


@pytest.fixture
def read(in_gym: Any, gym: Gym) -> Callable[[], list[tuple[Any, ...]]]:
    def read() -> list[tuple[Any, ...]]:
        with in_gym(gym.gym_id) as session:
            found = session.execute(
                select(
                    Notification.state,
                    Notification.recipient,
                    Notification.error,
                    OutboxItem.state,
                    OutboxItem.attempts,
                )
                .join(OutboxItem, OutboxItem.notification_id == Notification.notification_id)
                .where(Notification.kind == WISH.name)
                .order_by(Notification.notification_id)
            )
            return [tuple(row) for row in found]

    return read


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kinds_payload_is_a_dataclass_that_comes_back_from_json(
    kind: NotificationKind[Any],
) -> None:
    assert is_dataclass(kind.payload_type)
    stored = {field.name: 1 for field in fields(kind.payload_type)}
    assert kind.read_payload(json.loads(json.dumps(stored))) == kind.payload_type(**stored)
    assert not [name for name in stored if "token" in name or "link" in name]


def test_a_kind_that_no_module_of_the_worker_names_is_sent_and_marked(
    queue: Any, read: Any, make_postman: Any, printer: Printer
) -> None:
    queue(Wish("Happy birthday"))
    make_postman({Channel.EMAIL: printer}, WISH).step()
    assert printer.cards == [Card("moved-mia@example.com", "Happy birthday")]
    assert read() == [(NotificationState.SENT, "moved-mia@example.com", None, "done", 1)]


def test_one_of_the_same_key_is_made_once(queue: Any, read: Any, in_gym: Any, gym: Gym) -> None:
    first = queue(Wish("Happy birthday"), Wish("And a happy new year"))
    assert len(first) == 2
    assert queue(Wish("Again"), Wish("And again"), Wish("New")) != []
    with in_gym(gym.gym_id) as session:
        texts = session.scalars(
            select(Notification.payload["text"].astext).order_by(Notification.notification_id)
        ).all()
        assert texts == ["Happy birthday", "And a happy new year", "New"]
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == 3


def test_what_must_not_be_sent_any_more_is_skipped_with_the_reason(
    queue: Any, read: Any, make_postman: Any, printer: Printer
) -> None:
    queue(Wish("No", is_allowed=False))
    make_postman({Channel.EMAIL: printer}, WISH).step()
    assert printer.cards == []
    assert read() == [(NotificationState.SKIPPED, "mia@example.com", "not_allowed", "done", 1)]


def test_a_channel_that_a_kind_has_no_text_for_is_refused_when_it_is_queued(
    in_gym: Any, gym: Gym, read: Any
) -> None:
    assert WISH.is_written_for(Channel.EMAIL)
    assert not WISH.is_written_for(Channel.SMS)
    one = NewNotification(recipient="+351 912 345 678", payload=Wish("Hi"), dedupe_key="1")
    for new in ([one], []):
        with (
            in_gym(gym.gym_id) as session,
            pytest.raises(ChannelNotWritten, match="wish is not sent by sms"),
        ):
            WISH.queue(session, gym.gym_id, Channel.SMS, new, now=NOON)
    assert read() == []


def test_every_kind_is_written_for_some_channel() -> None:
    written = {kind.name: [c for c in Channel if kind.is_written_for(c)] for kind in KINDS.values()}
    assert all(written.values()), written
    assert written["payment_reminder"] == [Channel.EMAIL, Channel.SMS]


@pytest.mark.parametrize("is_known", [True, False], ids=["no channel", "a newer kind"])
def test_what_nobody_here_can_send_waits_and_counts_as_no_attempt(
    queue: Any, read: Any, make_postman: Any, printer: Printer, is_known: bool
) -> None:
    queue(Wish("Later"))
    providers = {Channel.SMS if is_known else Channel.EMAIL: printer}
    make_postman(providers, *([WISH] if is_known else [])).step()
    assert printer.cards == []
    assert read() == [(NotificationState.QUEUED, "mia@example.com", None, "pending", 0)]
