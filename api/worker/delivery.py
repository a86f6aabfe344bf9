"""One claimed notification: read it, check that it may still go, and compose it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from api.kit.settings import Settings
from api.kit.translation import use_language
from api.notifications.kind import Context, NotificationKind
from api.providers.email.base import OutgoingMail
from api.providers.sms.base import OutgoingSms
from db.models import Channel, Gym, Notification, NotificationState
from db.queue import outbox
from db.queue.outbox import Claim
from db.session import GymSession

LOOKED_AT_AGAIN = 600.0
"""Seconds that a notification waits which no worker like this one can send."""


@dataclass(frozen=True)
class Delivery:
    """What to send now, and by which channel; `attempts` counts this one."""

    notification_id: int
    channel: Channel
    content: OutgoingMail | OutgoingSms
    attempts: int


def prepare(
    session: GymSession,
    claim: Claim,
    kinds: Mapping[str, NotificationKind[Any]],
    channels: Collection[Channel],
    settings: Settings,
    *,
    now: datetime,
) -> Delivery | None:
    """What to send for a claim; None when the lease is lost, or it must not or cannot go now.

    The caller commits, before anything is sent.
    """
    item = outbox.read_claimed(session, claim)
    if item is None:
        return None
    notification = session.scalars(
        select(Notification).where(
            Notification.in_gym(claim.gym_id),
            Notification.notification_id == item.notification_id,
        )
    ).one()
    if notification.state != NotificationState.QUEUED:
        outbox.drop(session, claim)
        return None
    kind = kinds.get(notification.kind)
    if kind is None or notification.channel not in channels:
        # A newer worker may know the kind, and the channel may be set up again: no attempt at it.
        outbox.wait(session, claim, seconds=LOOKED_AT_AGAIN, error="Nobody here can send it.")
        return None
    at = Context(session, session.get_one(Gym, claim.gym_id), notification, settings, now)
    payload = kind.read_payload(notification.payload)
    block = kind.find_block(at, payload)
    if block is not None:
        outbox.finish(session, claim, NotificationState.SKIPPED, error=block)
        return None
    use_language(at.gym.language)
    content = kind.write(notification.channel, at, payload)
    notification.recipient = content.to
    return Delivery(notification.notification_id, notification.channel, content, item.attempts)
