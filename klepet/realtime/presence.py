"""Who is there: principals with a connection, and those whose last one ended only just now. A reload, a click to the
next page and a network that stumbles are no leaving.
"""

from typing import Generic, TypeVar
from uuid import UUID

GRACE_SECONDS = 6.0
"""How long after its last connection somebody still counts as there: a slow page takes some seconds to load."""

C = TypeVar("C")


class Presence(Generic[C]):
    """The connections of principals of one kind."""

    def __init__(self) -> None:
        self._connections: dict[UUID, list[C]] = {}
        self._left_at: dict[UUID, float] = {}

    def __contains__(self, principal_id: UUID) -> bool:
        return principal_id in self._connections

    @property
    def ids(self) -> list[UUID]:
        """Everybody who is there."""
        return list(self._connections)

    def newest_of(self, principal_id: UUID) -> C | None:
        """The connection of somebody that was heard of last; None while there is none."""
        connections = self._connections.get(principal_id)
        return connections[-1] if connections else None

    def expect(self, principal_id: UUID, now: float) -> None:
        """Count somebody as there whose connection may come at any moment."""
        if principal_id not in self._connections:
            self._connections[principal_id] = []
            self._left_at[principal_id] = now

    def note_connection(self, principal_id: UUID, connection: C) -> bool:
        """Note a connection, new or heard of again. Tells whether this is somebody's coming."""
        is_coming = principal_id not in self._connections
        connections = self._connections.setdefault(principal_id, [])
        if connection in connections:
            connections.remove(connection)
        connections.append(connection)
        self._left_at.pop(principal_id, None)
        return is_coming

    def note_end(self, principal_id: UUID, connection: C, now: float) -> None:
        """Note that a connection has ended."""
        connections = self._connections.get(principal_id, [])
        if connection in connections:
            connections.remove(connection)
            if not connections:
                self._left_at[principal_id] = now

    def take_gone(self, now: float) -> list[UUID]:
        """Give those who have not come back in time, once."""
        gone = []
        for principal_id, left_at in self._left_at.items():  # in the order in which they left
            if now - left_at < GRACE_SECONDS:
                break
            gone.append(principal_id)
        for principal_id in gone:
            del self._left_at[principal_id]
            del self._connections[principal_id]
        return gone
