"""The network between browser and server, with the faults that networks have."""

import base64
import hashlib
import socket
import threading
from contextlib import suppress
from enum import StrEnum

HANDSHAKE_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Fault(StrEnum):
    """What happens to a WebSocket on its way."""

    NONE = "none"
    REFUSED = "refused"
    STRIPPED = "stripped of its Upgrade"
    SILENT = "accepted and then silent"


class Network:
    """A TCP relay to the server. `fault` breaks WebSockets, `cut` everything."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.fault = Fault.NONE
        self.is_cut = False
        self.sockets = 0
        """How many WebSockets were asked for."""
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Lose every connection, and every new one."""
        self.is_cut = True
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """Let everything pass again."""
        self.is_cut = False
        self.fault = Fault.NONE

    def close(self) -> None:
        """End for good."""
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
            else:
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            self._relay(client)
        except OSError:
            pass
        finally:
            self._end(client)

    def _relay(self, client: socket.socket) -> None:
        head = self._head(client)
        if b"/w/socket" in head.split(b"\r\n", 1)[0]:
            self.sockets += 1
            if self.fault is Fault.REFUSED:
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            if self.fault is Fault.SILENT:
                self._swallow(client, head)
                return
            if self.fault is Fault.STRIPPED:
                lines = head.split(b"\r\n")
                head = b"\r\n".join(
                    line for line in lines if not line.lower().startswith((b"upgrade:", b"connection:"))
                )
        server = socket.create_connection(("127.0.0.1", self.target))
        with self._lock:
            self._open.add(server)
        try:
            server.sendall(head)
            back = threading.Thread(target=self._pipe, args=(server, client), daemon=True)
            back.start()
            self._pipe(client, server)
            back.join()
        finally:
            self._end(server)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        end.close()

    def _head(self, client: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65_536)
            if not part:
                raise OSError("closed before the end of its request")
            head += part
        return head

    def _swallow(self, client: socket.socket, head: bytes) -> None:
        key = next(
            line.split(b":", 1)[1].strip()
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + HANDSHAKE_GUID, usedforsecurity=False).digest())
        client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept
            + b"\r\n\r\n"
        )
        while client.recv(65_536):
            pass

    def _pipe(self, source: socket.socket, sink: socket.socket) -> None:
        """Carry bytes one way; the end of one is the end of both."""
        try:
            while part := source.recv(65_536):
                sink.sendall(part)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
