"""Load members: find each by number, else by address, else as a new one; never lose a refusal.

An empty cell erases no value. A member's own choice about mail outlives every file: see
`_WORK_OUT`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import to_local_day
from core.limits import LATEST_DAY
from core.text import fold
from core.translation import Sentence, count, t
from db.addresses import key_of_address
from db.loading.copying import copy_rows
from db.loading.visits import Counts
from db.member_words import refresh_member_words
from db.models import Gym
from db.phones import region_of_zone, to_e164
from db.planning import plan_for_many
from db.stats.member_changes import changing_members

_COLUMNS = (
    "line int, number text, name text, email text, phone text, birth_date date, gender text,"
    " join_date date, plan text, status text, end_date date, email_consent boolean,"
    ' email_key text collate "C", plan_key text collate "C", name_key text collate "C",'
    ' new_name_key text collate "C", phone_e164 text'
)
_NUMBER, _NAME, _EMAIL, _PHONE, _PLAN = 1, 2, 3, 4, 8
_PREPARE = (
    text(
        "alter table incoming_members add member_id bigint, add is_new boolean default false,"
        " add is_unrecorded boolean default false"
    ),
    # A name of accents alone has an empty key, which COPY reads as none.
    text("update incoming_members set name_key = '' where name is not null and name_key is null"),
    text("create index on incoming_members (email_key)"),
    text("create index on incoming_members (member_id)"),
)
_MATCH_NUMBER = text(
    """
update incoming_members i set
  member_id = coalesce(c.merged_into, c.customer_id),
  number = case when c.merged_into is null then i.number else t.number end
from customers c
left join customers t on t.gym_id = :gym_id and t.customer_id = c.merged_into
where c.gym_id = :gym_id and c.number = i.number
"""
)
# Families share an address: the name decides, and only a single pair may differ in it. A row with a
# number of its own matches another record only if the name is the same.
_MATCH_EMAIL = text(
    """
update incoming_members i set member_id = found.customer_id
from (
  select r.line, count(*) as candidates,
         bool_or(c.name_key = r.name_key) as is_same_name,
         (array_agg(coalesce(c.merged_into, c.customer_id)
                    order by coalesce(c.name_key = r.name_key, false) desc, c.customer_id)
         )[1] as customer_id
  from incoming_members r
  join customers c on c.gym_id = :gym_id and c.email_key = r.email_key
  where r.member_id is null and (r.number is null or c.number is null)
  group by r.line
) found
where i.line = found.line
  and (found.is_same_name
       or (found.candidates = 1 and (i.number is null or i.name is null)
           and (select count(*) from incoming_members o where o.email_key = i.email_key) = 1))
"""
)
# Two cards for one record: the first row gets it, the others are people of their own.
_PART_NUMBERS = text(
    """
update incoming_members i set member_id = null
where i.number is not null and exists (
  select from incoming_members o
  where o.member_id = i.member_id and o.number <> i.number and o.line < i.line)
"""
)
_MATCH_NAME = text(
    """
update incoming_members i set member_id = found.customer_id
from (
  select r.line, min(coalesce(c.merged_into, c.customer_id)) as customer_id
  from incoming_members r
  join customers c on c.gym_id = :gym_id and c.name_key = r.name_key
  where r.member_id is null and r.number is null and r.email is null
    and c.number is null and c.email is null
    and c.phone is not distinct from r.phone and c.birth_date is not distinct from r.birth_date
  group by r.line
) found
where i.line = found.line
"""
)
_DROP_REPEATED = text(
    """
with ranked as (
  select line, row_number() over (
    partition by coalesce(
      'id ' || member_id, 'number ' || number,
      'email ' || email_key || ' ' || coalesce(name_key, ''),
      'name ' || name_key || ' ' || coalesce(phone, '') || ' '
        || coalesce(birth_date::text, ''))
    order by line) as nth
  from incoming_members
)
delete from incoming_members i using ranked
where i.line = ranked.line and ranked.nth > 1
returning i.line
"""
)
_NUMBER_NEW = text(
    """
update incoming_members
set is_new = true, member_id = nextval(pg_get_serial_sequence('customers', 'customer_id'))
where member_id is null
"""
)
_INSERT = text(
    """
insert into customers
  (customer_id, gym_id, number, name, name_key, email, email_key, join_date, import_id)
select member_id, :gym_id, number, coalesce(name, 'Member ' || number),
       coalesce(name_key, new_name_key), email, email_key,
       coalesce(join_date, :today), :import_id
from incoming_members where is_new
order by line
"""
)
# Without a membership nothing shows that somebody has left or is frozen: they count as active, and
# must not get mail because of that.
_MARK_UNRECORDED = text(
    """
update incoming_members i set is_unrecorded = true
where (i.status in ('ended', 'frozen') or i.end_date < :today)
  and not exists (
    select from memberships m where m.gym_id = :gym_id and m.customer_id = i.member_id)
  and not exists (
    select from packages p where p.gym_id = :gym_id and p.name_key = i.plan_key)
"""
)
# Consent, in this order: a member who unsubscribed, under this address or another record of it,
# stays unsubscribed; one who refused keeps the refusal. A no in the file is a refusal. Somebody who
# has left or is frozen, but counts as active, has none until a file shows that they train. A yes
# counts unless the member refused somewhere else than in a file. The owner's statement applies only
# to members without a choice of their own.
_WORK_OUT = text(
    """
create temporary table member_changes on commit drop as
select c.customer_id,
       coalesce(i.number, c.number) as number, coalesce(i.name, c.name) as name,
       coalesce(i.name_key, c.name_key) as name_key,
       coalesce(i.email, c.email) as email, coalesce(i.email_key, c.email_key) as email_key,
       coalesce(i.phone, c.phone) as phone,
       case when i.phone is null then c.phone_e164 else i.phone_e164 end as phone_e164,
       coalesce(i.birth_date, c.birth_date) as birth_date,
       coalesce(i.gender, c.gender) as gender, coalesce(i.join_date, c.join_date) as join_date,
       case
         when c.email_consent = 'refused' and u.email_key is not null then 'refused'
         when c.email_consent = 'unsubscribed' or u.email_key is not null then 'unsubscribed'
         when not i.email_consent then 'refused'
         when i.is_unrecorded then
           case when c.email_consent in ('given', 'lawful_basis') then 'unknown'
                else c.email_consent end
         when i.email_consent and (c.email_consent <> 'refused'
                                   or c.email_consent_source like 'file: %') then 'given'
         when :has_basis and i.email_consent is null and c.email_consent = 'unknown'
              and coalesce(i.email, c.email) is not null then 'lawful_basis'
         else c.email_consent
       end as email_consent,
       case when u.email_key is not null then 'the same address unsubscribed'
            when i.email_consent is null and not i.is_unrecorded then :statement
            else :source end as source
from incoming_members i
join customers c on c.gym_id = :gym_id and c.customer_id = i.member_id
left join (
  select email_key from customers
  where gym_id = :gym_id and email_consent = 'unsubscribed' and email_key is not null
  union
  select email_key from unsubscribed_addresses where gym_id = :gym_id
) u on u.email_key = coalesce(i.email_key, c.email_key)
"""
)
_UPDATE = text(
    """
update customers c set
  number = n.number, name = n.name, name_key = n.name_key, email = n.email,
  email_key = n.email_key, phone = n.phone, phone_e164 = n.phone_e164,
  birth_date = n.birth_date, gender = n.gender, join_date = n.join_date,
  email_consent = n.email_consent,
  email_consent_source = case when c.email_consent = n.email_consent
                              then c.email_consent_source else n.source end,
  email_consent_at = case when c.email_consent = n.email_consent
                          then c.email_consent_at else cast(:now as timestamptz) end,
  updated_at = now()
from member_changes n
where c.gym_id = :gym_id and c.customer_id = n.customer_id
  and (c.number, c.name, c.email, c.phone, c.phone_e164, c.birth_date, c.gender, c.join_date,
       c.email_consent)
      is distinct from
      (n.number, n.name, n.email, n.phone, n.phone_e164, n.birth_date, n.gender, n.join_date,
       n.email_consent)
returning c.customer_id
"""
)
# Only for members without any membership: a file begins a history, it does not rewrite one. Who
# has left on an unknown day left after their last visit.
_ADD_MEMBERSHIPS = text(
    """
insert into memberships (gym_id, customer_id, package_id, starts_on, ends_on, yearly_price,
                         cancelled_on, last_day, paid_until)
select :gym_id, c.customer_id, p.package_id, least(c.join_date, e.ends_on), e.ends_on,
       -- as core.plans.yearly_price
       minor_units(case when p.kind in ('recurring', 'fixed_term')
                        then p.price * 12 / p.duration_months else p.price end, g.currency),
       case when i.status = 'ended' then e.ends_on end,
       case when i.status = 'ended' then e.ends_on end,
       case when i.status = 'ended' then e.ends_on end
from incoming_members i
join customers c on c.gym_id = :gym_id and c.customer_id = i.member_id
join packages p on p.gym_id = :gym_id and p.name_key = i.plan_key
join gyms g on g.gym_id = :gym_id
left join member_stats s on s.gym_id = :gym_id and s.customer_id = c.customer_id
cross join lateral (
  select coalesce(i.end_date, case when i.status = 'ended'
                                   then greatest(c.join_date, s.last_visit_on) end) as ends_on
) e
where not exists (
  select from memberships m where m.gym_id = :gym_id and m.customer_id = c.customer_id)
returning customer_id
"""
)
# No file has the first day of a freeze: it is taken to begin after the last visit, and after any
# freeze before. It ends with the next file in which the row is active again. What has terms was
# agreed here, and is frozen here, where that moves its end.
_FREEZE = text(
    """
insert into membership_freezes (gym_id, customer_id, membership_id, starts_on, ends_on, reason)
select distinct on (m.customer_id) :gym_id, m.customer_id, m.membership_id,
       greatest(m.starts_on, least(coalesce(s.last_visit_on + 1, :today), :today), r.rested + 1),
       least(coalesce(m.ends_on, :open_end), r.rests - 1), :source
from incoming_members i
join memberships m on m.gym_id = :gym_id and m.customer_id = i.member_id
  and m.starts_on <= :today and (m.ends_on is null or m.ends_on >= :today)
left join member_stats s on s.gym_id = :gym_id and s.customer_id = m.customer_id
cross join lateral (
  select max(f.ends_on) filter (where f.starts_on <= :today) as rested,
         min(f.starts_on) filter (where f.starts_on > :today) as rests
  from membership_freezes f where f.gym_id = :gym_id and f.membership_id = m.membership_id
) r
where i.status = 'frozen' and num_nonnulls(m.months, m.days) = 0 and not exists (
  select from membership_freezes f
  where f.gym_id = :gym_id and f.customer_id = m.customer_id
    and f.starts_on <= :today and f.ends_on >= :today)
order by m.customer_id, m.starts_on desc, m.membership_id desc
returning customer_id
"""
)
_UNFREEZE = (
    text(
        """
delete from membership_freezes f using incoming_members i
where f.gym_id = :gym_id and f.customer_id = i.member_id and i.status = 'active'
  and f.reason like 'file: %' and f.starts_on >= :today
returning f.customer_id
"""
    ),
    text(
        """
update membership_freezes f set ends_on = cast(:today as date) - 1, updated_at = now()
from incoming_members i
where f.gym_id = :gym_id and f.customer_id = i.member_id and i.status = 'active'
  and f.reason like 'file: %' and f.starts_on < :today and f.ends_on >= :today
returning f.customer_id
"""
    ),
)
_UNKNOWN_PLANS = text(
    """
select i.plan, count(*) from incoming_members i
where i.plan is not null and not exists (
  select from packages p where p.gym_id = :gym_id and p.name_key = i.plan_key)
group by i.plan order by count(*) desc, i.plan
"""
)
_UNRECORDED = text("select count(*) from incoming_members where is_unrecorded")


def _add_keys(rows: Iterable[Sequence[object]], region: str | None) -> Iterator[Sequence[object]]:
    for row in rows:
        new_name = None if row[_NUMBER] is None else f"Member {row[_NUMBER]}"
        email, phone, texts = row[_EMAIL], row[_PHONE], (row[_PLAN], row[_NAME], new_name)
        yield (
            *row,
            None if email is None else key_of_address(str(email)),
            *(None if text is None else fold(str(text)) for text in texts),
            None if phone is None else to_e164(str(phone), region),
        )


def load_members(
    session: Session,
    gym: Gym,
    import_id: int,
    rows: Iterable[Sequence[object]],
    *,
    filename: str,
    has_basis: bool,
    now: datetime,
) -> Counts:
    """Write the members of `rows`; see `core.importing.rows.MemberRow` for what a row is.

    `has_basis`: the owner stated why members of this file whose consent is unknown may be mailed.
    """
    in_gym = {"gym_id": gym.gym_id}
    on_day = {**in_gym, "today": to_local_day(now, gym.timezone)}
    source = f"file: {filename}"
    keyed = _add_keys(rows, region_of_zone(gym.timezone))
    read = copy_rows(session, "incoming_members", _COLUMNS, keyed)
    for statement in _PREPARE:
        session.execute(statement)
    with plan_for_many(session, read):
        for statement in (_MATCH_NUMBER, _MATCH_EMAIL, _MATCH_NAME):
            session.execute(statement, in_gym)
    session.execute(_PART_NUMBERS)
    repeated = sorted(session.execute(_DROP_REPEATED).scalars())
    session.execute(_NUMBER_NEW)
    members = session.execute(text("select member_id from incoming_members")).scalars().all()
    with changing_members(session, gym, members, now=now) as changes:
        session.execute(_INSERT, on_day | {"import_id": import_id})
        made = set(
            session.execute(text("select member_id from incoming_members where is_new")).scalars()
        )
        session.execute(text("drop table if exists pg_temp.member_changes"))
        session.execute(_MARK_UNRECORDED, on_day)
        consent = {
            "has_basis": has_basis,
            "source": source,
            "statement": f"owner's statement with {source}",
        }
        with plan_for_many(session, read):
            session.execute(_WORK_OUT, in_gym | consent)
        changed = made | set(session.execute(_UPDATE, in_gym | {"now": now}).scalars())
        refresh_member_words(session, gym.gym_id, changed)
        changed |= set(session.execute(_ADD_MEMBERSHIPS, in_gym).scalars())
        freezes = on_day | {"source": source, "open_end": LATEST_DAY}
        frozen = session.execute(_FREEZE, freezes).scalars().all()
        changed |= set(frozen)
        for statement in _UNFREEZE:
            changed |= set(session.execute(statement, on_day).scalars())
        changes.only(changed)
    return Counts(
        rows=read,
        loaded=len(changed),
        duplicates=len(repeated),
        unchanged=read - len(repeated) - len(changed),
        notes=tuple(_note(session, gym.gym_id, repeated, len(frozen))),
    )


def _note(session: Session, gym_id: int, repeated: list[int], frozen: int) -> Iterable[Sentence]:
    if repeated:
        lines = ", ".join(map(str, repeated[:5]))
        yield count(
            len(repeated),
            "{n} row repeats a member of an earlier row, which is the one that counts"
            " (line {lines}).",
            "{n} rows repeat a member of an earlier row, which is the one that counts"
            " (lines {lines}).",
            lines=t("{lines} and more", lines=lines) if len(repeated) > 5 else lines,
        )
    unknown = session.execute(_UNKNOWN_PLANS, {"gym_id": gym_id}).all()
    if unknown:
        yield count(
            sum(rows for _, rows in unknown),
            "{n} row names a plan that this gym does not have ({plans}). These members have no"
            " membership yet: add the plans, then bring the file in again.",
            "{n} rows name a plan that this gym does not have ({plans}). These members have no"
            " membership yet: add the plans, then bring the file in again.",
            plans=", ".join(plan for plan, _ in unknown[:5]),
        )
    if frozen:
        yield count(
            frozen,
            "{n} member is frozen from the day after the last visit, until a list says active.",
            "{n} members are frozen from the day after the last visit, until a list says active.",
        )
    away = session.execute(_UNRECORDED).scalar_one()
    if away:
        yield count(
            away,
            "{n} member is said to have left or to be frozen, which cannot be recorded without a"
            " plan of this gym: they count as active, but get no mail until a list says that they"
            " are active. Add the plans, then bring the file in again.",
            "{n} members are said to have left or to be frozen, which cannot be recorded without a"
            " plan of this gym: they count as active, but get no mail until a list says that they"
            " are active. Add the plans, then bring the file in again.",
        )
