"""Whether this process lives (`/healthz`) and whether it can take people (`/readyz`), for supervisors and balancers.

    GET /healthz  ->  200 {"is_alive": true}                         without asking the database
    GET /readyz   ->  200 {"is_ready": true, "missing": []}
                      503 {"is_ready": false, "missing": ["draining", "database", "migrations"]}

Anybody may ask, so neither says more, and however many ask, the database is tried at most once in FRESH_SECONDS.
"""

import asyncio
from enum import StrEnum
from typing import Any

import msgspec
from litestar.types import Send
from msgspec import Struct

from klepet.access import health as access
from klepet.actions.bookkeeping import prove_writable
from klepet.model.ports import Clock, Database

PATHS = frozenset({"/healthz", "/readyz"})
WRITE_SECONDS = 2.0
"""How long the database may take to store something before this process counts as unable to."""
FRESH_SECONDS = 1.0

_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class Missing(StrEnum):
    """What a process lacks to take people."""

    DRAINING = "draining"
    DATABASE = "database"
    MIGRATIONS = "migrations"


class Alive(Struct, frozen=True):
    """What `/healthz` answers."""

    is_alive: bool = True


class Readiness(Struct, frozen=True):
    """What `/readyz` answers."""

    is_ready: bool
    missing: list[Missing]


class Health:
    """Answers both. Used on the event loop only; `is_draining` is set when the server begins to stop."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.is_draining = False
        self._db = db
        self._clock = clock
        self._looking: asyncio.Task[list[Missing]] | None = None
        self._looked_at = 0.0

    async def readiness(self) -> Readiness:
        """Whether people can be sent here."""
        missing = [Missing.DRAINING] if self.is_draining else await self._stored()
        return Readiness(not missing, missing)

    async def serve(self, scope: Any, send: Send) -> None:
        """Answer one request for one of PATHS."""
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
            return
        found = Alive() if scope["path"] == "/healthz" else await self.readiness()
        status = 503 if isinstance(found, Readiness) and not found.is_ready else 200
        await _answer(send, status, msgspec.json.encode(found), [], is_head=scope["method"] == "HEAD")

    async def _stored(self) -> list[Missing]:
        """What the database lacks, as found a moment ago, now, or by whoever is looking already."""
        now = self._clock.monotonic()
        if self._looking is None or (self._looking.done() and now - self._looked_at >= FRESH_SECONDS):
            self._looked_at = now
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)  # whoever asked may go: others wait for the same

    async def _look(self) -> list[Missing]:
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._db.write(prove_writable)
                is_current = await self._db.read(access.is_current)
        except Exception:  # whatever it is: nobody can be served, and the writer's log says why
            return [Missing.DATABASE]
        return [] if is_current else [Missing.MIGRATIONS]


async def _answer(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]], *, is_head: bool = False
) -> None:
    headers = [*_HEADERS, *headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body, "more_body": False})
