"""Forgets what has served its time: remembered answers, ended sessions, old links, deliveries and parked jobs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from klepet.actions import bookkeeping
from klepet.actions.erasure import prune_erasures
from klepet.model.limits import ERASE_ROWS
from klepet.model.ports import Clock, Database, Ids, Transaction

Prune = Callable[[Transaction, datetime, int], int]


class PruneRecords:
    """The job, run every hour. Small units at low priority, so that nobody waits for it."""

    kind = "prune_records"
    interval_seconds = 3_600.0
    attempts = 3
    delays: tuple[float, ...] = (60.0, 300.0)

    def __init__(self, session_idle: timedelta) -> None:
        self._session_idle = session_idle

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Remove what is outdated, a slice at a time."""
        now = clock.now()
        for prune in self._prunings():
            while await db.write(lambda tx, prune=prune: prune(tx, now, ERASE_ROWS), is_urgent=False) == ERASE_ROWS:  # type: ignore[misc]
                pass

    def _prunings(self) -> tuple[Prune, ...]:
        def sessions(tx: Transaction, now: datetime, limit: int) -> int:
            return bookkeeping.prune_sessions(tx, unused_since=now - self._session_idle, now=now, limit=limit)

        return (
            lambda tx, now, limit: bookkeeping.prune_answers(tx, now=now, limit=limit),
            sessions,
            lambda tx, now, limit: bookkeeping.prune_links(tx, now=now, limit=limit),
            lambda tx, now, limit: bookkeeping.prune_deliveries(tx, now=now, limit=limit),
            lambda tx, now, limit: bookkeeping.prune_parked_jobs(tx, now=now, limit=limit),
            lambda tx, now, limit: prune_erasures(tx, now=now, limit=limit),
        )
