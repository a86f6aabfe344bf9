"""The one way to change members: `changing_members` locks, and lets follow what must."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import to_local_day
from db.member_facts import FactsWritten, find_open, writing_facts
from db.models import CheckIn, Gym, Member, Membership, MembershipFreeze, MemberStats
from db.planning import plan_for_many
from db.stats.member_stats import lock_days, lock_member_stats, refresh_member_stats
from db.stats.member_status import refresh_member_status
from db.stats.visit_hours import count_visit_hours, rebuild_visit_hours, uncount_visit_hour

_OF_STATUS = {Membership.__tablename__, MembershipFreeze.__tablename__}


class MemberChanges(FactsWritten):
    """What a block of `changing_members` holds, and what set-based writers say of what they did."""

    def __init__(self, session: Session, gym_id: int) -> None:
        super().__init__()
        self._session = session
        self._gym_id = gym_id
        self._holds = False
        self._only: set[int] | None = None
        self._visits: tuple[str, Mapping[str, Any]] | None = None

    def hold(self, member_ids: Iterable[int]) -> None:
        """Lock members in a block that was begun without any, because a file names them. They are
        locked all at once: two blocks that each held some could wait for each other."""
        if self._holds:
            raise RuntimeError("a block holds its members once")
        self._holds = True
        self.found |= lock_member_stats(self._session, self._gym_id, member_ids)

    def only(self, member_ids: Iterable[int]) -> None:
        """Of all that are held or new, statements changed these. Without it, all are refreshed."""
        self._only = set(member_ids)

    def count_visits(self, query: str, **values: Any) -> None:
        """Statements wrote the visits whose entries are `check_in` of the SQL text `query`."""
        self._visits = query, values

    def finish(self, day: date) -> None:
        session, gym_id = self._session, self._gym_id
        session.flush()
        if CheckIn.__tablename__ in self.tables_of_statements and self._visits is None:
            raise RuntimeError("statements wrote visits: say which by count_visits")
        if self._only is None and not self.tables:
            return
        changed = self.found if self._only is None else self._only | self.flushed
        refresh_member_stats(session, gym_id, changed)
        if self.tables & _OF_STATUS:
            with plan_for_many(session, len(changed)):
                refresh_member_status(session, gym_id, day, changed)
        forget_figures(session, changed)
        # Last, because all members share these rows: until the end nobody else can write them.
        for moment in self.gone:
            uncount_visit_hour(session, gym_id, moment)
        if self.came:
            query = "select unnest(cast(:came as timestamptz[])) as check_in"
            count_visit_hours(session, gym_id, query, came=self.came)
        if self._visits is not None:
            query, values = self._visits
            count_visit_hours(session, gym_id, query, **values)


@contextmanager
def changing_members(
    session: Session, gym: Gym, member_ids: Iterable[int], *, now: datetime
) -> Iterator[MemberChanges]:
    """Write facts of these members, in the caller's transaction, and all that follows from them.

    Yields the members who were found (`found`). Other writers of them wait until the transaction
    ends. On leaving, their statistics are computed from what was written, their status and plan
    where memberships or freezes were, and visits are counted by hour; what was read of these is
    read again when asked for. New members belong to the block that made them. A block inside of
    another one is that one, and may only name members that it holds.

    What a flush writes is noticed by itself (`db.member_facts`); statements say it by `only` and
    `count_visits`. A block that is left by an error does nothing: the transaction is lost.
    """
    ids = set(member_ids)
    outer = find_open(session)
    if isinstance(outer, MemberChanges):
        if ids - outer.found:
            raise RuntimeError("the outer block does not hold these members")
        yield outer
        return
    changes = MemberChanges(session, gym.gym_id)
    with writing_facts(session, changes):
        if ids:
            changes.hold(ids)
        yield changes
        changes.finish(to_local_day(now, gym.timezone))


@contextmanager
def changing_everyone(session: Session, gym: Gym, *, now: datetime) -> Iterator[None]:
    """`changing_members` for whoever writes the lives of a whole gym: nobody else records a visit
    until the transaction ends, they are busy meanwhile, and everything stored of members is
    computed again at the end."""
    with writing_facts(session, FactsWritten()):
        lock_days(session, gym.gym_id)
        yield
        refresh_member_stats(session, gym.gym_id)
        refresh_member_status(session, gym.gym_id, to_local_day(now, gym.timezone))
        rebuild_visit_hours(session, gym.gym_id)


def forget_figures(session: Session, member_ids: set[int]) -> None:
    """Let what statements have changed of these members be read again."""
    for item in list(session.identity_map.values()):
        if isinstance(item, MemberStats) and item.member_id in member_ids:
            session.expire(item)
        elif isinstance(item, Member) and item.member_id in member_ids:
            session.expire(item, ["status", "plan_id"])
