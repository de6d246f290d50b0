"""Wires to the server as an attacker holds them: anything can be sent, and everything that comes is seen."""

import json
import socket
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SECONDS = 60.0
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.66"
"""Addresses of this machine: of people who behave, and of one who floods."""

Frame = dict[str, Any]


class Closable(Protocol):
    """Something to close."""

    def close(self) -> None:
        """Close it."""


OPEN: list[Closable] = []
"""Wires and clients that the end of a test hangs up."""


class Closed(Exception):
    """The server closed the wire."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Wire(ABC):
    """Frames to and from the server. `path` is `/w` for visitors and `/api/v1` for operators."""

    def __init__(self, url: str, path: str, headers: dict[str, str], address: str = HERE) -> None:
        OPEN.append(self)

    @abstractmethod
    def send(self, frame: Any) -> None:
        """Send a frame; a text goes out as it is."""

    @abstractmethod
    def receive(self, seconds: float = SECONDS) -> Frame:
        """The next frame. Raises Closed and TimeoutError."""

    @abstractmethod
    def close(self) -> None:
        """Hang up."""

    def wait_for(self, kind: str, is_meant: Callable[[Frame], bool] = lambda frame: True) -> Frame:
        """The next frame of a kind; others pass by."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            frame = self.receive()
            if frame["type"] == kind and is_meant(frame):
                return frame
        raise TimeoutError(f"no {kind} came")

    def answer_to(self, client_id: str | None) -> Frame:
        """What a command is answered: an `ack` or a `refused`."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            frame = self.receive()
            if frame["type"] in ("ack", "refused") and frame.get("client_id") == client_id:
                return frame
        raise TimeoutError(f"nothing answered {client_id}")

    def close_code(self) -> int:
        """The code with which the server closes."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            try:
                self.receive()
            except Closed as closed:
                return closed.code
        raise TimeoutError("the server does not close")

    def drain(self) -> list[Frame]:
        """Everything that came until now: a ping goes out, and its pong is behind all of it."""
        frames: list[Frame] = []
        self.send({"type": "ping"})
        while True:
            frame = self.receive()
            if frame["type"] == "pong":
                return frames
            frames.append(frame)


class Socket(Wire):
    """A WebSocket."""

    def __init__(self, url: str, path: str, headers: dict[str, str], address: str = HERE) -> None:
        self._connecting = connect(
            url.replace("http", "ws", 1) + path + "/socket",
            additional_headers=headers,
            compression=None,
            proxy=None,
            max_size=None,
            ping_interval=None,
            close_timeout=1,
            **self._way(url, address),
        )
        self.ws = self._connecting.__enter__()
        super().__init__(url, path, headers)

    def _way(self, url: str, address: str) -> dict[str, Any]:
        """How to get there."""
        return {"source_address": (address, 0)}

    def send(self, frame: Any) -> None:
        try:
            if isinstance(frame, bytes):
                self.ws.send(frame, text=True)
            else:
                self.ws.send(frame if isinstance(frame, str) else json.dumps(frame))
        except ConnectionClosed:
            return  # whoever sends next looks at the code

    def receive(self, seconds: float = SECONDS) -> Frame:
        try:
            frame: Frame = json.loads(self.ws.recv(timeout=seconds))
        except ConnectionClosed as closed:
            raise Closed(closed.rcvd.code if closed.rcvd else 1006) from None
        return frame

    def close(self) -> None:
        self._connecting.__exit__(None, None, None)


class DeafSocket(Socket):
    """A WebSocket with hardly any room for what it does not read."""

    def _way(self, url: str, address: str) -> dict[str, Any]:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect((address, int(url.rpartition(":")[2])))
        return {"sock": raw}


class Poll(Wire):
    """Long-polling: each call is one request."""

    def __init__(self, url: str, path: str, headers: dict[str, str], address: str = HERE) -> None:
        super().__init__(url, path, headers)
        self.http = httpx.Client(
            base_url=url,
            headers={"content-type": "text/plain"} | headers,
            transport=httpx.HTTPTransport(local_address=address),
            timeout=90,
        )
        self.path = f"{path}/poll"
        self.session: str | None = None
        self.ack = 0
        self.calls = 0
        self.frames: deque[Frame] = deque()
        self.code: int | None = None

    def call(self, frames: list[Any], **values: Any) -> httpx.Response:
        """One call, its answer unread. `values` replace what the call says."""
        self.calls += 1
        bodies = [frame if isinstance(frame, str) else json.dumps(frame) for frame in frames]
        head: Frame = {"session": self.session, "ack": self.ack, "call": self.calls} | values
        text = json.dumps(head)[:-1] + ', "frames": [' + ",".join(bodies) + "]}"
        return self.http.post(self.path, content=text.encode())

    def read(self, response: httpx.Response) -> None:
        """Take an answer."""
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        answer = response.json()
        self.session, self.ack = answer["session"], max(self.ack, answer["number"])
        self.frames.extend(answer["frames"])
        if answer["close"]:
            self.code = answer["close"]["code"]

    def send(self, frame: Any) -> None:
        if self.code is None:
            self.read(self.call([frame.decode("latin-1") if isinstance(frame, bytes) else frame]))

    def receive(self, seconds: float = SECONDS) -> Frame:
        if not self.frames and self.code is None:
            self.read(self.call([]))
        if self.frames:
            return self.frames.popleft()
        if self.code is not None:
            raise Closed(self.code)
        raise TimeoutError

    def close(self) -> None:
        self.http.close()
