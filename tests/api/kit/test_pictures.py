"""What is kept of a picture is its pixels, upright, and no more of them than is good for us."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from api.kit.pictures import PictureFormat, PictureRefused, remake_picture


def make(size: tuple[int, int] = (40, 20), kind: str = "JPEG", **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **options)
    return written.getvalue()


def read(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def huge_png(width: int, height: int) -> bytes:
    """Says how large it is, and has no pixels: whoever unpacks it fails otherwise."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("into", PictureFormat)
def test_each_kind_is_made_into_each(kind: str, into: PictureFormat) -> None:
    made = read(remake_picture(make(kind=kind), longest=10, into=into))
    assert (made.format, made.size) == (into.name, (10, 5))


def test_what_the_camera_wrote_is_gone_and_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = "taken at home"
    sent = make(exif=exif)
    assert b"taken at home" in sent
    made = remake_picture(sent + b"hidden behind it", longest=100, into=PictureFormat.WEBP)
    assert b"taken at home" not in made
    assert b"hidden behind" not in made
    assert read(made).size == (20, 40)
    assert not read(made).getexif()


@pytest.mark.parametrize("size", [(8_000, 5_001), (12_000, 12_000), (20_000, 20_000)])
def test_one_of_too_many_pixels_is_refused_before_they_are_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(PictureRefused, match="40 million"):
        remake_picture(huge_png(*size), longest=100, into=PictureFormat.WEBP)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", make()[:100], huge_png(5, 5)],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureRefused):
        remake_picture(content, longest=100, into=PictureFormat.WEBP)


def test_another_format_is_not_read() -> None:
    with pytest.raises(PictureRefused):
        remake_picture(make(kind="GIF"), longest=100, into=PictureFormat.WEBP)
