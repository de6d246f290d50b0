"""Files: addresses that lead out of a folder, pictures that are none or far too large, names of downloads."""

import http.client
import io
import re
import zlib

import httpx
import pytest
from PIL import Image

from tests.attacks.server import Server

TRAVERSALS = [
    "/widget/../../app.py",
    "/widget/%2e%2e/%2e%2e/app.py",
    "/widget/..%2f..%2fapp.py",
    "/widget/..%5c..%5capp.py",
    "/console/../../__init__.py",
    "/console/assets/../../../settings.py",
    "/console//etc/passwd",
    "/widget//etc/passwd",
    "/widget/.stamp",
    "/console/.stamp",
    "/widget/%00",
    "/widget/a%00.js",
    "/console/" + "a" * 5_000,
    "/console/" + "a/" * 500,
    "/photos/../klepet.db",
    "/photos/..%2f..%2fklepet.db",
    "/photos/%2e%2e%2f%2e%2e%2fklepet.db",
    "/photos/%00",
    "/photos/019a0000-0000-7000-8000-000000000000.webp%00.png",
    "/photos/.019a0000-0000-7000-8000-000000000000.webp.part",
    "/w.js/../klepet.db",
    "/api/v1/../../data/klepet.db",
    "/chat/..%2f..%2fetc%2fpasswd",
    "/w/..%2f..%2fetc%2fpasswd/config",
    "/%ff%fe",
]


def raw(server: Server, method: str, path: str) -> tuple[int, bytes]:
    """Ask for exactly this address: clients would tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.putrequest(method, path)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", TRAVERSALS, ids=lambda path: path[:50])
def test_an_address_that_leads_elsewhere(attacked: Server, path: str) -> None:
    status, body = raw(attacked, "GET", path)
    assert status in (400, 404), (status, body[:200])
    assert b"root:" not in body
    assert b"SQLite format" not in body
    assert b"import " not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "A" * 500])
@pytest.mark.parametrize("path", ["/", "/w.js", "/console/", "/photos/x.webp", "/api/docs", "/nothing"])
def test_methods_that_nothing_takes(attacked: Server, method: str, path: str) -> None:
    status, _ = raw(attacked, method, path)
    assert status in (400, 404, 405)


def png(width: int, height: int) -> bytes:
    """A small file that unpacks to a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes(min(((width + 7) // 8 + 1) * height, 50_000_000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture(form: str = "PNG") -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(output, form)
    return output.getvalue()


NO_PHOTOS = {
    "nothing": b"",
    "text": b"hello",
    "page": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "cut": picture()[:60],
    "bomb": png(20_000, 20_000),
    "wider than anything": png(2**31 - 1, 2**31 - 1),
    "zero": png(0, 0),
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\n",
}


@pytest.mark.parametrize("name", NO_PHOTOS)
def test_a_photo_that_is_none(attacked: Server, name: str) -> None:
    before = attacked.memory_kib
    answer = attacked.owner.ask("PUT", "/me/photo", content=NO_PHOTOS[name], headers={"content-type": "image/png"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "invalid"
    assert attacked.owner.ok("GET", "/me")["operator"]["photo_url"] is None
    assert attacked.memory_kib - before < 64 * 1024


def test_a_photo_that_is_too_large(attacked: Server) -> None:
    answer = attacked.owner.ask("PUT", "/me/photo", content=picture() + bytes(5 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_a_photo_with_a_page_behind_it_keeps_only_the_picture(attacked: Server) -> None:
    person = attacked.invite("operator")
    data = picture("JPEG") + b"<script>alert(1)</script>"
    headers = {"content-type": "text/html", "content-disposition": 'attachment; filename="../../evil.html"'}
    url = person.ok("PUT", "/me/photo", content=data, headers=headers)["operator"]["photo_url"]
    assert re.fullmatch(r"(http://127\.0\.0\.1:\d+)?/photos/[0-9a-f-]{36}\.webp", url)
    answer = httpx.get(httpx.URL(attacked.url).join(url))
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
    names = [path.name for path in (attacked.folder / "data" / "uploads" / "photos").iterdir()]
    assert all(re.fullmatch(r"[0-9a-f-]{36}\.webp", name) for name in names)


def test_what_stands_in_the_data_folder_is_the_owners_alone(attacked: Server) -> None:
    assert (attacked.folder / "data").stat().st_mode & 0o077 == 0
