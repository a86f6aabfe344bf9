"""The outbox: what is to be sent, written in the transaction that decided it, and which worker
sends it now.

A worker claims a row with a lease and writes its token into every later change, so that one whose
lease ran out cannot overwrite what the next worker did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from core.translation import Sentence
from db.base import AnyRow
from db.models import Notification, NotificationState, OutboxItem, OutboxState
from db.models.gym import is_running
from db.types import GymId

_OPEN = (OutboxState.SENDING, OutboxState.QUEUED)
"""A row whose lease ended is dispatched again; until another worker claims it, the mark still
counts."""


GIVEN_UP = "Given up"
"""How the error begins of what was not refused: the provider was unavailable for too long."""


@dataclass(frozen=True)
class Claim:
    """A row that this worker, and no other, may send until its lease ends."""

    outbox_id: int
    gym_id: GymId
    token: UUID


def enqueue(session: Session, gym_id: int, notification_ids: Iterable[int]) -> None:
    """Hand notifications to the workers once the caller's transaction commits."""
    rows = [{"gym_id": gym_id, "notification_id": one} for one in notification_ids]
    if rows:
        session.execute(insert(OutboxItem), rows)


def claim(session: Session, gym_id: GymId, outbox_id: int, *, lease_seconds: int) -> Claim | None:
    """Lease a row that no other worker has and whose time has come. The session is in its gym.

    None also for a row of another gym, since the gym comes from a message and may be wrong, and
    while the gym is suspended.
    """
    token = uuid4()
    claimed = session.scalar(
        update(OutboxItem)
        .where(
            OutboxItem.in_gym(gym_id),
            OutboxItem.outbox_id == outbox_id,
            is_running(gym_id),
            or_(
                OutboxItem.state == OutboxState.QUEUED,
                OutboxItem.state.in_([OutboxState.PENDING, OutboxState.SENDING])
                & (OutboxItem.next_at <= func.now()),
            ),
        )
        .values(
            state=OutboxState.SENDING,
            lease=token,
            attempts=OutboxItem.attempts + 1,
            next_at=func.now() + timedelta(seconds=lease_seconds),
        )
        .returning(OutboxItem.outbox_id)
    )
    return None if claimed is None else Claim(outbox_id, gym_id, token)


def read_claimed(session: Session, claim: Claim) -> OutboxItem | None:
    """The row, locked, while the lease is still this worker's. The session must be in its gym."""
    return session.scalar(
        select(OutboxItem)
        .where(
            OutboxItem.in_gym(claim.gym_id),
            OutboxItem.outbox_id == claim.outbox_id,
            OutboxItem.lease == claim.token,
            OutboxItem.state == OutboxState.SENDING,
        )
        .with_for_update()
    )


def finish(
    session: Session,
    claim: Claim,
    state: NotificationState,
    *,
    sent_at: datetime | None = None,
    error: Sentence | str | None = None,
) -> bool:
    """Write down what became of it. False when the lease is no longer this worker's.

    `error` is a sentence where it failed, a code where it was skipped.
    """
    text = None if error is None else str(error)
    said = error if isinstance(error, Sentence) else None
    closed = OutboxState.FAILED if state is NotificationState.FAILED else OutboxState.DONE
    item = _change(session, claim, state=closed, last_error=text)
    if item is None:
        return False
    session.execute(
        update(Notification)
        .where(
            Notification.in_gym(claim.gym_id),
            Notification.notification_id == item.notification_id,
        )
        .values(state=state, sent_at=sent_at, error=text, said=said)
    )
    return True


def drop(session: Session, claim: Claim) -> bool:
    """Close a row whose notification needs no sending any more, without touching that."""
    return _change(session, claim, state=OutboxState.DONE) is not None


def postpone(session: Session, claim: Claim, *, seconds: float, error: str) -> bool:
    """Give the row back, to be claimed again in so many seconds by the database's clock."""
    changed = _change(
        session,
        claim,
        state=OutboxState.PENDING,
        lease=None,
        next_at=func.now() + timedelta(seconds=seconds),
        last_error=error,
    )
    return changed is not None


def wait(session: Session, claim: Claim, *, seconds: float, error: str) -> bool:
    """As `postpone`, where nothing was tried: the claim is not counted."""
    if not postpone(session, claim, seconds=seconds, error=error):
        return False
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.in_gym(claim.gym_id), OutboxItem.outbox_id == claim.outbox_id)
        .values(attempts=OutboxItem.attempts - 1)
    )
    return True


def _change(session: Session, claim: Claim, **values: Any) -> AnyRow | None:
    return session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.in_gym(claim.gym_id),
            OutboxItem.outbox_id == claim.outbox_id,
            OutboxItem.lease == claim.token,
            OutboxItem.state.in_(_OPEN),
        )
        .values(**values)
        .returning(OutboxItem.outbox_id, OutboxItem.notification_id)
    ).one_or_none()
