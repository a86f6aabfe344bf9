"""Which due rows the relay dispatches next: all gyms in turn, and never too many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.models import JobState, OutboxState
from db.queue.broker import RUN_JOB, SEND_NOTIFICATION
from db.queue.catalogue import CATALOGUE, DS, JOBS, NOTIFICATIONS


@dataclass(frozen=True)
class DispatchSource:
    """Rows of one table that go to one queue.

    At most `max_waiting` messages are in the queue at a time, and `max_per_gym` rows of a gym.
    """

    queue: str
    task: str
    table: str
    key: str
    states: tuple[str, ...]
    max_waiting: int
    max_per_gym: int
    jobs: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, Any]:
        return {"jobs": list(self.jobs)} if self.jobs else {}

    @property
    def is_open(self) -> str:
        states = ", ".join(f"'{state}'" for state in self.states)
        return f"state in ({states})" + (" and job = any(:jobs)" if self.jobs else "")


def _jobs_of(queue: str, *, max_waiting: int) -> DispatchSource:
    names = tuple(kind.name for kind in CATALOGUE if kind.queue == queue)
    states = (JobState.PENDING, JobState.QUEUED, JobState.RUNNING)
    return DispatchSource(queue, RUN_JOB, "job_runs", "job_run_id", states, max_waiting, 2, names)


_UNSENT = (OutboxState.PENDING, OutboxState.QUEUED, OutboxState.SENDING)
SOURCES = (
    DispatchSource(NOTIFICATIONS, SEND_NOTIFICATION, "outbox", "outbox_id", _UNSENT, 64, 16),
    _jobs_of(JOBS, max_waiting=16),
    _jobs_of(DS, max_waiting=16),
)


@dataclass(frozen=True)
class DueRow:
    row_id: int
    gym_id: int


def lock_due(session: Session, source: DispatchSource, room: int) -> list[DueRow]:
    """Up to `room` rows whose time has come, locked, in turn over the gyms.

    A row that was dispatched or claimed and whose `next_at` has passed is due again: its message
    was lost, or its worker died. Rows that another relay has locked are skipped.
    """
    chosen = session.execute(
        text(_choose(source)), source.names | {"most": source.max_per_gym, "room": room}
    ).all()
    if not chosen:
        return []
    locked = set(
        session.scalars(
            text(
                f"select {source.key} from {source.table} where {source.key} = any(:ids)"
                f" and {source.is_open} and next_at <= now() for update skip locked"
            ),
            source.names | {"ids": [row[0] for row in chosen]},
        )
    )
    return [DueRow(row_id, gym_id) for row_id, gym_id in chosen if row_id in locked]


def mark_dispatched(
    session: Session, source: DispatchSource, row_ids: Sequence[int], repeat_after: timedelta
) -> None:
    """The rows are with the broker; if no worker claims them by then, they are due again."""
    session.execute(
        text(
            f"update {source.table} set state = 'queued', next_at = now() + :repeat_after"
            f" where {source.key} = any(:ids)"
        ),
        {"ids": list(row_ids), "repeat_after": repeat_after},
    )


def _choose(source: DispatchSource) -> str:
    """Walks the index gym by gym, so that a gym's 100,000 rows cost no more than its first few.
    What is due of a suspended gym waits."""
    table, key, is_open = source.table, source.key, source.is_open
    return f"""
with recursive busy as (
  (select gym_id from {table} where {is_open} order by gym_id limit 1)
  union all
  select (select gym_id from {table} where {is_open} and gym_id > busy.gym_id
          order by gym_id limit 1)
  from busy where busy.gym_id is not null
)
select due.id, busy.gym_id
from busy
join gyms on gyms.gym_id = busy.gym_id and gyms.suspended_at is null
cross join lateral (
  select count(*) as rows from {table}
  where {is_open} and gym_id = busy.gym_id and state = 'queued' and next_at > now()
) handed_out
cross join lateral (
  select {key} as id, next_at, row_number() over (order by next_at, {key}) as turn
  from (
    select {key}, next_at from {table}
    where {is_open} and gym_id = busy.gym_id and next_at <= now()
    order by next_at, {key} limit :most
  ) first
) due
where handed_out.rows + due.turn <= :most
order by handed_out.rows + due.turn, due.next_at, due.id
limit :room
"""
