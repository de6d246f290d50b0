"""One client's messages in their order: when one has to be sent again, those behind it are refused until it has come.

Those that wait for the writer share a lane, which breaks when one of them is lost. One that never came there, as the
client was too fast or the queue full, leaves the lane whole: what is ahead of it may still be stored, or lost.
"""

from klepet.model.errors import TooMany
from klepet.model.ports import Lane


class Turns:
    """Of one session. Lives on the event loop."""

    __slots__ = ("_awaited", "_awaited_turn", "_last", "lane")

    def __init__(self) -> None:
        self.lane = Lane()
        self._last = 0
        self._awaited: str | None = None
        self._awaited_turn = 0

    def begin(self, client_id: str) -> int:
        """A message has come; gives its turn. Raises TooMany where another one has to come first."""
        if self._awaited is not None and client_id != self._awaited:
            raise TooMany("an earlier message must be sent again first", retry_after=1.0)
        self._last += 1
        return self._last

    def go_on(self) -> Lane:
        """It may be stored; gives its lane."""
        if self._awaited is not None:
            self._awaited = None
            if self.lane.is_broken:
                self.lane = Lane()
        return self.lane

    def wait_for(self, client_id: str, turn: int) -> None:
        """The message of this turn was not stored, and is sent again: nothing behind it goes on until then."""
        if self._awaited is None or turn < self._awaited_turn:
            self._awaited, self._awaited_turn = client_id, turn
