"""A lean WebSocket client, so that the client is not what is measured: no queue, no task, no JSON on the way in.

Frames go out with a masking key of zeros: as legal as any other, the server unmasks all the same, and the client need
not mask.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_ZEROS = b"\0\0\0\0"


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One masked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + _ZEROS + payload
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + _ZEROS + payload


class Wire(asyncio.Protocol):
    """One connection: `on_frame` is called with each text frame, `on_close` with the code once it is gone."""

    def __init__(self, path: str, host: str) -> None:
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            "Accept-Language: en-GB,en;q=0.7\r\nAccept-Encoding: gzip, deflate\r\nCache-Control: no-cache\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            f"{base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        ).encode()
        self._rest = b""
        self._is_open = False
        self._greeting = b""
        self.transport: asyncio.Transport | None = None
        self.on_frame: Callable[[bytes], None] = _ignore
        self.on_close: Callable[[int], None] = _ignore_code
        self.code = 1006

    def begin(self, greeting: bytes) -> None:
        """What to say as soon as the handshake is done."""
        self._greeting = frame(greeting)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.on_close(self.code)

    def send(self, payload: bytes) -> None:
        """Send one text frame."""
        if self.transport is not None:
            self.transport.write(frame(payload))

    def close(self) -> None:
        """Leave as browsers do when a page goes."""
        if self.transport is not None:
            self.transport.write(frame((1001).to_bytes(2, "big"), CLOSE))

    def data_received(self, data: bytes) -> None:
        buffer = self._rest + data if self._rest else data
        if not self._is_open:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if b" 101 " not in head[:16]:
                raise ConnectionError(head.decode("latin-1"))
            self._is_open = True
            assert self.transport is not None
            self.transport.write(self._greeting)
        size, at = len(buffer), 0
        while size - at >= 2:
            start, length = at + 2, buffer[at + 1]
            if length == 126:
                start, length = at + 4, int.from_bytes(buffer[at + 2 : at + 4], "big")
            elif length == 127:
                start, length = at + 10, int.from_bytes(buffer[at + 2 : at + 10], "big")
            if start > size or start + length > size:
                break
            opcode = buffer[at] & 0x0F
            at = start + length
            if opcode == TEXT:
                self.on_frame(buffer[start:at])
            else:
                self._take_control(opcode, buffer[start:at])
        self._rest = buffer[at:] if at < size else b""

    def _take_control(self, opcode: int, payload: bytes) -> None:
        if self.transport is None:
            return
        if opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            self.transport.write(frame(payload[:2], CLOSE))
            self.transport.close()


def _ignore(_: bytes) -> None:
    """Nobody listens yet."""


def _ignore_code(_: int) -> None:
    """Nobody listens yet."""
