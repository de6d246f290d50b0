"""uvicorn's WebSocket with a limit on what comes before a message is whole: a frame in a million pieces would cost
memory and time for nothing. Imported only where `KLEPET_SOCKETS=uvicorn`, with the library that it needs.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

FRAGMENTS = 1_000


class GuardedSockets(WebSocketsSansIOProtocol):
    """One connection."""

    def handle_cont(self, event: Frame) -> None:
        """Take a piece of a frame, as long as there are not too many of them."""
        if len(self.frames) >= FRAGMENTS:
            self.transport.abort()
        elif not self.transport.is_closing():
            super().handle_cont(event)
