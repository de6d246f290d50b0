"""Pings for quiet connections: a wheel of slots that one timer turns, instead of a timer for each connection."""

import asyncio
from typing import Protocol

PING_SECONDS = 25.0
SLOTS = 100


class Pinged(Protocol):
    """A connection that can be asked whether its client is still there."""

    def ping(self) -> None:
        """Ping; or give the connection up when the ping before was not answered."""


class PingWheel:
    """Each connection is pinged once a turn. Begins to turn with its first connection."""

    def __init__(self, seconds: float = PING_SECONDS) -> None:
        self._seconds = seconds / SLOTS
        self._slots: list[set[Pinged]] = [set() for _ in range(SLOTS)]
        self._at = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Pinged) -> int:
        """Let a connection in, to be pinged a whole turn from now. Tells its slot."""
        slot = self._at
        self._slots[slot].add(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._turn)
        return slot

    def remove(self, connection: Pinged, slot: int) -> None:
        """Let a connection go."""
        self._slots[slot].discard(connection)

    def _turn(self) -> None:
        self._at = (self._at + 1) % SLOTS
        for connection in list(self._slots[self._at]):
            connection.ping()
        is_needed = any(self._slots)
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._turn) if is_needed else None
