"""Check rows of bulk check-ins as text, set-wise, and keep the good ones until they are stored.

Whether a tap is a visit depends on the member's other taps, wherever in the file they are. So rows
are first read and set apart by member, then each part is stored at once: the order of rows and the
size of steps cannot change what comes out.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.limits import EARLIEST_YEAR, MAX_CLOCK_AHEAD, MAX_METHOD_LENGTH, MAX_VISIT
from db.loading.copying import copy_rows
from db.loading.visits import write_visits
from db.models import Gym
from db.stats.member_changes import changing_members
from db.zone_offsets import list_local_offsets

FIELDS = ("member_id", "number", "check_in", "date", "time", "check_out", "method")
"""The columns that a file may have, by our names."""

DEFAULT_METHOD = "bulk"

_PLAIN = frozenset((b"", b"--T::", b"-- ::", b"--T::Z", b"-- ::Z", b"--T::.", b"--T::.Z"))
"""What is left of a plain time without its digits."""

_BLANKS = r"E' \t\r\n\u00a0\u200b\ufeff'"
_DIGITS = "'0123456789'"
# A text is looked at before it is cast, because a cast that fails ends the whole step.
_TAIL = r"(\.\d{1,9})?( ?([Zz]|[+-](0\d|1[0-4])(:?[0-5]\d)?))?$"
_MOMENT = (
    r"^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d"
    rf"(:[0-5]\d)?{_TAIL}"
)


def _clean(column: str) -> str:
    """Without blanks around it and the apostrophe that keeps spreadsheets from running it."""
    return (
        f"nullif(btrim(case when left({column}, 1) = '''' and {column} ~ '^''\\s*[=+@＝＋－＠-]'"
        f" then substr({column}, 2) else {column} end, {_BLANKS}), '')"
    )


def _is_moment(column: str) -> str:
    """Whether the text can be cast. One pattern for all would take as long as storing a visit."""

    def part(start: int, length: int) -> str:
        return f'substr({column}, {start}, {length}) collate "C"'

    return f"""case
      when {column} like '____-__-__T__:__:__%'
           and translate(left({column}, 19), {_DIGITS}, '') = '--T::'
           and {part(1, 4)} > '0000' and {part(6, 2)} between '01' and '12'
           and {part(9, 2)} between '01' and '28' and {part(12, 2)} <= '23'
           and {part(15, 1)} <= '5' and {part(18, 1)} <= '5'
        then length({column}) = 19 or {part(20, 40)} ~ '^{_TAIL}'
      else {column} ~ '{_MOMENT}'
           and (substr({column}, 9, 2) <= '28' or substr({column}, 9, 2)::int <= extract(
             day from (left({column}, 7) || '-01')::date + interval '1 month - 1 day'))
    end"""


def _read_moment(column: str, *, is_plain: bool) -> str:
    """An instant, or null where the text is none; `db.zone_offsets` defines how local time is
    read."""
    local = f"{column}::timestamp"
    ahead = (
        f"(cast(:ahead as interval[]))[width_bucket({local}, cast(:changes as timestamp[])) + 1]"
    )
    return f"""case when {column + " is not null" if is_plain else _is_moment(column)} then case
      when not (length({column}) = 19 and substr({column}, 17, 1) = ':')
           and substr({column}, 17) ~ '[Zz+-]' then {column}::timestamptz
      else ({local} - {ahead}) at time zone 'UTC' end end"""


# A spreadsheet writes 3587 as 3587.0, which would match no member.
_MEND_NUMBERS = text(
    """
update bulk_rows r set number = substring(number from '^[0-9]+')
where number ~ '^[0-9]+[.,]0+$' and not exists (
  select from customers c where c.gym_id = :gym_id and c.number = r.number)
"""
)


@lru_cache
def _make_read(plain: frozenset[str]) -> TextClause:
    """The statement that reads `bulk_rows`, keeps the valid ones by member and returns the others.

    The columns of `plain` need no care.
    """

    def clean(column: str) -> str:
        return f"nullif({column}, '')" if column in plain else _clean(column)

    def read(column: str) -> str:
        return _read_moment(f"t.{column}", is_plain=column in plain)

    # The inner queries stand apart (offset 0), or their values would be worked out several times.
    return text(
        f"""
with taps as materialized (
select line, customer_id, check_in, check_out, method, case
    when member_id is null and number is null then 'no_member'
    when customer_id is null and member_id !~ '^[0-9]{{1,18}}$' then 'member_id_unreadable'
    when customer_id is null and member_id is not null then 'member_id_unknown'
    when customer_id is null then 'number_unknown'
    when not has_check_in then 'check_in_missing'
    when check_in is null then 'check_in_unreadable'
    when check_in > cast(:latest as timestamptz) then 'in_the_future'
    when check_in < '{EARLIEST_YEAR}-01-01 00:00+00' then 'too_old'
    when has_check_out and check_out is null then 'check_out_unreadable'
    when check_out < check_in then 'out_before_in'
    when check_out > check_in + cast(:longest_visit as interval) then 'stay_too_long'
    when length(method) > {MAX_METHOD_LENGTH} then 'method_too_long'
    when method ~ '[[:cntrl:]]' then 'method_unreadable'
  end as problem
from (
  select t.line, t.member_id, t.number,
         coalesce(i.merged_into, i.customer_id, n.merged_into, n.customer_id) as customer_id,
         t.check_in is not null as has_check_in, {read("check_in")} as check_in,
         t.check_out is not null as has_check_out, {read("check_out")} as check_out,
         coalesce(t.method, '{DEFAULT_METHOD}') as method
  from (
    select line, {clean("member_id")} as member_id, {clean("number")} as number,
           coalesce({clean("check_in")},
                    {clean("date")} || coalesce('T' || {clean("time")}, '')) as check_in,
           {clean("check_out")} as check_out, {clean("method")} as method
    from bulk_rows
    offset 0
  ) t
  left join customers i on i.gym_id = :gym_id
    and i.customer_id = case when t.member_id ~ '^[0-9]{{1,18}}$' then t.member_id::bigint end
  left join customers n on n.gym_id = :gym_id and t.member_id is null and n.number = t.number
  offset 0
) r
),
kept as (
  insert into job_parts (gym_id, job_run_id, part, step, lines, customer_ids, check_ins,
                         check_outs, methods)
  select :gym_id, :job_id, customer_id % :parts, :step, array_agg(line), array_agg(customer_id),
         array_agg(check_in), array_agg(check_out), array_agg(method)
  from taps where problem is null
  group by customer_id % :parts
)
select line, problem from taps where problem is not null order by line
"""
    )


_TAKE = text(
    """
create temporary table incoming_taps on commit drop as
select t.customer_id, t.line, t.check_in, t.check_out, t.method
from job_parts p,
     unnest(p.lines, p.customer_ids, p.check_ins, p.check_outs, p.methods)
       as t(line, customer_id, check_in, check_out, method)
where p.gym_id = :gym_id and p.job_run_id = :job_id and p.part = :part
"""
)
_FIND_PARTS = text(
    "select distinct part from job_parts where gym_id = :gym_id and job_run_id = :job_id"
    " order by part"
)
_FORGET_PART = text(
    "delete from job_parts where gym_id = :gym_id and job_run_id = :job_id and part = :part"
)


def is_plain(texts: Sequence[str]) -> bool:
    """Whether each text is empty or a time such as 2026-01-15T18:30:00, with or without Z.

    One regular expression over all of them; in SQL this check would double the time per row.
    """
    marks = "\n".join(texts).encode("utf-8", "replace").translate(None, b"0123456789")
    if marks.count(b"\n") != len(texts) - 1 or not _PLAIN.issuperset(marks.split(b"\n")):
        return False
    try:
        deque(map(datetime.fromisoformat, filter(None, texts)), maxlen=0)
    except ValueError:
        return False
    return True


class Refusal(NamedTuple):
    """A row that cannot be used, and the code of why: see `api.check_ins.bulk.problems`."""

    line: int
    problem: str


class StoredPart(NamedTuple):
    """Of the part's `rows`: `loaded` + `unchanged` + double taps are all of them."""

    rows: int
    loaded: int
    unchanged: int


def keep_rows(
    session: Session,
    gym_id: int,
    job_id: int,
    timezone: str,
    rows: Iterable[Sequence[object]],
    *,
    fields: Sequence[str],
    plain: frozenset[str],
    step: int,
    parts: int,
    now: datetime,
) -> list[Refusal]:
    """Check rows of (line, then the texts of `fields`), keep the valid ones, return the others.

    `plain` are fields of which `is_plain` holds for these very rows.
    """
    copy_rows(
        session,
        "bulk_rows",
        ", ".join(["line int", *(f"{field} text" for field in fields)]),
        rows,
    )
    for field in FIELDS:
        if field not in fields:
            session.execute(text(f"alter table pg_temp.bulk_rows add column {field} text"))
    session.execute(_MEND_NUMBERS, {"gym_id": gym_id})
    refused = session.execute(
        _make_read(plain),
        {
            "gym_id": gym_id,
            "job_id": job_id,
            "parts": parts,
            "step": step,
            **list_local_offsets(timezone)._asdict(),
            "latest": now + MAX_CLOCK_AHEAD,
            "longest_visit": MAX_VISIT,
        },
    )
    return [Refusal(row.line, row.problem) for row in refused]


def find_parts(session: Session, gym_id: int, job_id: int) -> list[int]:
    """The parts that wait to be stored."""
    place = {"gym_id": gym_id, "job_id": job_id}
    return list(session.execute(_FIND_PARTS, place).scalars())


def store_part(session: Session, gym: Gym, job_id: int, part: int, *, now: datetime) -> StoredPart:
    """Write the visits of one part. The part is gone afterwards."""
    place = {"gym_id": gym.gym_id, "job_id": job_id, "part": part}
    session.execute(text("drop table if exists pg_temp.incoming_taps"))
    session.execute(_TAKE, place)
    session.execute(_FORGET_PART, place)
    members = (
        session.execute(text("select distinct customer_id from incoming_taps")).scalars().all()
    )
    # A check-in of one of them waits here, and then sees these visits.
    with changing_members(session, gym, members, now=now) as changes:
        written = write_visits(session, gym.gym_id, changes, members=len(members))
    return StoredPart(written.taps, written.visits, written.unchanged)
