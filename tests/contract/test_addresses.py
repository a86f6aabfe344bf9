"""What is an address at one door is one at every door: sign-up, a file, the mail server."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.kit.schemas import Email
from core.importing.problems import ValueProblem
from core.importing.values import read_email
from db.addresses import keep_address, read_address

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
