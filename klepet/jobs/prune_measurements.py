"""Forgets measurements by age: the pages that visitors opened, and what happened on the sites."""

from datetime import timedelta
from typing import Any

from klepet.actions.bookkeeping import prune_measurements
from klepet.model.limits import ERASE_ROWS
from klepet.model.ports import Clock, Database, Ids


class PruneMeasurements:
    """The job, run every hour at low priority."""

    kind = "prune_measurements"
    interval_seconds = 3_600.0
    attempts = 3
    delays: tuple[float, ...] = (60.0, 300.0)

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Remove what is outdated, a slice at a time."""
        before = clock.now() - self._kept
        while await db.write(lambda tx: prune_measurements(tx, before=before, limit=ERASE_ROWS), is_urgent=False):
            pass
