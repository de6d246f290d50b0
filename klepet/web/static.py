"""The built front end: loader, widget and console, each with its compressed forms, and the headers that they need."""

import mimetypes
import re
from hashlib import blake2b
from pathlib import Path
from typing import Any

from litestar.types import Send

ROOT = Path(__file__).parent.parent / "static"
_CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PLAIN = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
_NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/){0,4}[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
"""What the build makes: no dot at the beginning of a part, so nothing leads out of the folder or to hidden files."""
_FOREVER = "public, max-age=31536000, immutable"


class StaticFiles:
    """Serves klepet/static; files are read once."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._files: dict[tuple[str, str], tuple[bytes, str]] = {}

    def knows(self, path: str) -> bool:
        """Whether this address is the front end's."""
        return path in ("/w.js", "/console", "/") or path.startswith(("/widget/", "/console/"))

    async def serve(self, scope: Any, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"this address does not take this method", [(b"allow", b"GET, HEAD"), *_PLAIN])
            return
        if path in ("/", "/console"):
            await _answer(send, 307, b"", [(b"location", b"/console/")])
            return
        name = "console/index.html" if path == "/console/" else path[1:]
        headers = dict(scope["headers"])
        accepted = headers.get(b"accept-encoding", b"").decode("latin-1")
        for suffix, encoding in ((".br", "br"), (".gz", "gzip"), ("", "")):
            found = self._read(name, suffix) if not encoding or encoding in accepted else None
            if found is not None:
                data, tag = found
                await _serve(send, name, data, tag, encoding, headers.get(b"if-none-match", b"").decode("latin-1"))
                return
        await _answer(send, 404, b"there is nothing at this address", _PLAIN)

    def _read(self, name: str, suffix: str) -> tuple[bytes, str] | None:
        if not _NAME.fullmatch(name):
            return None
        key = (name, suffix)
        if key not in self._files:
            path = self._root / (name + suffix)
            if not path.is_file():
                return None
            data = path.read_bytes()
            self._files[key] = (data, f'"{blake2b(data, digest_size=12).hexdigest()}"')
        return self._files[key]


async def _serve(send: Send, name: str, data: bytes, tag: str, encoding: str, known: str) -> None:
    is_hashed = name.startswith(("widget/", "console/assets/"))
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith("javascript"):
        kind += "; charset=utf-8"
    headers = [
        (b"content-type", kind.encode()),
        (b"etag", tag.encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
        (
            b"cache-control",
            (_FOREVER if is_hashed else "public, max-age=300" if name == "w.js" else "no-cache").encode(),
        ),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    if name.endswith(".html"):
        headers.append((b"content-security-policy", _CONSOLE_POLICY.encode()))
        headers.append((b"referrer-policy", b"same-origin"))
    if known == tag:
        await _answer(send, 304, b"", headers)
    else:
        await _answer(send, 200, data, headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
