"""What a kind of notification is: what it says, whether it may be sent, how it is queued.

A kind is one class in its noun's `notifications.py`, and one name in `api.worker.kinds`. The row
keeps the payload; the text is made by a worker, in the last moment, from what is true then.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.kit.settings import Settings
from api.providers.email.base import OutgoingMail
from api.providers.sms.base import OutgoingSms
from db.addresses import key_of_address
from db.models import Channel, Gym, Member, Notification, NotificationState
from db.queue import outbox
from db.session import GymSession
from db.types import GymId

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Payload = TypeVar("Payload", bound="DataclassInstance")


@dataclass(frozen=True, kw_only=True)
class NewNotification(Generic[Payload]):
    """One to queue. `dedupe_key` is unique in its gym and kind."""

    recipient: str
    payload: Payload
    dedupe_key: str
    member_id: int | None = None
    campaign_id: int | None = None
    provider_id: str | None = None
    unsubscribe_hash: str | None = None


@dataclass(frozen=True)
class Context:
    """A queued notification, in its gym's session, at the moment it is to be sent."""

    session: GymSession
    gym: Gym
    notification: Notification
    settings: Settings
    now: datetime

    @property
    def gym_id(self) -> GymId:
        return GymId(self.gym.gym_id)

    @cached_property
    def member(self) -> Member:
        """The recipient, as stored now. Only for kinds that go to members."""
        return self.session.scalars(
            select(Member).where(
                Member.in_gym(self.gym_id), Member.member_id == self.notification.member_id
            )
        ).one()


class ChannelNotWritten(Exception):
    """A kind was to be queued for a channel in which it says nothing: a fault of the caller."""


class NotificationKind(ABC, Generic[Payload]):
    """`payload_type` is a dataclass of what JSON can hold; a token is never part of it.

    A kind goes out by the channels whose `write_...` it defines, and is refused on any other.
    """

    name: str
    payload_type: type[Payload]

    @abstractmethod
    def find_block(self, at: Context, payload: Payload) -> str | None:
        """Why it must not be sent now, after all that may have happened since it was queued."""

    def write_mail(self, at: Context, payload: Payload) -> OutgoingMail:
        raise NotImplementedError

    def write_sms(self, at: Context, payload: Payload) -> OutgoingSms:
        raise NotImplementedError

    def write(self, channel: Channel, at: Context, payload: Payload) -> OutgoingMail | OutgoingSms:
        match channel:
            case Channel.EMAIL:
                return self.write_mail(at, payload)
            case Channel.SMS:
                return self.write_sms(at, payload)

    def is_written_for(self, channel: Channel) -> bool:
        kind, base = type(self), NotificationKind
        match channel:
            case Channel.EMAIL:
                return kind.write_mail is not base.write_mail
            case Channel.SMS:
                return kind.write_sms is not base.write_sms

    def read_payload(self, stored: dict[str, Any]) -> Payload:
        return self.payload_type(**stored)

    def queue(
        self,
        session: Session,
        gym_id: int,
        channel: Channel,
        new: Sequence[NewNotification[Payload]],
        *,
        now: datetime,
    ) -> list[int]:
        """Write notifications, and hand them to the workers once the transaction commits.

        Returns the ids of those that were made: none for one whose `dedupe_key` is there already.
        Raises `ChannelNotWritten`, also where there is nothing to queue.
        """
        if not self.is_written_for(channel):
            raise ChannelNotWritten(f"{self.name} is not sent by {channel}")
        if not new:
            return []
        rows = [
            {
                "gym_id": gym_id,
                "kind": self.name,
                "channel": channel,
                "recipient": one.recipient,
                "recipient_key": key_of_address(one.recipient),
                "payload": asdict(one.payload),
                "dedupe_key": one.dedupe_key,
                "member_id": one.member_id,
                "campaign_id": one.campaign_id,
                "provider_id": one.provider_id,
                "unsubscribe_hash": one.unsubscribe_hash,
                "state": NotificationState.QUEUED,
                "created_at": now,
            }
            for one in new
        ]
        made = session.scalars(
            insert(Notification)
            .on_conflict_do_nothing(index_elements=["gym_id", "kind", "dedupe_key"])
            .returning(Notification.notification_id),
            rows,
        ).all()
        outbox.enqueue(session, gym_id, made)
        return list(made)
