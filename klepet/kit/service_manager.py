"""Tells systemd how the process is, as `Type=notify` has it (sd_notify(3)): a datagram to the socket that it names."""

import contextlib
import socket
from collections.abc import Mapping

READY = "READY=1"
STOPPING = "STOPPING=1"


def tell_service_manager(state: str, environ: Mapping[str, str]) -> None:
    """Send a state to the socket in NOTIFY_SOCKET; nobody listens where there is none, and then nothing is sent.

    A name that begins with `@` is one of Linux's abstract ones. A manager that does not take it is no reason to fail.
    """
    name = environ.get("NOTIFY_SOCKET", "")
    if not name.startswith(("/", "@")):
        return
    address = "\0" + name[1:] if name.startswith("@") else name
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(address)
        line.send(state.encode())
