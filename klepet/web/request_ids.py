"""Gives every HTTP request an id: it stands in its log lines, in the answer's `X-Request-ID`, and in a failure's body.

A client's own word for it is not taken: whoever chooses ids could write into the log. A trusted proxy's is.
"""

import logging
import re
import time
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from litestar.types import ASGIApp, Receive, Send

from klepet.kit.logs import REQUEST_ID
from klepet.kit.proxies import Network, is_trusted

HEADER = b"x-request-id"
ID_BYTES = 8
_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")

_log = logging.getLogger("klepet.web")


def with_request_ids(app: ASGIApp, trusted: Sequence[Network]) -> ASGIApp:
    """The same application, whose requests have ids. At level `debug` each leaves a line: method, kind of address,
    status and milliseconds.
    """

    async def wrapped(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = _given(scope, trusted) or token_hex(ID_BYTES)
        REQUEST_ID.set(request_id)
        began, status = time.perf_counter(), 0

        async def answer(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", []), (HEADER, request_id.encode())]}
            await send(message)

        try:
            await app(scope, receive, answer)
        finally:
            if _log.isEnabledFor(logging.DEBUG):
                took = (time.perf_counter() - began) * 1_000
                _log.debug("%s %s answered %d in %.1f ms", scope["method"], place_of(scope), status, took)

    return wrapped


def place_of(scope: Any) -> str:
    """The kind of address that was asked, such as `/api/v1/sites/{site_id}`: what somebody wrote into it is
    left out.
    """
    return str(scope.get("path_template") or "an address without a pattern")


def _given(scope: Any, trusted: Sequence[Network]) -> str | None:
    """The id that a trusted proxy gave."""
    peer = scope["client"][0] if scope.get("client") else ""
    if not trusted or not is_trusted(peer, trusted):
        return None
    found = [value for name, value in scope["headers"] if name == HEADER]
    return found[0].decode() if len(found) == 1 and _ID.fullmatch(found[0]) else None
