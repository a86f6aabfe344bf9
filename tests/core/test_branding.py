"""Whatever colour a gym has, what is written on it is read and what is drawn in it is seen."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.branding import (
    DARK_PAGE,
    INK,
    SEEN,
    WHITE,
    Colour,
    choose_text,
    make_visible,
    measure_contrast,
    read_colour,
    write_colour,
)

part = st.integers(0, 255)
colours = st.tuples(part, part, part)


def test_contrast_is_that_of_wcag() -> None:
    assert measure_contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert measure_contrast(WHITE, WHITE) == 1
    assert measure_contrast(read_colour("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)


@given(colours)
@example((117, 117, 117))
@example((255, 255, 0))
def test_letters_on_any_colour_are_read(colour: Colour) -> None:
    assert measure_contrast(choose_text(colour), colour) >= 4


@given(colours, st.sampled_from([WHITE, DARK_PAGE]))
@example(WHITE, WHITE)
@example((0, 0, 0), DARK_PAGE)
def test_any_colour_is_seen_on_a_light_and_a_dark_page(colour: Colour, page: Colour) -> None:
    shown = make_visible(colour, on=page)
    assert measure_contrast(shown, page) >= SEEN
    if measure_contrast(colour, page) >= SEEN:
        assert shown == colour


@given(colours)
def test_a_colour_is_read_as_it_is_written(colour: Colour) -> None:
    assert read_colour(write_colour(colour)) == colour


def test_what_is_easier_to_read_on_it() -> None:
    assert choose_text(read_colour("#ffd600")) == INK
    assert choose_text(read_colour("#b3261e")) == WHITE
