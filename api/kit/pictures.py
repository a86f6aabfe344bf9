"""Pictures that somebody sends are made anew: what is kept holds pixels and nothing else.

EXIF, with the place where a photo was taken, goes; so does whatever stands behind the picture in
the file. How large a picture is, is looked at before its pixels are unpacked: a file of some
kilobytes can be one of gigabytes.
"""

import io
from enum import StrEnum
from threading import Lock

from PIL import Image, ImageOps

from api.kit.errors import Invalid
from core.translation import t

MAX_PIXELS = 40_000_000
_READ = ("JPEG", "PNG", "WEBP")
_NEARLY_WHITE = 235
"""Of 255: a picture without a darker pixel is not seen on white."""
_ONE_AT_A_TIME = Lock()
"""One of 40 million pixels takes 160 MB while it is made anew."""


class PictureFormat(StrEnum):
    WEBP = "image/webp"
    """Small; for the dashboard."""
    JPEG = "image/jpeg"
    """Opens everywhere; without transparency."""
    PNG = "image/png"
    """Keeps transparency and sharp edges, also in mails and PDFs."""


class PictureRefused(Invalid):
    code, title = "picture_refused", "The picture cannot be used"


def remake_picture(
    content: bytes, *, longest: int, into: PictureFormat, on_white: bool = False
) -> bytes:
    """The picture upright, at most `longest` pixels wide and high. Raises `PictureRefused`.

    `on_white`: what was transparent is white then, and one of which nothing is seen is refused.
    """
    try:
        with _ONE_AT_A_TIME, Image.open(io.BytesIO(content), formats=_READ) as sent:
            if sent.width * sent.height > MAX_PIXELS:
                raise _make_too_many_pixels()
            sent.draft("RGB", (longest, longest))  # a JPEG is unpacked no larger than needed
            sent.load()
            picture = ImageOps.exif_transpose(sent)
            picture.thumbnail((longest, longest))
            return _write(picture, into, on_white=on_white)
    # Pillow warns of less than it refuses; where warnings are errors this is one.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _make_too_many_pixels() from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureRefused(
            t("This is no picture that can be read. Send a JPEG, PNG or WebP file.")
        ) from error


def is_drawable(content: bytes, kind: PictureFormat, *, longest: int) -> bool:
    """Whether kept bytes are such a picture indeed."""
    try:
        with Image.open(io.BytesIO(content), formats=[kind.name]) as kept:
            if max(kept.size) > longest:
                return False
            kept.load()
            return True
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False
    except (OSError, ValueError, SyntaxError, EOFError):
        return False


def _make_too_many_pixels() -> PictureRefused:
    return PictureRefused(
        t(
            "The picture has more than {most} million pixels. Send a smaller one.",
            most=MAX_PIXELS // 1_000_000,
        )
    )


def _write(picture: Image.Image, into: PictureFormat, *, on_white: bool) -> bytes:
    made = picture.convert("RGBA")
    if on_white or into is PictureFormat.JPEG:
        ground = Image.new("RGBA", made.size, "white")
        made = Image.alpha_composite(ground, made).convert("RGB")
    if on_white and not any(made.convert("L").histogram()[:_NEARLY_WHITE]):
        raise PictureRefused(
            t("On white nothing is seen of this picture. Send it with the ground that it needs.")
        )
    written = io.BytesIO()
    made.save(written, format=into.name, quality=85)
    return written.getvalue()
