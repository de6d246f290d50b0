"""Photos: what is accepted, what survives of it, and files made to do harm."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from klepet.kit.images import (
    MAX_INPUT_BYTES,
    ImageError,
    ImageTooLargeError,
    ImageTooManyPixelsError,
    ImageUnreadableError,
    reencode_photo,
)

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(colour: Any, expected: tuple[int, int, int]) -> bool:
    return all(abs(part - wanted) < 40 for part, wanted in zip(colour[:3], expected, strict=True))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ],
)
def test_accepted_kinds(kind: str, mode: str) -> None:
    result = opened(reencode_photo(saved(picture(mode), kind)))
    assert (result.format, result.size) == ("WEBP", (256, 256))
    assert near(result.getpixel((20, 128)), RED)
    assert near(result.getpixel((235, 128)), BLUE)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_grey_stays_grey(mode: str) -> None:
    grey = Image.new("L", (8, 8), 255 if mode == "1" else 128)
    image = Image.new("I;16", (8, 8), 128 * 256) if mode == "I;16" else grey.convert(mode)
    result = opened(reencode_photo(saved(image, "PNG"))).convert("RGB")
    expected = 255 if mode == "1" else 128
    assert near(result.getpixel((100, 100)), (expected, expected, expected))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (257, 256), (2000, 1500)])
def test_every_size_becomes_the_square(size: tuple[int, int]) -> None:
    assert opened(reencode_photo(saved(picture(size=size), "PNG"), 64)).size == (64, 64)


def test_the_middle_is_kept() -> None:
    image = Image.new("RGB", (300, 100), RED)
    image.paste(GREEN, (100, 0, 200, 100))
    result = opened(reencode_photo(saved(image, "PNG")))
    for point in ((5, 5), (250, 250), (5, 250), (250, 5)):
        assert near(result.getpixel(point), GREEN)


@pytest.mark.parametrize(
    ("orientation", "left", "top"), [(1, RED, None), (3, BLUE, None), (6, None, RED), (8, None, BLUE)]
)
def test_photos_are_turned_upright(orientation: int, left: Any, top: Any) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    result = opened(reencode_photo(saved(picture(size=(200, 200)), "JPEG", exif=exif)))
    if left:
        assert near(result.getpixel((10, 128)), left)
    if top:
        assert near(result.getpixel((128, 10)), top)


def test_nothing_but_pixels_survives() -> None:
    exif = Image.Exif()
    exif[MAKER] = "secret camera"
    exif.get_ifd(GPS)[1] = "N"
    notes = PngInfo()
    notes.add_text("Comment", "secret note")
    profile = b"secret profile" * 20
    for data in (
        saved(picture(), "JPEG", exif=exif, comment=b"secret note", icc_profile=profile),
        saved(picture(), "PNG", exif=exif, pnginfo=notes, icc_profile=profile),
        saved(picture(), "WEBP", exif=exif, xmp=b"<secret/>", icc_profile=profile),
        saved(picture("P"), "GIF", comment=b"secret note"),
    ):
        assert b"secret" in data
        result = reencode_photo(data + b"<script>secret</script>")
        assert b"secret" not in result
        assert not opened(result).getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened(result).info)


def test_transparency_is_kept() -> None:
    result = opened(reencode_photo(saved(Image.new("RGBA", (10, 10), (255, 0, 0, 0)), "PNG")))
    assert result.mode == "RGBA"
    assert result.getpixel((100, 100))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_is_taken(kind: str) -> None:
    first, second = Image.new("RGB", (20, 20), RED), Image.new("RGB", (20, 20), BLUE)
    data = saved(first, kind, save_all=True, append_images=[second], duration=100)
    assert near(opened(reencode_photo(data)).convert("RGB").getpixel((100, 100)), RED)


# Files made to do harm


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def animated_webp(canvas: int) -> bytes:
    """One small frame on a large canvas."""
    still = saved(Image.new("RGB", (10, 10)), "WEBP", lossless=True)[12:]
    side = struct.pack("<I", canvas - 1)[:3]
    frame = bytes(6) + struct.pack("<I", 9)[:3] * 2 + bytes(4) + still
    chunks = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + side * 2
    chunks += b"ANIM" + struct.pack("<I", 6) + bytes(6) + b"ANMF" + struct.pack("<I", len(frame)) + frame
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


@pytest.mark.parametrize(
    "data",
    [
        png_header(6325, 6325),
        png_header(10_000, 10_000),
        png_header(60_000, 60_000),
        png_header(2**31 - 1, 2**31 - 1),
        animated_webp(7_000),
        animated_webp(16_383),
        animated_webp(2**24),
    ],
    ids=["40 MP", "100 MP", "3600 MP", "all PNG can", "WebP 49 MP", "WebP 268 MP", "all WebP can"],
)
def test_decompression_bombs(data: bytes) -> None:
    with pytest.raises(ImageTooManyPixelsError, match="40 megapixels"):
        reencode_photo(data)


def test_too_many_bytes() -> None:
    with pytest.raises(ImageTooLargeError, match="5 MB"):
        reencode_photo(saved(picture(), "PNG") + bytes(MAX_INPUT_BYTES))


def test_a_text_chunk_that_inflates() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "x" * 50_000_000, zip=True)
    with pytest.raises(ImageUnreadableError):
        reencode_photo(saved(picture(), "PNG", pnginfo=notes))


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"GIF89a",
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        lambda: b"%PDF-1.7\n",
        lambda: b"<html>",
        lambda: saved(picture(), "BMP"),
        lambda: saved(picture(), "TIFF"),
        lambda: saved(picture(), "ICO"),
        lambda: saved(picture(), "EPS"),
        lambda: saved(picture(size=(500, 500)), "PNG")[:300],
        lambda: saved(picture(size=(500, 500)), "JPEG")[:700],
        lambda: png_header(100, 100)[:-40],
    ],
)
def test_other_and_damaged_files(make: Callable[[], bytes]) -> None:
    with pytest.raises(ImageUnreadableError, match="JPEG, PNG, WebP or GIF"):
        reencode_photo(make())


SAMPLES = [saved(picture(), kind) for kind in ("JPEG", "PNG", "WEBP")] + [saved(picture("P"), "GIF")]


@settings(deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_damage_is_refused_or_survived(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for position in data.draw(st.lists(st.integers(0, len(sample) - 1), min_size=1, max_size=10)):
        damaged[position] = data.draw(st.integers(0, 255))
    try:
        result = reencode_photo(bytes(damaged), 32)
    except ImageError:
        return
    assert opened(result).size == (32, 32)
