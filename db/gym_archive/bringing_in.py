"""A gym's archive into a new gym: all of it, or nothing.

What the archive holds was in somebody else's hands: every sum is checked before the first row is
written, names are taken from our own description only, and the database checks every value.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import psycopg2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.gym_archive.contents import (
    BEGUN_WITH,
    OF_THE_NEW_GYM,
    RENEWED,
    SEALED,
    Content,
    list_contents,
    name_keys,
)
from db.gym_archive.notes import Notes
from db.gym_archive.writing import FORMAT, MANIFEST, get_cursor
from db.member_words import refresh_member_words
from db.models import Gym
from db.planning import analyze_loaded
from db.stats.member_changes import changing_everyone

MAX_MANIFEST = 1 << 20
_CHUNK = 1 << 16
_SHOW_SCORES = text(
    """
update member_stats s set churn_probability = c.probability, churn_scored_on = c.as_of
from churn_scores c
where s.gym_id = :gym_id and c.gym_id = :gym_id and c.customer_id = s.customer_id
  and c.label = 'lapse' and c.as_of >= s.last_visit_on
  and c.as_of = (select max(as_of) from churn_scores where gym_id = :gym_id and label = 'lapse')
"""
)


class ArchiveRefused(Exception):
    """It cannot be brought in, and nothing was; the message says why."""


def bring_in(
    session: Session, gym: Gym, file: IO[bytes], *, notes: Notes, now: datetime
) -> Mapping[str, int]:
    """Fill a new gym from an archive; return the rows of each table.

    For a session of the role that may copy into any gym. Raises `ArchiveRefused`.
    """
    try:
        with ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            contents = _choose(archive, manifest)
            _require_empty(session, gym, contents)
            with changing_everyone(session, gym, now=now):
                _load(session, gym, archive, manifest, contents)
                _bring_people(session, gym)
                _insert(session, gym, contents, notes)
                analyze_loaded(session, sum(manifest[one.name]["rows"] for one in contents))
            refresh_member_words(session, gym.gym_id)
            session.execute(_SHOW_SCORES, {"gym_id": gym.gym_id})
    except BadZipFile as error:
        raise ArchiveRefused("it is no ZIP file") from error
    except DBAPIError as error:
        raise ArchiveRefused(f"the database refuses a row: {_first_line(error.orig)}") from error
    return {content.name: manifest[content.name]["rows"] for content in contents}


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


def _read_manifest(archive: ZipFile) -> Mapping[str, Any]:
    try:
        if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST:
            raise ArchiveRefused("its manifest is too large to be one")
        manifest = json.loads(archive.read(MANIFEST))
        tables: Mapping[str, Any] = manifest["tables"]
        known = {content.name: set(content.columns) for content in list_contents()}
        if manifest["format"] != FORMAT or not tables.keys() <= known.keys():
            raise ArchiveRefused("it was made by a newer version of the platform")
        for name, about in tables.items():
            if not set(about["columns"]) <= known[name]:
                raise ArchiveRefused(f"it has columns of {name} that are not known here")
            int(about["rows"]), int(about["csv"]["bytes"]), str(about["csv"]["sha256"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveRefused("its manifest is missing or no manifest") from error
    if "gyms" not in tables or tables["gyms"]["rows"] != 1:
        raise ArchiveRefused("it is not the archive of one gym")
    return tables


def _choose(archive: ZipFile, manifest: Mapping[str, Any]) -> list[Content]:
    """Check the sum of every file that is read, and return what is brought in."""
    read = [content for content in list_contents() if content.name in manifest]
    for content in read:
        about = manifest[content.name]["csv"]
        name, total = f"csv/{content.name}.csv", hashlib.sha256()
        try:
            # No more is unpacked than the manifest says.
            if archive.getinfo(name).file_size != about["bytes"]:
                raise ArchiveRefused(f"{name} is not what was exported")
            with archive.open(name) as file:
                while chunk := file.read(_CHUNK):
                    total.update(chunk)
        except KeyError as error:
            raise ArchiveRefused(f"{name} is missing") from error
        if total.hexdigest() != about["sha256"]:
            raise ArchiveRefused(f"{name} is not what was exported")
    return [content for content in read if content.is_brought_in and content.name != "gyms"]


def _require_empty(session: Session, gym: Gym, contents: list[Content]) -> None:
    for content in contents:
        query = text(f"select exists (select from {content.name} where gym_id = :gym_id)")
        is_filled = session.scalar(query, {"gym_id": gym.gym_id})
        if is_filled and content.name not in BEGUN_WITH:
            raise ArchiveRefused(
                f"the gym has rows in {content.name}: only a new gym can be filled"
            )
    for name in BEGUN_WITH:
        _run(session, f"delete from {name} where gym_id = {gym.gym_id}")


def _load(
    session: Session,
    gym: Gym,
    archive: ZipFile,
    manifest: Mapping[str, Any],
    contents: list[Content],
) -> None:
    """Copy what was exported into temporary tables, take the gym's settings over, and give every
    row its new key before the first one is written: references may point anywhere."""
    people = [one for one in list_contents() if one.name in ("gyms", "users")]
    for content in (*people, *contents):
        columns = manifest[content.name]["columns"] if content.name in manifest else []
        _run(
            session,
            f"create temporary table in_{content.name} on commit drop as"
            f" select * from {content.name} where false",
        )
        if not columns:
            continue
        names = ", ".join(f'"{name}"' for name in columns)
        cursor = get_cursor(session)
        with cursor, archive.open(f"csv/{content.name}.csv") as file:
            try:
                cursor.copy_expert(
                    f"copy in_{content.name} ({names}) from stdin (format csv, header)", file
                )
            except psycopg2.Error as error:
                raise DBAPIError.instance("copy", None, error, psycopg2.Error) from error
            if cursor.rowcount != manifest[content.name]["rows"]:
                raise ArchiveRefused(f"{content.name} has another number of rows than it says")
        _run(session, f"analyze in_{content.name}")
    settings = [
        name
        for name in manifest["gyms"]["columns"]
        if name not in OF_THE_NEW_GYM | {"gym_id", "created_at", "updated_at"}
    ]
    names = ", ".join(f'"{name}"' for name in settings)
    _run(
        session,
        f"update gyms set ({names}) = (select {names} from in_gyms) where gym_id = {gym.gym_id}",
    )
    session.refresh(gym)
    for content in contents:
        if content.key:
            _run(
                session,
                f"create temporary table key_{content.name} on commit drop as"
                f" select old, nextval(pg_get_serial_sequence('{content.name}', '{content.key}'))"
                f" as new from (select {content.key} as old from in_{content.name} order by 1) r",
            )
            _run(session, f"create unique index on key_{content.name} (old)")
            _run(session, f"analyze key_{content.name}")


def _bring_people(session: Session, gym: Gym) -> None:
    """Who signs in at the new gym by the same address stays named on what they did. Everybody else
    stays by name, as an account that is closed and has no password: an address signs in at one gym
    of a platform, and nobody gets in by a file."""
    _run(
        session,
        "create temporary table key_users on commit drop as"
        " select i.user_id as old, coalesce(u.user_id,"
        " nextval(pg_get_serial_sequence('users', 'user_id'))) as new, u.user_id is null as is_new"
        f" from in_users i left join users u on u.email_key = i.email_key"
        f" and u.gym_id = {gym.gym_id} order by i.user_id",
    )
    _run(
        session,
        "insert into users (user_id, gym_id, role, name, email, email_key, hashed_password,"
        " is_active, created_at)"
        f" select k.new, {gym.gym_id}, case i.role when 'owner' then 'admin' else i.role end,"
        " i.name, a.address, a.address, '', false, i.created_at"
        " from key_users k join in_users i on i.user_id = k.old and k.is_new"
        " cross join lateral (select 'left-' || k.new || '@archive.invalid' as address) a",
    )


def _insert(session: Session, gym: Gym, contents: list[Content], notes: Notes) -> None:
    for content in contents:
        _rewrite_json(session, content)
        if content.name in SEALED:
            _seal(session, gym, content, notes)
        columns, values, joins = [], [], []
        for name in content.columns:
            to = content.name if name == content.key else content.references.get(name)
            value = f't."{name}"'
            if to is not None and to != "gyms":
                joins.append(f'left join key_{to} "k_{name}" on "k_{name}".old = t."{name}"')
                value = f'"k_{name}".new'
                _require_found(session, content, name, to)
            columns.append(f'"{name}"')
            values.append(RENEWED.get(content.name, {}).get(name, value))
        for name in RENEWED.get(content.name, {}).keys() - set(content.columns):
            columns.append(f'"{name}"')
            values.append(RENEWED[content.name][name])
        _run(
            session,
            f"insert into {content.name} (gym_id, {', '.join(columns)})"
            f" select {gym.gym_id}, {', '.join(values)} from in_{content.name} t {' '.join(joins)}",
        )


def _require_found(session: Session, content: Content, column: str, to: str) -> None:
    query = text(
        f'select t."{column}" from in_{content.name} t'
        f' left join key_{to} k on k.old = t."{column}"'
        f' where t."{column}" is not null and k.new is null limit 1'
    )
    lost = session.scalar(query)
    if lost is not None:
        raise ArchiveRefused(
            f"a row of {content.name} refers to number {lost} of {to}, which is not in the archive"
        )


def _rewrite_json(session: Session, content: Content) -> None:
    """Put the new keys into JSON that names rows."""
    for column in content.with_keys:
        query = text(f'select ctid::text as place, "{column}" as found from in_{content.name}')
        change = text(
            f'update in_{content.name} set "{column}" = cast(:found as jsonb)'
            " where ctid = cast(:place as tid)"
        )
        for row in session.execute(query).all():
            after = _with_new_keys(session, row.found)
            if after != row.found:
                session.execute(change, {"place": row.place, "found": json.dumps(after)})


def _with_new_keys(session: Session, value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _with_new_keys(session, inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_new_keys(session, inner, name.removesuffix("s")) for inner in value]
    table = name_keys().get(name)
    if table is None or not isinstance(value, int):
        return value
    # What has been deleted since is kept as a number that nobody has.
    new = session.scalar(text(f"select new from key_{table} where old = :old"), {"old": value})
    return 0 if new is None else new


def _seal(session: Session, gym: Gym, content: Content, notes: Notes) -> None:
    """Under this platform's secret, and in the place of the new gym and member."""
    sealed = SEALED[content.name]
    query = text(
        f"select t.customer_id as old, k.new, t.{sealed} as opened"
        f" from in_{content.name} t join key_customers k on k.old = t.customer_id"
    )
    change = text(f"update in_{content.name} set {sealed} = :sealed where customer_id = :old")
    for row in session.execute(query).all():
        closed = notes.close(row.opened, gym_id=gym.gym_id, member_id=row.new)
        session.execute(change, {"sealed": closed, "old": row.old})


def _run(session: Session, statement: str) -> None:
    session.execute(text(statement.replace(":", "\\:")))
