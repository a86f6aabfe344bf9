"""Whatever way a member comes in, the keys by which texts are compared come along."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from unicodedata import normalize

import pytest
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from core.text import fold
from db.addresses import key_of_address
from db.member_facts import write_freely
from db.member_words import Texts, list_words
from db.migrate import migrate
from db.models import Gym, Member, MemberWord
from db.session import GymSession
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient
from tests.fixtures.postgres import MigratedDatabase

InGym = Callable[[int], AbstractContextManager[GymSession]]
URL = "/api/v1/members"
ADDRESS = "Žaneta@Nováková.example"


def read_keys(session: GymSession, gym: Gym) -> list[tuple[str, str | None, str | None]]:
    query = select(Member.name, Member.email, Member.email_key).where(Member.in_gym(gym.gym_id))
    return [tuple(row) for row in session.execute(query.order_by(Member.member_id))]


def test_each_way_in_writes_the_key_and_each_change_moves_it(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    added = owner.post(URL, json={"name": "By form", "email": "Ana.Souza@Example.com"}).json()
    owner.post("/aluno/registro", json={"nome": "Em português", "email": "BIA@example.com"})
    file = ("list.csv", "name,email\nBy file,Émile@example.com\nNo address,\n".encode())
    answer = owner.post("/api/v1/imports", data={"kind": "members"}, files={"file": file})
    assert answer.json()["loaded"] == 2, answer.text
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="By hand", email=normalize("NFD", ADDRESS))
        assert [(name, key) for name, _, key in read_keys(session, gym)] == [
            ("By form", "ana.souza@example.com"),
            ("Em português", "bia@example.com"),
            ("By file", "emile@example.com"),
            ("No address", None),
            ("By hand", "zaneta@xn--novkov-rtad.example"),
        ]

    member = f"{URL}/{added['member_id']}"
    for address, key in (("Ünal@example.com", "unal@example.com"), (None, None)):
        assert owner.patch(member, json={"email": address}).status_code == 200
        with in_gym(gym.gym_id) as session:
            assert read_keys(session, gym)[0][2] == key
    owner.post(
        "/api/v1/imports",
        data={"kind": "members"},
        files={"file": ("list.csv", "name,email\nNo address,LATER@example.com\n")},
    )
    with in_gym(gym.gym_id) as session:
        assert all(
            key == (None if email is None else key_of_address(email))
            for _, email, key in read_keys(session, gym)
        )


@pytest.mark.parametrize(
    "values",
    [
        "'a@example.com', null",
        "'a@example.com', 'b@example.com'",
        "'A@example.com', 'A@example.com'",
        "null, 'a@example.com'",
    ],
)
def test_the_database_refuses_an_address_without_its_key(
    gym: Gym, in_gym: InGym, values: str
) -> None:
    insert = text(
        "insert into customers (gym_id, name, name_key, join_date, email, email_key)"
        f" values (:gym_id, 'Ana', 'ana', '2026-01-01', {values})"
    )
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        with pytest.raises(IntegrityError, match="email_key"):
            session.execute(insert, {"gym_id": gym.gym_id})
        session.rollback()


def test_members_of_an_older_database_get_their_keys_and_words(
    fresh_database: MigratedDatabase,
    at_revision: Callable[[str], AbstractContextManager[Connection]],
) -> None:
    with at_revision("0005") as connection:
        connection.exec_driver_sql(
            "insert into gyms (gym_id, name, username, email, hashed_password)"
            " values (1, 'Old', 'old', 'old@example.com', 'x');"
            " insert into customers (gym_id, name, email, join_date)"
            " select 1, 'M', 'Jürgen' || n || '@Example.com', '2020-01-01'"
            " from generate_series(1, 10001) n;"
            " insert into customers (gym_id, name, email, join_date)"
            f" values (1, 'M', 'ANA@example.com', '2020-01-01'), (1, 'M', null, '2020-01-01'),"
            f" (1, 'M', '{'a' * 700}@example.com', '2020-01-01')"
        )
    migrate(fresh_database.migrator_url)
    engine = create_engine(fresh_database.ops_url)
    with engine.connect() as connection:
        rows = connection.execute(select(Member.email, Member.email_key)).all()
        names = connection.execute(select(Member.name, Member.name_key)).all()
        known = [getattr(Member, field) for field in Texts._fields if hasattr(Member, field)]
        members = connection.execute(select(*known))
        wanted = {(row[1], word) for row in members for word in list_words(Texts(*row))}
        words = connection.execute(select(MemberWord.member_id, MemberWord.word)).all()
    engine.dispose()
    assert all(key == fold(name) for name, key in names)
    assert {tuple(row) for row in words} == wanted
    assert len(words) == len(wanted)
    assert len(rows) == 10_004
    for email, key in rows:
        assert key == (None if email is None else key_of_address(email))
