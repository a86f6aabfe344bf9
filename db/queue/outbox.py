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

from db.base import AnyRow
from db.cache_version import mark_changed
from db.models import Message, MessageState, OutboxItem, OutboxState
from db.types import GymId

_OPEN = (OutboxState.SENDING, OutboxState.QUEUED)
"""A row whose lease ended is dispatched again; until another worker claims it, the mark still
counts."""


GIVEN_UP = "Given up"
"""How the error of a mail begins that was not refused: the mail server was unavailable for too
long."""


@dataclass(frozen=True)
class Claim:
    """A row that this worker, and no other, may send until its lease ends."""

    outbox_id: int
    gym_id: GymId
    token: UUID


def enqueue_messages(session: Session, gym_id: int, message_ids: Iterable[int]) -> None:
    """Hand messages to the workers once the caller's transaction commits."""
    rows = [{"gym_id": gym_id, "message_id": message_id} for message_id in message_ids]
    if rows:
        session.execute(insert(OutboxItem), rows)


def claim(session: Session, gym_id: GymId, outbox_id: int, *, lease_seconds: int) -> Claim | None:
    """Lease a row that no other worker has and whose time has come. The session is in its gym.

    None also for a row of another gym: the gym comes from a message and may be wrong.
    """
    token = uuid4()
    claimed = session.scalar(
        update(OutboxItem)
        .where(
            OutboxItem.in_gym(gym_id),
            OutboxItem.outbox_id == outbox_id,
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
    state: MessageState,
    *,
    sent_at: datetime | None = None,
    error: str | None = None,
) -> bool:
    """Write down what became of the mail. False when the lease is no longer this worker's.

    The state of a mail to a member is kept in its message; that of a report's mail in the outbox.
    """
    closed = OutboxState.FAILED if state is MessageState.FAILED else OutboxState.DONE
    item = _change(session, claim, state=closed, last_error=error)
    if item is None:
        return False
    if item.message_id is not None:
        # Overview and at-risk list show who was mailed. Nothing else that a worker writes about a
        # mail is in a cached response.
        mark_changed(session, claim.gym_id)
        session.execute(
            update(Message)
            .where(Message.in_gym(claim.gym_id), Message.message_id == item.message_id)
            .values(state=state, sent_at=sent_at, error=error)
        )
    return True


def drop(session: Session, claim: Claim) -> bool:
    """Close a row whose message needs no sending any more, without touching the message."""
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
        .returning(OutboxItem.outbox_id, OutboxItem.message_id)
    ).one_or_none()
