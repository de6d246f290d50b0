"""Measures the peers with the same crowd, the same texts and the same counting as klepet."""

import asyncio
import json
import os
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.load import Crowd
from bench.measures import latency, throughput
from bench.peers.environments import NotInstalled, channels_command, node_command
from bench.people import ACK, ID_CHARS, client_id_of, number_in
from bench.processes import cpu_seconds_of, free_port, rss_of
from bench.wire import Wire

START_SECONDS = 30.0
LOOK_SECONDS = 0.5
BUSY_SECONDS = 0.025
DESK = "desk"
_FROM = b'"from":"'


class PeerServer:
    """A peer's server on a core of its own."""

    def __init__(self, command: list[str], folder: Path, port: int, core: int) -> None:
        self.port = port
        with (folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        os.sched_setaffinity(self._process.pid, {core})
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NotInstalled(f"it did not start; {folder / 'server.log'} says why") from None
                time.sleep(0.02)

    def settle(self) -> tuple[float, float]:
        """See `load.Measured`."""
        before = cpu_seconds_of(self._process.pid)
        while True:
            time.sleep(LOOK_SECONDS)
            now = cpu_seconds_of(self._process.pid)
            if now - before < BUSY_SECONDS:
                return now, 0.0
            before = now

    def rss(self) -> int:
        """Bytes of memory."""
        return rss_of(self._process.pid)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class _Peer(ABC):
    """A connection of somebody at a place: the desk, or a visitor's own."""

    def __init__(self, host: str, path: str, place: str, greeting: bytes | None) -> None:
        self.wire = Wire(path, host)
        self.wire.on_frame = self._take
        if greeting is not None:
            self.wire.begin(greeting)
        self.conversation_id = place
        self.on_ack: Callable[[int, bytes], None] = lambda number, data: None
        self.on_message: Callable[[int], None] = lambda number: None
        self.refused = 0
        self.has_receipts = False

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """Take one frame of the peer's protocol."""

    def _take_message(self, data: bytes) -> None:
        number = number_in(data)
        if self.has_receipts:
            at = data.index(_FROM) + len(_FROM)
            self._acknowledge(data[at : data.index(b'"', at)], number)
        self.on_message(number)

    @abstractmethod
    def _acknowledge(self, place: bytes, number: int) -> None:
        """Send the receipt for a message."""


class SocketIoPeer(_Peer):
    """Engine.IO 4 and Socket.IO 5 over WebSocket: https://socket.io/docs/v4/socket-io-protocol/."""

    def __init__(self, host: str, place: str) -> None:
        greeting = f"40{json.dumps({'place': place})}".encode()
        super().__init__(host, "/socket.io/?EIO=4&transport=websocket", place, greeting)

    def say(self, number: int, text: str, place: str) -> None:
        """Send one message."""
        self.wire.send(
            f'42{number}["say",{{"to":"{place}","text":"{text}","client_id":"{client_id_of(number)}"}}]'.encode()
        )

    def _take(self, data: bytes) -> None:
        if data.startswith(b"43"):
            self.on_ack(int(data[2 : data.index(b"[")]), data)
        elif data.startswith(b'42["message"'):
            self._take_message(data)
        elif data == b"2":
            self.wire.send(b"3")

    def _acknowledge(self, place: bytes, number: int) -> None:
        self.wire.send(b'42["read",{"to":"%b","client_id":"%b"}]' % (place, client_id_of(number).encode()))


class ChannelsPeer(_Peer):
    """JSON over a plain WebSocket."""

    def __init__(self, host: str, place: str) -> None:
        super().__init__(host, f"/{place}", place, None)

    def say(self, number: int, text: str, place: str) -> None:
        """Send one message."""
        self.wire.send(
            f'{{"type":"message","to":"{place}","text":"{text}","client_id":"{client_id_of(number)}"}}'.encode()
        )

    def _take(self, data: bytes) -> None:
        if data.startswith(ACK):
            self.on_ack(int(data[len(ACK) : len(ACK) + ID_CHARS]), data)
        elif b'"type":"message"' in data:
            self._take_message(data)

    def _acknowledge(self, place: bytes, number: int) -> None:
        self.wire.send(b'{"type":"read","to":"%b","client_id":"%b"}' % (place, client_id_of(number).encode()))


PEERS: dict[str, tuple[Callable[[Path, int], tuple[list[str], Path]], Callable[[str, str], Any]]] = {
    "socket.io": (node_command, SocketIoPeer),
    "Django Channels": (channels_command, ChannelsPeer),
}


async def measure_peer(
    name: str, cache: Path, core: int, *, visitors: int, seconds: float, in_flight: int, rate: float, repeats: int
) -> dict[str, Any]:
    """Throughput and latency of a peer, or why it cannot be measured."""
    command_for, person = PEERS[name]
    port = free_port()
    try:
        command, folder = await asyncio.to_thread(command_for, cache, port)
        server = await asyncio.to_thread(PeerServer, command, folder, port, core)
    except NotInstalled as reason:
        return {"name": name, "missing": str(reason)}
    try:
        found: dict[str, Any] = {"name": name, "rss_mib_at_start": round(server.rss() / 2**20, 1)}
        crowd = await _gather(server, person, visitors)
        found["throughput"] = [await throughput(crowd, seconds, in_flight) for _ in range(repeats)]
        found["latency"] = [await latency(crowd, rate, seconds) for _ in range(repeats)]
        for one in (*crowd.visitors, *crowd.operators):
            one.has_receipts = True
        found["with_receipts"] = [await throughput(crowd, seconds, in_flight) for _ in range(repeats)]
        crowd.close()
        await asyncio.sleep(0.2)
    finally:
        server.stop()
    return found


def _wire_of(person: Any) -> Wire:
    wire: Wire = person.wire
    return wire


async def _gather(server: PeerServer, person: Callable[[str, str], Any], visitors: int) -> Crowd:
    host, loop = f"127.0.0.1:{server.port}", asyncio.get_running_loop()
    everybody = [person(host, DESK), *(person(host, f"visitor-{number}") for number in range(visitors))]
    for one in everybody:
        await loop.create_connection(partial(_wire_of, one), "127.0.0.1", server.port)
    await asyncio.sleep(1.0)
    return Crowd(server, everybody[1:], everybody[:1])
