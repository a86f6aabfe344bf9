"""Find members as people type, and keep `member_words`, by which it is done, true.

Under row-level security only plain comparisons reach an index: LIKE would read every member of the
gym. So the words of a member are rows, and each word typed is a range of their primary key.

Words are letters and digits, folded: "O'Brien" is "obrien", and also "o" and "brien".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    SelectBase,
    Text,
    any_,
    cast,
    false,
    func,
    inspect,
    intersect,
    select,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, UOWTransaction

from core.text import fold
from db.base import matches
from db.models.member import Member
from db.models.member_number import MemberNumber
from db.models.member_word import MemberWord
from db.phones import without_country_code

MAX_WORD_LENGTH = 60
MAX_WORDS = 40
"""Kept of one member. A name of more is found by its first ones."""
MAX_TYPED_WORDS = 6
"""Words of a search that are used: the longest, which select best."""

_ASCII = re.compile("[a-z0-9]+")
_AFTER_ALL = "\U0010ffff"
"""Sorts behind whatever a word may go on with."""
_BATCH = 5_000


class Texts(NamedTuple):
    """What a member is found by."""

    gym_id: int
    member_id: int
    name: str
    email: str | None
    phone: str | None
    number: str | None
    phone_e164: str | None = None
    other_numbers: Sequence[str] = ()
    """Cards and the like, also those that have ended."""


_OF_MEMBER = Texts._fields[:-1]
_OTHER_NUMBERS = func.array(
    select(MemberNumber.value)
    .where(matches(MemberNumber.member_id, Member.member_id))
    .order_by(MemberNumber.ended_on.desc().nulls_first(), MemberNumber.number_id.desc())
    .correlate(Member)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_COLUMNS: tuple[Any, ...] = (*(getattr(Member, field) for field in _OF_MEMBER), _OTHER_NUMBERS)


def list_words(texts: Texts) -> list[str]:
    """The words that find a member, each once, those of which there are few first."""
    words = [word[:MAX_WORD_LENGTH] for word in _iterate_words(texts) if word]
    return list(dict.fromkeys(words))[:MAX_WORDS]


def _iterate_words(texts: Texts) -> Iterator[str]:
    for known in filter(None, (texts.number, *texts.other_numbers)):
        number = fold(known)
        yield from _take_apart(number)
        yield _squeeze(number).lstrip("0")
    if texts.phone:
        phone = fold(texts.phone)
        groups = re.findall(r"\d+", phone)
        # With and without the codes of country and town, and as people say it: the last four.
        yield from ("".join(groups[start:]) for start in range(min(len(groups), 6)))
        yield "".join(groups)[-4:]
        if any(map(str.isalpha, phone)):
            yield from _take_apart(phone)
    if texts.phone_e164:  # however the number was typed
        yield texts.phone_e164.removeprefix("+")
        yield without_country_code(texts.phone_e164)
    if texts.email:
        local, _, domain = fold(texts.email).rpartition("@")
        yield _squeeze(local + domain)
        yield _squeeze(domain)
        yield from _take_apart(local)
    yield from _take_apart(fold(texts.name))


def _take_apart(folded: str) -> Iterator[str]:
    yield _squeeze(folded)
    for token in folded.split():
        parts = _split(token)
        yield "".join(parts)
        if len(parts) > 1:
            yield from parts
        if not token[0].isalnum():
            yield token  # as it is: "%" and "(ana)" are text, too


def _split(folded: str) -> list[str]:
    """Runs of letters and digits. Marks that `fold` leaves in a text are parts of letters."""
    if folded.isascii():
        return _ASCII.findall(folded)
    runs = "".join(
        mark if mark.isalnum() or unicodedata.category(mark)[0] == "M" else " " for mark in folded
    ).split()
    return [run for run in runs if any(map(str.isalnum, run))]


def _squeeze(folded: str) -> str:
    return "".join(_split(folded))


def is_found(
    member_id: InstrumentedAttribute[int], gym_id: ColumnElement[int] | int, typed: str
) -> ColumnElement[bool]:
    """Each word typed is the beginning of a word of the member's, or all of them run together begin
    one.

    The caller bounds the length of `typed`. Without a word in it, no member is found.
    """
    folded = fold(typed)
    words = _choose(_squeeze(token) or token for token in folded.split())
    if not words:
        return false()

    found: SelectBase = intersect(*[_select_by(gym_id, word) for word in words])
    run_together = _squeeze(folded)[:MAX_WORD_LENGTH]
    if run_together and run_together not in words:
        found = union(found, _select_by(gym_id, run_together))
    # An array, so that members are looked up by key, whatever PostgreSQL estimates their number to
    # be.
    return member_id == any_(func.array(found.scalar_subquery(), type_=BigInteger))


def _select_by(gym_id: ColumnElement[int] | int, word: str) -> Select[int]:
    return select(MemberWord.member_id).where(
        MemberWord.gym_id == gym_id,
        MemberWord.word >= word,
        MemberWord.word < word + _AFTER_ALL,
    )


def _choose(words: Iterable[str]) -> list[str]:
    chosen: list[str] = []
    for word in sorted({word[:MAX_WORD_LENGTH] for word in words}, key=len, reverse=True):
        if not any(longer.startswith(word) for longer in chosen):
            chosen.append(word)
    return chosen[:MAX_TYPED_WORDS]


# No two rows are compared beyond one member's, so that no plan can go wrong.
_WRITE = text(
    """
with members as (
  select * from unnest(cast(:gym_ids as bigint[]), cast(:member_ids as bigint[]),
                       cast(:words as text[])) m (gym_id, customer_id, words)
),
gone as (
  delete from member_words o using members m
  where o.gym_id = m.gym_id and o.customer_id = m.customer_id
    and o.word <> all(string_to_array(m.words, ' '))
)
insert into member_words (gym_id, word, customer_id)
select m.gym_id, w.word, m.customer_id
from members m, unnest(string_to_array(m.words, ' ')) w (word)
order by m.gym_id, w.word collate "C"
on conflict do nothing
"""
)


def refresh_member_words(
    session: Session, gym_id: int, member_ids: Iterable[int] | None = None
) -> None:
    """Write the words of some members, or of the whole gym, as their rows now are.

    What is written through the ORM needs no call: see `keep_member_words`.
    """
    session.flush()
    query = select(*_COLUMNS).where(Member.in_gym(gym_id)).order_by(Member.member_id)
    if member_ids is None:
        after = 0
        while rows := session.execute(query.where(Member.member_id > after).limit(_BATCH)).all():
            _write(session.connection(), [Texts(*row) for row in rows])
            after = rows[-1].member_id
        return
    ids = sorted(set(member_ids))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        chosen = func.any(cast(batch, ARRAY(BigInteger)))
        rows = session.execute(query.where(Member.member_id == chosen)).all()
        _write(session.connection(), [Texts(*row) for row in rows])


def keep_member_words(session: Session, _context: UOWTransaction) -> None:
    """After each flush: the members written by it get their words, in the same transaction."""
    written = [item for item in session.new if isinstance(item, Member)]
    if written:
        rows = [Texts(*(getattr(item, field) for field in _OF_MEMBER)) for item in written]
        _write(session.connection(), rows)
    changed = [*session.new, *session.dirty, *session.deleted]
    moved = {item.member_id for item in changed if isinstance(item, MemberNumber)}
    moved |= {item.member_id for item in session.dirty if _has_moved(item)}
    if moved:
        query = select(*_COLUMNS).where(Member.member_id.in_(moved))
        found = session.connection().execute(query).all()
        _write(session.connection(), [Texts(*row) for row in found])


def _has_moved(item: object) -> bool:
    if not isinstance(item, Member):
        return False
    attributes = inspect(item).attrs
    return any(attributes[field].history.has_changes() for field in _OF_MEMBER)


def _write(connection: Connection, members: list[Texts]) -> None:
    connection.execute(
        _WRITE,
        {
            "gym_ids": [member.gym_id for member in members],
            "member_ids": [member.member_id for member in members],
            "words": [" ".join(list_words(member)) for member in members],
        },
    )
