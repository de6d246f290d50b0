"""Photos that people upload, made harmless: decoded, cut square, and written anew without what came along.

Nothing of the original file survives but its picture, so neither a place of taking nor a script does. Decoding may
take a second and 200 MiB: call it from a worker process or thread, one at a time.
"""

import io

from PIL import Image, ImageOps

MAX_INPUT_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 85


class ImageError(ValueError):
    """A photo that cannot be taken; the message says why."""


class ImageTooLargeError(ImageError):
    """More bytes than allowed."""


class ImageTooManyPixelsError(ImageError):
    """More pixels than allowed, as in a small file made to exhaust memory."""


class ImageUnreadableError(ImageError):
    """No JPEG, PNG, WebP or GIF, or a broken one."""


def reencode_photo(data: bytes, size: int = 256) -> bytes:
    """Return the photo as a square WebP of `size` pixels, upright, with nothing but pixels in it."""
    if len(data) > MAX_INPUT_BYTES:
        raise ImageTooLargeError(f"a photo may have at most {MAX_INPUT_BYTES // 1024**2} MB")
    try:
        square = _decode_square(data, size)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise _too_many_pixels() from None
    except Exception as error:  # decoders meet broken files with almost any exception
        raise ImageUnreadableError("this is no JPEG, PNG, WebP or GIF picture, or it is damaged") from error
    output = io.BytesIO()
    square.save(output, "WEBP", quality=_QUALITY, method=4)
    return output.getvalue()


def _decode_square(data: bytes, size: int) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:  # reads the header only; later frames stay unread
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        image.draft("RGB", (2 * size, 2 * size))  # lets a JPEG be decoded small; means nothing to other formats
        image.load()
        upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey, which convert() would clip to white
        upright = upright.point(lambda value: value / 256).convert("L")
    colours = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    square = ImageOps.fit(colours, (size, size), Image.Resampling.LANCZOS)
    # A new picture, because info (EXIF, ICC profile, comments) travels along with the old one.
    return Image.frombytes(square.mode, square.size, square.tobytes())


def _too_many_pixels() -> ImageTooManyPixelsError:
    return ImageTooManyPixelsError(f"a photo may have at most {MAX_PIXELS // 1_000_000} megapixels")
