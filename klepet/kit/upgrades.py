"""Whether a WebSocket opens at an address, and whether what is sent through it is answered: for finding out what
proxies in between do. https://www.rfc-editor.org/rfc/rfc6455
"""

import asyncio
import base64
import hashlib
import re
import ssl
from contextlib import suppress
from enum import StrEnum
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from klepet.kit.addresses import AddressRefusedError, HostNotFoundError, Resolver, resolve_public
from klepet.kit.outbound_http import system_resolver

HEAD_BYTES = 16 * 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PING = b"\x89\x80\x00\x00\x00\x00"
_FRAME_TYPE = 0x0F
_PONG_TYPE = 0x0A


class UpgradeResult(StrEnum):
    """What came of it."""

    WORKS = "works"
    REFUSED = "refused"
    """An answer came, and it was no upgrade."""
    SILENT = "silent"
    """Upgraded, and then nothing came back."""
    FAILED = "failed"
    """No answer at all."""


class Upgrade(NamedTuple):
    """What came of it; `status` of the answer, if there was one, and why it failed."""

    result: UpgradeResult
    status: int | None = None
    reason: str = ""


async def try_upgrade(
    url: str,
    nonce: bytes,
    *,
    seconds: float = 5.0,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Upgrade:
    """Open a WebSocket at `http(s)://host[:port]/path`, send a ping, wait for its pong, hang up. `nonce` is 16 random
    bytes. Never raises.
    """
    parts = urlsplit(url)
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    try:
        async with asyncio.timeout(seconds):
            (address, *_) = await resolve_public(host, resolver, allow_private=True)
            context = (tls or ssl.create_default_context()) if is_secure else None
            reader, writer = await asyncio.open_connection(
                str(address),
                parts.port or (443 if is_secure else 80),
                ssl=context,
                server_hostname=host if is_secure else None,
                limit=HEAD_BYTES,
            )
    except (OSError, AddressRefusedError, HostNotFoundError) as error:
        return Upgrade(UpgradeResult.FAILED, reason=str(error) or type(error).__name__)
    try:
        return await _talk(reader, writer, parts.netloc, parts.path or "/", base64.b64encode(nonce), seconds)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        return Upgrade(UpgradeResult.FAILED, reason=str(error) or type(error).__name__)
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await writer.wait_closed()


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str, key: bytes, seconds: float
) -> Upgrade:
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key.decode()}\r\n\r\n".encode()
    )
    async with asyncio.timeout(seconds):
        head = await reader.readuntil(b"\r\n\r\n")
    line = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    if line is None:
        raise ValueError("what answered speaks no HTTP/1.1")
    status = int(line[1])
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    if status != 101 or accept not in head:
        return Upgrade(UpgradeResult.REFUSED, status)
    writer.write(_PING)
    try:
        async with asyncio.timeout(seconds):
            while True:
                kind, size = await reader.readexactly(2)
                if kind & _FRAME_TYPE == _PONG_TYPE:
                    return Upgrade(UpgradeResult.WORKS, status)
                await reader.readexactly(size & 0x7F)
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return Upgrade(UpgradeResult.SILENT, status)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
