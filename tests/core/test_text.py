import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import MAX_KEY_LENGTH, fold


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Žaneta Nováková", "zaneta novakova"),
        ("ÜNAL@Example.com", "unal@example.com"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "isparta"),
        ("Ispartalı", "ispartali"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Łukasz Østergård", "lukasz ostergard"),
        ("\u212aelvin", "kelvin"),  # the sign for kelvin
        ("\u017ftar", "star"),  # long s
        ("Ǆ", "dz"),
        ("कि", "कि"),
    ],
)
def test_texts_that_a_person_takes_for_the_same_have_one_key(typed: str, key: str) -> None:
    assert fold(typed) == key


def test_marks_that_are_letters_keep_names_apart() -> None:
    assert fold("कि") != fold("कु")


def test_a_key_fits_into_an_index_however_much_its_letters_stand_for() -> None:
    key = fold("\ufdfa" * 200)  # a phrase of 18 letters
    assert key.startswith("صلى الله عليه وسلم")
    assert len(key) == MAX_KEY_LENGTH
    assert len(max("\U0010ffff" * MAX_KEY_LENGTH, key).encode()) < 2_704 - 100


@given(st.text(max_size=80))
def test_the_key_is_the_same_however_the_text_was_typed(text: str) -> None:
    key = fold(text)
    assert fold(key) == key
    for form in ("NFC", "NFD", "NFKC"):
        assert fold(unicodedata.normalize(form, text)) == key
