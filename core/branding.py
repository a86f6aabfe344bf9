"""How a gym looks: its colour, and what can be read on it and be seen beside it."""

import struct
from dataclasses import dataclass
from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

WHITE: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (20, 33, 31)
DARK_PAGE: Final[Colour] = (14, 21, 20)
"""The ground of the dashboard's dark theme."""
PLATFORM: Final[Colour] = (15, 118, 110)
"""Of a gym that chose none."""
SEEN = 3.0
"""The contrast from which lines and large letters are seen; of WCAG 2, 1.4.11."""
_STEP = 0.05


def read_colour(text: str) -> Colour:
    """Of `#rrggbb`."""
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def write_colour(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


def measure_contrast(one: Colour, other: Colour) -> float:
    """From 1 for the same colour to 21 for black and white, as WCAG 2 measures it."""
    dark, light = sorted((_measure_luminance(one), _measure_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def choose_text(ground: Colour) -> Colour:
    """White or dark letters: what is easier to read on the ground."""
    return max(WHITE, INK, key=lambda letters: measure_contrast(letters, ground))


def make_visible(colour: Colour, on: Colour) -> Colour:
    """The colour itself where it is seen on the ground, else the nearest one that is: darker on a
    light ground, lighter on a dark one."""
    towards = choose_text(on)
    for step in range(1, round(1 / _STEP) + 1):
        if measure_contrast(colour, on) >= SEEN:
            break
        red, green, blue = (
            round(own + (other - own) * step * _STEP)
            for own, other in zip(colour, towards, strict=True)
        )
        colour = red, green, blue
    return colour


def _measure_luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True)
class Brand:
    """What a gym's mails and papers carry. `logo` is a PNG of ours."""

    name: str
    colour: Colour
    logo: bytes | None

    @property
    def logo_size(self) -> tuple[int, int]:
        """Width and height in pixels, which stand in a PNG's head."""
        assert self.logo is not None
        width, height = struct.unpack(">II", self.logo[16:24])
        return width, height
