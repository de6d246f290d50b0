"""Photos of operators: public files that never change, each under a name of its own."""

import logging
import os
import re
from pathlib import Path
from uuid import UUID

import anyio.to_thread
from litestar import Response, get
from litestar.params import FromPath

from klepet.model.errors import Busy, Invalid, NotFound, TooLarge
from klepet.model.limits import PHOTO_BYTES
from klepet.web.config import Needs, WebConfig

_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.webp")
_log = logging.getLogger("klepet.photos")
_decoding = anyio.CapacityLimiter(1)  # a picture may take 200 MiB while it is decoded


async def save_photo(folder: Path, photo_id: UUID, data: bytes) -> str:
    """Re-encode a photo and store it; tells the file's name. Raises Invalid, TooLarge, and Busy on a full disk."""
    try:
        return await anyio.to_thread.run_sync(_save, folder, photo_id, data, limiter=_decoding)
    except OSError as error:
        _log.error("a photo could not be stored: %s", error.strerror)
        raise Busy("the server could not store the photo now; try again later", retry_after=60.0) from None


async def remove_photo(folder: Path, name: str | None) -> None:
    """Remove a file that nothing refers to any more."""
    if name is not None and _NAME.fullmatch(name):
        await anyio.to_thread.run_sync(lambda: (folder / name).unlink(missing_ok=True))


def _reencode(data: bytes) -> bytes:
    # Pillow takes 2 MiB, and photos are seldom uploaded.
    from klepet.kit.images import ImageError, ImageTooLargeError, reencode_photo

    try:
        return reencode_photo(data)
    except ImageTooLargeError as error:
        raise TooLarge(str(error), field="photo", limit=PHOTO_BYTES) from None
    except ImageError as error:
        raise Invalid(str(error), field="photo") from None


def _save(folder: Path, photo_id: UUID, data: bytes) -> str:
    picture = _reencode(data)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{photo_id}.webp"
    half = folder / f".{name}.part"
    try:
        with half.open("wb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        half.replace(folder / name)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    return name


@get("/photos/{file:str}", include_in_schema=False)
async def get_photo(file: FromPath[str], config: Needs[WebConfig]) -> Response[bytes]:
    """Answer a photo to whoever asks: visitors see it in the widget."""
    data = await anyio.to_thread.run_sync(_read, config.photos / file) if _NAME.fullmatch(file) else None
    if data is None:
        raise NotFound("there is no such photo")
    headers = {
        "access-control-allow-origin": "*",
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": "default-src 'none'",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    return Response(data, media_type="image/webp", headers=headers)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
