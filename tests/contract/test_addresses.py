"""What is an address at one door is one at every door: sign-up, a file, the mail server."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import sessionmaker

from api.kit.schemas import Email
from core.importing.problems import ValueProblem
from core.importing.values import read_email
from db.addresses import keep_address, key_of_address, read_address
from db.gym_lookup import find_gym_of
from db.models import Gym, UnsubscribedAddress
from db.session import GymSession
from tests.fixtures.api import ApiClient, new_name

ADDRESSES = [
    "anna@example.com",
    "anna.o'neil+gym@mail.example.com",
    "josé@example.com",
    "anna@exämple.com",
    "用户@例え.jp",
    "ANNA@EXAMPLE.COM",
]
SPELLINGS = {
    "ana@xn--exmple-cua.com": "ana@exämple.com",
    "ana@EXÄMPLE.com": "ana@exämple.com",
    "ana@ex。com": "ana@ex.com",
    "Ana@Example.COM": "Ana@example.com",
    "jose\u0301@example.com": "josé@example.com",
}
"""What is stored of an address that can be written in another way."""
OTHERS = [
    "Ana <ana@example.com>",
    '"Ana" <ana@example.com>',
    "a" + "\u0301" * 40 + "@example.com",
    "anna",
    "anna@",
    "@example.com",
    "anna@example",
    "anna@@example.com",
    "anna@example..com",
    ".anna@example.com",
    "anna.@example.com",
    "an na@example.com",
    "anna@exam_ple.com",
    "anna@-example.com",
    "anna@gym.local",
    "anna@localhost",
    "anna@192.168.0.1",
    "anna@[192.168.0.1]",
    '"anna"@example.com',
    "anna@example.com, bob@example.com",
    "anna@example.com\nBcc: bob@example.com",
    f"anna@{'a' * 64}.com",
]


def takes_api(text: str) -> bool:
    try:
        TypeAdapter(Email).validate_python(text)
    except ValidationError:
        return False
    return True


def takes_file(text: str) -> bool:
    try:
        return read_email(text, keep_address) is not None
    except ValueProblem:
        return False


def takes_mail(text: str) -> bool:
    try:
        read_address(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_one_at_every_door(text: str) -> None:
    assert (takes_api(text), takes_file(text), takes_mail(text)) == (True, True, True)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_none_is_none_at_every_door(text: str) -> None:
    assert (takes_api(text), takes_file(text), takes_mail(text)) == (False, False, False)


@pytest.mark.parametrize(("text", "kept"), SPELLINGS.items())
def test_what_is_stored_is_the_same_at_every_door(text: str, kept: str) -> None:
    assert (TypeAdapter(Email).validate_python(text), read_email(text, keep_address)) == (
        kept,
        kept,
    )
    assert read_address(text) == read_address(kept)


ONE = ["ana@exämple.com", "ANA@EXÄMPLE.COM", "Aná@xn--exmple-cua.com", "ana@exa\u0308mple.com"]
"""One reader, however the address is written."""
OTHER = "ana@example.com"
"""Another one: this domain may belong to somebody else."""
NO_ADDRESSES = ["ana@exämple..com", "ana@-exämple.com", "ana@ex_ämple.com", "ana@exämple"]
PASSWORD = "quiet-river-at-dawn"


def test_spellings_of_an_address_have_one_key_and_a_domain_without_its_accents_another() -> None:
    assert {key_of_address(text) for text in ONE} == {"ana@xn--exmple-cua.com"}
    assert key_of_address(OTHER) == OTHER


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_has_the_key_of_none(text: str) -> None:
    assert not key_of_address(text).isascii()


@pytest.mark.parametrize("text", [*ADDRESSES, *ONE, *NO_ADDRESSES, "ünal", "x@" + "ä" * 700])
def test_a_key_is_its_own_key_and_not_too_long(text: str) -> None:
    key = key_of_address(text)
    assert key_of_address(key) == key
    assert len(key) <= 600


def register(client: ApiClient, email: str) -> Any:
    data = {"name": "Gym", "username": new_name("gym"), "email": email, "password": PASSWORD}
    return client.post("/api/v1/auth/register", json=data)


def test_an_account_is_of_one_domain(
    client: ApiClient, ops_sessions: sessionmaker[GymSession]
) -> None:
    """At sign-up, at sign-in and for commands that name a gym by its owner's address."""
    mark = new_name("x")
    one, other = (text.replace("@", f"{mark}@") for text in (ONE[0], OTHER))
    in_ascii = one.replace("exämple", "xn--exmple-cua")
    made = register(client, one).json()
    assert register(client, in_ascii).status_code == 409
    codes = [
        client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}).status_code
        for email in (one.upper(), in_ascii, other)
    ]
    assert codes == [200, 200, 401]
    assert register(client, other).status_code == 201
    with ops_sessions() as session:
        found = find_gym_of(session, one)
        assert found is not None
        assert found.gym_id == made["gym_id"]


def fill_form(owner: ApiClient, email: str) -> None:
    answer = owner.post(
        "/api/v1/members", json={"name": "Ana", "email": email, "email_consent": True}
    )
    assert answer.status_code == 201, answer.text


def fill_form_in_portuguese(owner: ApiClient, email: str) -> None:
    answer = owner.post(
        "/aluno/registro", json={"nome": "Ana", "email": email, "aceita_email": True}
    )
    assert answer.status_code == 201, answer.text


def bring_file(owner: ApiClient, email: str) -> None:
    file = ("members.csv", f"name,email,consent\nAna,{email},yes\n".encode(), "text/csv")
    answer = owner.post("/api/v1/imports", data={"kind": "members"}, files={"file": file})
    assert answer.status_code == 201, answer.text


DOORS = [fill_form, fill_form_in_portuguese, bring_file]


@pytest.mark.parametrize("email", [*ONE, OTHER])
@pytest.mark.parametrize("door", DOORS)
def test_who_unsubscribed_is_known_at_every_door_and_others_are_not_taken_for_them(
    owner: ApiClient,
    gym: Gym,
    in_gym: Callable[[int], AbstractContextManager[GymSession]],
    door: Callable[[ApiClient, str], None],
    email: str,
) -> None:
    with in_gym(gym.gym_id) as session:
        left = UnsubscribedAddress(
            gym_id=gym.gym_id,
            email_key=key_of_address(ONE[0]),
            unsubscribed_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
        session.add(left)
    door(owner, email)
    [member] = owner.get("/api/v1/members").json()["items"]
    consent = owner.get(f"/api/v1/members/{member['member_id']}").json()["email_consent"]
    assert (consent == "unsubscribed") == (email != OTHER)


@pytest.mark.parametrize("email", ONE)
def test_a_file_finds_the_member_of_an_address_and_takes_no_other_for_them(
    owner: ApiClient, email: str
) -> None:
    fill_form(owner, OTHER)
    for brought in (ONE[0], email, OTHER):
        bring_file(owner, brought)
        assert owner.get("/api/v1/members").json()["total"] == 2
