"""Two records of one person: found by the platform, merged by somebody's decision, undone while
that can be.

Everything that belongs to the first record is given to the second; the first stays and leads on, so
that old ids, cards and numbers find the person still.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import combinations

from rapidfuzz.fuzz import token_sort_ratio
from sqlalchemy.orm import Session

from api.audit_log.repository import name_noun
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.member_merges import moving
from api.member_merges.errors import (
    BothInHouseholds,
    CannotUndo,
    MembershipsOverlap,
    PairNotFound,
    SameMember,
)
from api.member_merges.repository import MergeRepository
from api.member_merges.schemas import (
    DistinctItem,
    DistinctRequest,
    DuplicateItem,
    MergeItem,
    MergePreview,
    MergeRequest,
    MovedItem,
    PersonItem,
    SameBy,
)
from api.members.repository import MemberRepository
from api.members.service import check_kept
from db.base import AnyRow
from db.models import Gym, Member, MemberMerge, Standing
from db.stats.member_changes import changing_members

log = logging.getLogger(__name__)

UNDO_DAYS = 30
LIKENESS = {SameBy.EMAIL: 60, SameBy.PHONE: 60, SameBy.BIRTH_DATE: 85}
"""How like names must be, 0 to 100. Families share an address and a phone."""
NEARLY_THE_SAME = LIKENESS[SameBy.BIRTH_DATE]
_COLUMNS = {
    SameBy.EMAIL: "email_key",
    SameBy.PHONE: "phone_e164",
    SameBy.BIRTH_DATE: "birth_date",
}
_NO_VISITS = "select now() as check_in where false"
"""Visits change their member and not their hour."""


def list_duplicates(session: Session, caller: Principal, page: PageRequest) -> Page[DuplicateItem]:
    """Pairs that may be one person, those that most speaks for first."""
    merges = MergeRepository(session, caller.gym_id)
    distinct = merges.list_distinct()
    found: dict[tuple[int, int], list[SameBy]] = {}
    likeness: dict[tuple[int, int], int] = {}
    for reason, column in _COLUMNS.items():
        for block in merges.list_blocks(column):
            for one, other in combinations(block, 2):
                pair = one.customer_id, other.customer_id
                alike = round(token_sort_ratio(one.name_key, other.name_key))
                if alike >= _find_least(reason, one, other) and pair not in distinct:
                    found.setdefault(pair, []).append(reason)
                    likeness[pair] = alike
    pairs = sorted(found, key=lambda pair: (-len(found[pair]), -likeness[pair], pair))
    shown = pairs[page.offset : page.offset + page.size]
    people = merges.read_people({member_id for pair in shown for member_id in pair})
    items = [
        DuplicateItem(
            first=_to_person(people[first]),
            second=_to_person(people[second]),
            same_by=found[first, second],
            likeness=likeness[first, second],
        )
        for first, second in shown
    ]
    return Page[DuplicateItem].of(items, len(pairs), page)


def keep_apart(
    session: Session, caller: Principal, data: DistinctRequest, *, now: datetime
) -> None:
    """Raises `SameMember`, `MemberNotFound`."""
    if data.member_id == data.other_id:
        raise SameMember
    members = MemberRepository(session, caller.gym_id)
    for member_id in (data.member_id, data.other_id):
        members.get_or_refuse(member_id)
    merges = MergeRepository(session, caller.gym_id)
    merges.add_distinct(data.member_id, data.other_id, user_id=caller.user_id, now=now)


def list_distinct(session: Session, caller: Principal, page: PageRequest) -> Page[DistinctItem]:
    rows, total = MergeRepository(session, caller.gym_id).page_distinct(page)
    items = [
        DistinctItem(
            member_id=row.DistinctMembers.member_id,
            member_name=row.member_name,
            other_id=row.DistinctMembers.other_id,
            other_name=row.other_name,
            decided_by=row.by,
            decided_at=row.DistinctMembers.decided_at,
        )
        for row in rows
    ]
    return Page[DistinctItem].of(items, total, page)


def take_back(session: Session, caller: Principal, member_id: int, other_id: int) -> None:
    """Raises `PairNotFound`."""
    if not MergeRepository(session, caller.gym_id).delete_distinct(member_id, other_id):
        raise PairNotFound(f"{member_id}, {other_id}")


def _find_least(reason: SameBy, one: AnyRow, other: AnyRow) -> int:
    """Who were born on different days are two, unless their names say that one day is mistyped."""
    born = {one.birth_date, other.birth_date} - {None}
    return NEARLY_THE_SAME if len(born) == 2 else LIKENESS[reason]


def preview(session: Session, caller: Principal, data: MergeRequest) -> MergePreview:
    """Raises what `merge` would."""
    merges = MergeRepository(session, caller.gym_id)
    _check(merges, data)
    people = merges.read_people({data.member_id, data.into_id})
    counts = merges.count_rows(data.member_id, data.into_id)
    return MergePreview(
        member=_to_person(people[data.member_id]),
        into=_to_person(people[data.into_id]),
        moved=[MovedItem(noun=name_noun(name), rows=n) for name, (n, _) in counts.items() if n],
        stays=[MovedItem(noun=name_noun(name), rows=n) for name, (_, n) in counts.items() if n],
    )


def merge(session: Session, caller: Principal, data: MergeRequest, *, now: datetime) -> MergeItem:
    """Raises `SameMember`, `MembershipsOverlap`, `BothInHouseholds`, `NoLongerKept`."""
    gym = caller.gym
    merges = MergeRepository(session, gym.gym_id)
    with _changing(session, gym, data.member_id, data.into_id, now=now):
        member = _check(merges, data)
        row = MemberMerge(
            gym_id=gym.gym_id,
            member_id=data.member_id,
            into_id=data.into_id,
            standing=member.standing,
            moved={},
            merged_by=caller.user_id,
            merged_at=now,
        )
        merges.add(row)
        row.moved = moving.move(session, gym.gym_id, member_id=data.member_id, into_id=data.into_id)
        member.standing, member.merged_into = Standing.MERGED, data.into_id
    log.info(
        "members_merged",
        extra={"gym_id": gym.gym_id, "user_id": caller.user_id, "merge_id": row.merge_id},
    )
    return _find_item(merges, row.merge_id, now)


def undo(session: Session, caller: Principal, merge_id: int, *, now: datetime) -> MergeItem:
    """Each record has again what it had, and keeps what came since. Raises `CannotUndo`."""
    gym = caller.gym
    merges = MergeRepository(session, gym.gym_id)
    row = merges.get_or_refuse(merge_id)
    with _changing(session, gym, row.member_id, row.into_id, now=now):
        session.refresh(row)
        members = MemberRepository(session, gym.gym_id)
        member = members.get_or_refuse(row.member_id, fresh=True)
        into = members.get_or_refuse(row.into_id, fresh=True)
        if not _can_undo(row, member.merged_into, into.standing, now):
            raise CannotUndo(UNDO_DAYS)
        member.standing, member.merged_into = row.standing, None
        session.flush()
        moving.move_back(
            session, gym.gym_id, row.moved, member_id=row.member_id, into_id=row.into_id
        )
        row.undone_at = now
    return _find_item(merges, merge_id, now)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, now: datetime
) -> Page[MergeItem]:
    rows, total = MergeRepository(session, caller.gym_id).list_page(page)
    return Page[MergeItem].of([_to_item(row, now) for row in rows], total, page)


@contextmanager
def _changing(
    session: Session, gym: Gym, member_id: int, into_id: int, *, now: datetime
) -> Iterator[None]:
    with changing_members(session, gym, [member_id, into_id], now=now) as changes:
        changes.count_visits(_NO_VISITS)
        yield


def _check(merges: MergeRepository, data: MergeRequest) -> Member:
    if data.member_id == data.into_id:
        raise SameMember
    members = MemberRepository(merges.session, merges.gym_id)
    member = members.get_or_refuse(data.member_id, fresh=True)
    for one in (member, members.get_or_refuse(data.into_id, fresh=True)):
        check_kept(one)
    if merges.overlap(data.member_id, data.into_id):
        raise MembershipsOverlap
    if merges.are_in_households(data.member_id, data.into_id):
        raise BothInHouseholds
    return member


def _can_undo(
    row: MemberMerge, merged_into: int | None, into_standing: Standing, now: datetime
) -> bool:
    return (
        row.undone_at is None
        and merged_into == row.into_id
        and into_standing not in (Standing.ERASED, Standing.MERGED)
        and now - row.merged_at <= timedelta(days=UNDO_DAYS)
    )


def _find_item(merges: MergeRepository, merge_id: int, now: datetime) -> MergeItem:
    return _to_item(merges.read_row(merge_id), now)


def _to_item(row: AnyRow, now: datetime) -> MergeItem:
    merge = row.MemberMerge
    return MergeItem(
        merge_id=merge.merge_id,
        member_id=merge.member_id,
        member_name=row.member_name,
        into_id=merge.into_id,
        into_name=row.into_name,
        merged_by=row.by,
        merged_at=merge.merged_at,
        undone_at=merge.undone_at,
        can_undo=_can_undo(merge, row.merged_into, row.into_standing, now),
    )


def _to_person(row: AnyRow) -> PersonItem:
    member = row.Member
    return PersonItem(
        member_id=member.member_id,
        number=member.number,
        name=member.name,
        email=member.email,
        phone=member.phone,
        birth_date=member.birth_date,
        join_date=member.join_date,
        visits=row.visits,
    )
