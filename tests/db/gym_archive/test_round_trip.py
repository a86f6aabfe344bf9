"""A gym goes out and comes in again as the same gym, whatever stands in it."""

import hashlib
import io
import json
from datetime import UTC, date, datetime
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from db.gym_archive import contents
from db.gym_archive.bringing_in import ArchiveRefused, bring_in
from db.gym_archive.contents import Content, Undecided, describe, list_contents
from db.gym_archive.writing import write_archive
from db.member_words import refresh_member_words
from db.models import Base, Gym, User
from db.session import GymSession, session_scope
from db.stats.member_changes import changing_everyone
from tests.factories.every_table import fill_every_table, row_values
from tests.factories.gyms import create_gym, new_mark

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
AWKWARD = 'it\'s "two",\r\nlines; \\N =1+1 \\. žé \t{\\"a\\": 1} 10€ \x7f\u2028'
TABLES = Base.metadata.tables
DERIVED = ["member_stats", "visit_hours", "member_words"]
Sessions = sessionmaker[GymSession]


class FakeNotes:
    """Seals by naming the place, so that a note in another one does not open."""

    def open(self, sealed: str, *, gym_id: int, member_id: int) -> str | None:
        place = f"{gym_id} {member_id}: "
        return sealed.removeprefix(place) if sealed.startswith(place) else None

    def close(self, text: str, *, gym_id: int, member_id: int) -> str:
        return f"{gym_id} {member_id}: {text}"


NOTES = FakeNotes()


def set_texts(session: Session, gym_id: int, value: str | None) -> int:
    """Put the value into every text that takes it; return how many did."""
    taken = 0
    for content in list_contents():
        for column in TABLES[content.name].columns:
            if not isinstance(column.type, sa.String) or column.name not in content.columns:
                continue
            if isinstance(column.type, sa.Enum) or column.name.endswith("_key"):
                continue
            if column.name in {"timezone", "language", "phone_e164"}:  # of a form of their own
                continue
            if content.name in contents.SEALED:
                continue
            change = sa.text(
                f'update {content.name} set "{column.name}" = :value where gym_id = :g'
            )
            try:
                with session.begin_nested():
                    session.execute(change, {"value": value, "g": gym_id})
                taken += 1
            except DBAPIError:
                pass  # unique, checked, or never empty
    return taken


def fill_gym(session: GymSession, value: str | None) -> int:
    """A gym with a row in every table, the value in every text, and rows that refer to others of
    their own table; what is derived is true."""
    rows = fill_every_table(session.connection(), new_mark())
    gym_id = int(rows["gyms"]["gym_id"])
    session.get_one(Gym, gym_id).timezone = "America/Sao_Paulo"
    owner = {"gym_id": gym_id, "role": "owner", "hashed_password": None}
    owner |= {"email": f"{new_mark()}@example.com"}
    session.add(User(name="Ana", **owner))
    first = rows["transactions"]
    again = row_values(TABLES["transactions"], rows, "reversal") | {
        "kind": "reversal",
        "reverses_id": first["transaction_id"],
        "amount": -first["amount"],
    }
    session.execute(TABLES["transactions"].insert().values(again))
    after = row_values(TABLES["memberships"], rows, "after") | {
        "replaces_id": rows["memberships"]["membership_id"],
        "starts_on": date(2020, 1, 1),
        "ends_on": date(2020, 12, 31),
    }
    session.execute(TABLES["memberships"].insert().values(after))
    member_id = rows["customers"]["customer_id"]
    update = TABLES["medical_notes"].update().where(TABLES["medical_notes"].c.gym_id == gym_id)
    of_gym = TABLES["customers"].c.gym_id == gym_id
    session.execute(TABLES["customers"].update().where(of_gym).values(phone_e164="+351210000000"))
    secret = NOTES.close(value or "", gym_id=gym_id, member_id=member_id)
    session.execute(update.values(sealed=secret))
    keys = {"plan_id": rows["packages"]["package_id"], "include": [1, 2]}
    of_gym = TABLES["audiences"].c.gym_id == gym_id
    session.execute(TABLES["audiences"].update().where(of_gym).values(filter=keys))
    by = {"by": "audience", "audience_id": rows["audiences"]["audience_id"], "old": [None]}
    of_gym = TABLES["campaigns"].c.gym_id == gym_id
    session.execute(TABLES["campaigns"].update().where(of_gym).values(audience=by))
    assert set_texts(session, gym_id, value) > (25 if value is None else 50)
    settle(session, gym_id)
    return gym_id


def settle(session: Session, gym_id: int) -> None:
    """Let what is derived follow, the scores as the job that computes them shows them."""
    with changing_everyone(session, session.get_one(Gym, gym_id), now=NOW):
        pass
    refresh_member_words(session, gym_id)
    shown = "update member_stats set churn_probability = 0.5, churn_scored_on = '2026-11-18'"
    session.execute(sa.text(f"{shown} where gym_id = :g"), {"g": gym_id})


def export(sessions: Sessions, gym_id: int) -> io.BytesIO:
    file = io.BytesIO()
    with session_scope(sessions) as session:
        write_archive(session, gym_id, file, notes=NOTES, now=NOW)
    return file


def bring_into_new_gym(sessions: Sessions, file: io.BytesIO, **over: Any) -> int:
    with session_scope(sessions) as session:
        gym = create_gym(session, **over)
        bring_in(session, gym, file, notes=NOTES, now=NOW)
        return gym.gym_id


def read_gym(session: Session, gym_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """All that a gym has, with each key as its place in its table."""
    names = session.execute(sa.select(User.user_id, User.name).where(User.gym_id == gym_id))
    places: dict[str, dict[Any, Any]] = {"names": {row.user_id: row.name for row in names}}
    found = {}
    for content in list_contents():
        if content.is_brought_in and content.name != "gyms":
            places[content.name] = {}
            found[content.name] = [
                tuple(_write(places, content, row, name) for name in _columns(content.name))
                for row in _rows(session, content.name, gym_id, content.condition)
                if note_place(places, content, row)
            ]
    for name in DERIVED:
        table = TABLES[name]
        columns = [column.name for column in table.columns if column.name != "gym_id"]
        content = Content(name, None, tuple(columns), {"customer_id": "customers"})
        rows = _rows(session, name, gym_id, "true")
        found[name] = sorted(
            (tuple(_write(places, content, row, one) for one in columns) for row in rows), key=str
        )
    gym = session.execute(sa.select(TABLES["gyms"]).where(TABLES["gyms"].c.gym_id == gym_id)).one()
    own = contents.OF_THE_NEW_GYM | {"gym_id", "hashed_password", "created_at", "updated_at"}
    found["gyms"] = [tuple((k, v) for k, v in gym._mapping.items() if k not in own)]
    return found


def _columns(table: str) -> list[str]:
    """All there are, whatever an archive has of them."""
    names = [column.name for column in TABLES[table].columns if column.name != "gym_id"]
    return [name for name in names if (table, name) not in contents.SECRET]


def note_place(places: dict[str, dict[Any, Any]], content: Content, row: Any) -> bool:
    if content.key:
        places[content.name][row[content.key]] = len(places[content.name])
    return True


def _rows(session: Session, table: str, gym_id: int, condition: str) -> list[Any]:
    keys = ", ".join(f'"{column.name}"' for column in TABLES[table].primary_key)
    query = sa.text(f"select * from {table} where gym_id = :g and ({condition}) order by {keys}")
    return list(session.execute(query, {"g": gym_id}).mappings())


def _write(places: dict[str, dict[Any, Any]], content: Content, row: Any, name: str) -> Any:
    value = row[name]
    to = content.name if name == content.key else content.references.get(name)
    if to == "users":
        return None if value is None else places["names"][value]
    if (content.name, name) in contents.WITH_KEYS:
        return json.dumps(_place_keys(places, value), sort_keys=True)
    if name in contents.RENEWED.get(content.name, {}):
        return None
    if content.name in contents.SEALED and name == contents.SEALED[content.name]:
        return NOTES.open(value, gym_id=row["gym_id"], member_id=row["customer_id"])
    if to is not None and to in places and value is not None:
        return places[to][value]
    return str(value) if isinstance(value, dict | list) else value


def _place_keys(places: dict[str, dict[Any, Any]], value: Any) -> Any:
    if isinstance(value, dict):
        known = contents.name_keys()
        return {
            key: places[known[key]][inner] if key in known else inner
            for key, inner in value.items()
        }
    return value


@pytest.mark.parametrize("value", ["", AWKWARD, None], ids=["empty", "awkward", "null"])
def test_every_table_comes_back_as_it_was(ops_sessions: Sessions, value: str | None) -> None:
    with session_scope(ops_sessions) as session:
        gym_id = fill_gym(session, value)
    file = export(ops_sessions, gym_id)
    new_id = bring_into_new_gym(ops_sessions, file)
    with session_scope(ops_sessions) as session:
        before, after = read_gym(session, gym_id), read_gym(session, new_id)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert all(before[name] for name in before.keys() - {"member_words"})


@pytest.fixture(scope="module")
def archive(ops_sessions: Sessions) -> bytes:
    with session_scope(ops_sessions) as session:
        gym_id = fill_gym(session, AWKWARD)
    return export(ops_sessions, gym_id).getvalue()


def change(archive: bytes, name: str, content: bytes | None) -> io.BytesIO:
    """The archive with another file of that name, or without it."""
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as before, ZipFile(changed, "w") as after:
        for one in before.namelist():
            if one != name:
                after.writestr(one, before.read(one))
        if content is not None:
            after.writestr(name, content)
    return changed


def read_manifest(archive: bytes) -> Any:
    with ZipFile(io.BytesIO(archive)) as whole:
        return json.loads(whole.read("manifest.json"))


def count_rows(session: Session, gym_id: int) -> int:
    query = sa.text("select count(*) from customers where gym_id = :g")
    return int(session.execute(query, {"g": gym_id}).scalar_one())


class TestRefusals:
    """Nothing of an archive that is not whole, ours and for a new gym is brought in."""

    @pytest.fixture
    def refusal(self, ops_sessions: Sessions) -> Any:
        with session_scope(ops_sessions) as session:
            gym = create_gym(session)

        def refuse(file: io.BytesIO) -> str:
            with (
                pytest.raises(ArchiveRefused) as refused,
                session_scope(ops_sessions) as session,
            ):
                bring_in(session, session.get_one(Gym, gym.gym_id), file, notes=NOTES, now=NOW)
            with session_scope(ops_sessions) as session:
                assert count_rows(session, gym.gym_id) == 0
            return str(refused.value)

        return refuse

    def test_one_byte_that_is_another(self, archive: bytes, refusal: Any) -> None:
        with ZipFile(io.BytesIO(archive)) as whole:
            rows = whole.read("csv/customers.csv")
        for wrong in (rows + b"\n", rows[:-1], rows[:-2] + b"x\n"):
            said = refusal(change(archive, "csv/customers.csv", wrong))
            assert said == "csv/customers.csv is not what was exported"

    def test_a_file_that_is_missing(self, archive: bytes, refusal: Any) -> None:
        assert refusal(change(archive, "csv/tags.csv", None)) == "csv/tags.csv is missing"

    @pytest.mark.parametrize("file", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
    def test_what_is_no_archive(self, refusal: Any, file: bytes) -> None:
        assert refusal(io.BytesIO(file)) == "it is no ZIP file"

    @pytest.mark.parametrize("manifest", [None, b"", b"[]", b"{}", b'{"format": 1, "tables": []}'])
    def test_a_manifest_that_is_none(self, archive: bytes, refusal: Any, manifest: Any) -> None:
        assert "manifest" in refusal(change(archive, "manifest.json", manifest))

    @pytest.mark.parametrize("name", ["sessions", "pg_authid", "gyms; drop table gyms"])
    def test_a_table_that_is_not_brought_in(self, archive: bytes, refusal: Any, name: str) -> None:
        manifest = read_manifest(archive)
        manifest["tables"][name] = manifest["tables"]["tags"]
        changed = change(archive, "manifest.json", json.dumps(manifest).encode())
        assert refusal(changed) == "it was made by a newer version of the platform"

    @pytest.mark.parametrize("column", ["gym_id", "hashed_password", 'name" from users --'])
    def test_a_column_that_no_archive_has(self, archive: bytes, refusal: Any, column: str) -> None:
        manifest = read_manifest(archive)
        manifest["tables"]["customers"]["columns"].append(column)
        changed = change(archive, "manifest.json", json.dumps(manifest).encode())
        assert "columns of customers" in refusal(changed)

    def test_a_row_that_refers_to_one_that_is_not_in_it(
        self, ops_sessions: Sessions, refusal: Any, archive: bytes
    ) -> None:
        """Whoever changes a file can change its sum as well."""
        with ZipFile(io.BytesIO(archive)) as whole:
            head = whole.read("csv/tags.csv").split(b"\n")[0] + b"\n"
        manifest = read_manifest(archive)
        manifest["tables"]["tags"] |= {"rows": 0}
        manifest["tables"]["tags"]["csv"] |= {
            "bytes": len(head), "sha256": hashlib.sha256(head).hexdigest(),
        }  # fmt: skip
        changed = change(archive, "csv/tags.csv", head).getvalue()
        changed_too = change(changed, "manifest.json", json.dumps(manifest).encode())
        assert "of tags, which is not in the archive" in refusal(changed_too)

    def test_a_second_time_into_the_same_gym(self, ops_sessions: Sessions, archive: bytes) -> None:
        gym_id = bring_into_new_gym(ops_sessions, io.BytesIO(archive))
        with session_scope(ops_sessions) as session:
            gym = session.get_one(Gym, gym_id)
            with pytest.raises(ArchiveRefused, match="only a new gym"):
                bring_in(session, gym, io.BytesIO(archive), notes=NOTES, now=NOW)


def test_no_secret_is_in_an_archive(archive: bytes) -> None:
    with ZipFile(io.BytesIO(archive)) as whole:
        names = set(whole.namelist())
        everything = b"".join(whole.read(name) for name in names)
        columns = {
            name: table["columns"] for name, table in read_manifest(archive)["tables"].items()
        }
    assert not {f"csv/{name}.csv" for name in contents.STAYS} & names
    for table, column in contents.SECRET:
        assert column not in columns[table]
    assert b"hash" not in everything.replace(b"data_sha256", b"")


def test_people_of_another_gym_come_as_closed_accounts_unless_they_are_here_already(
    ops_sessions: Sessions,
) -> None:
    with session_scope(ops_sessions) as session:
        gym_id = fill_gym(session, None)
        query = sa.select(User.email, User.name).where(User.gym_id == gym_id, User.role == "admin")
        email, name = session.execute(query).one()
    file = export(ops_sessions, gym_id)
    away = f"{new_mark()}@example.com"
    with session_scope(ops_sessions) as session:  # the person has left there, and works here now
        moved = sa.update(User).where(User.email == email).values(email=away, email_key=away)
        session.execute(moved)
    with session_scope(ops_sessions) as session:
        gym = create_gym(session, email=email)
        bring_in(session, gym, file, notes=NOTES, now=NOW)
        people = session.scalars(sa.select(User).where(User.gym_id == gym.gym_id)).all()
    left = [one for one in people if one.email.endswith("@archive.invalid")]
    assert [one.role for one in people if one not in left] == ["owner"]
    assert left
    assert not any(one.is_active or one.hashed_password for one in left)
    assert name not in {one.name for one in left}


def make_table(*columns: sa.Column[Any]) -> sa.Table:
    return sa.Table("lockers", sa.MetaData(), sa.Column("gym_id", sa.BigInteger), *columns)


@pytest.mark.parametrize(
    "column",
    [
        sa.Column("place", JSONB),
        sa.Column("marks", ARRAY(sa.Text)),
        sa.Column("customer_id", sa.BigInteger),
        sa.Column("key_hash", sa.Text),
    ],
    ids=lambda column: column.name,
)
def test_a_new_table_is_not_forgotten_and_what_may_hold_keys_is_decided(
    column: sa.Column[Any],
) -> None:
    assert describe(make_table(sa.Column("locker_id", sa.BigInteger, primary_key=True)))
    with pytest.raises(Undecided, match=f"lockers.{column.name}"):
        describe(make_table(sa.Column("locker_id", sa.BigInteger, primary_key=True), column))


def test_every_table_is_in_one_of_the_lists() -> None:
    listed = {content.name for content in list_contents()}
    assert listed | contents.STAYS.keys() | contents.REBUILT.keys() == set(TABLES)
    assert contents.STAYS.keys() | contents.ONLY_READ.keys() | contents.REBUILT.keys() <= set(
        TABLES
    )
