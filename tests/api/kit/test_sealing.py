"""A sealed text opens in its place, under a secret that is or was the platform's, and unchanged."""

import pytest

from api.kit.sealing import CannotOpen, Seal
from api.kit.settings import Settings


def seal(secret: str, *previous: str) -> Seal:
    made = Settings.model_construct(secret_key=secret, previous_secret_keys=",".join(previous))
    return Seal.of(made)


def test_it_opens_in_its_own_place_alone() -> None:
    closed = seal("one").close("knee", place="gym 1")
    assert "knee" not in closed
    assert seal("one").open(closed, place="gym 1") == "knee"
    with pytest.raises(CannotOpen):
        seal("one").open(closed, place="gym 2")


def test_the_same_text_never_looks_the_same() -> None:
    assert len({seal("one").close("knee", place="gym 1") for _ in range(20)}) == 20


def test_after_a_change_of_the_secret_the_previous_one_opens() -> None:
    closed = seal("one").close("knee", place="gym 1")
    with pytest.raises(CannotOpen):
        seal("two").open(closed, place="gym 1")
    changed = seal("two", "zero", " one ")
    assert changed.open(closed, place="gym 1") == "knee"
    again = changed.close("knee", place="gym 1")
    assert seal("two").open(again, place="gym 1") == "knee", "sealed under the new one"


def test_a_changed_text_does_not_open() -> None:
    closed = seal("one").close("knee", place="gym 1")
    changed = ("B" if closed[30] != "B" else "C").join((closed[:30], closed[31:]))
    with pytest.raises(CannotOpen):
        seal("one").open(changed, place="gym 1")


@pytest.mark.parametrize("text", ["", "x", "plain text", "AAAA", "é"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(CannotOpen):
        seal("one").open(text, place="gym 1")
