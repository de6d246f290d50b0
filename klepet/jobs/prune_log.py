"""Forgets the event log by age: it is for delivery, not history."""

from datetime import timedelta
from typing import Any

from klepet.actions.bookkeeping import prune_log
from klepet.model.limits import ERASE_ROWS
from klepet.model.ports import Clock, Database, Ids


class PruneLog:
    """The job, run every hour at low priority."""

    kind = "prune_log"
    interval_seconds = 3_600.0
    attempts = 3
    delays: tuple[float, ...] = (60.0, 300.0)

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Remove what is outdated, a slice at a time."""
        before = clock.now() - self._kept
        while await db.write(lambda tx: prune_log(tx, before=before, limit=ERASE_ROWS), is_urgent=False):
            pass
