"""Forgets visits by age, and visitors who opened the chat, said nothing, and were not seen for as long."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from klepet.actions import forgetting
from klepet.model.limits import ERASE_ROWS
from klepet.model.ports import Clock, Database, Ids


class PruneVisitors:
    """The job, run every day: readers find what is outdated, small units at low priority remove it."""

    kind = "prune_visitors"
    interval_seconds = 86_400.0
    attempts = 3
    delays: tuple[float, ...] = (60.0, 300.0)

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Remove what is outdated, a slice at a time."""
        before = clock.now() - self._kept
        last: UUID | None = None
        while True:
            found, last = await db.read(
                lambda r, last=last: forgetting.old_visits(r, before=before, after=last, limit=ERASE_ROWS)  # type: ignore[misc]
            )
            if found:
                await db.write(lambda tx, found=found: forgetting.forget_visits(tx, found), is_urgent=False)  # type: ignore[misc]
            if last is None:
                break
        while True:
            found, last = await db.read(
                lambda r, last=last: forgetting.silent_contacts(r, before=before, after=last, limit=ERASE_ROWS)  # type: ignore[misc]
            )
            for contact_id in found:
                while not await db.write(
                    lambda tx, contact_id=contact_id: forgetting.forget_contact(  # type: ignore[misc]
                        tx, contact_id, before=before, now=clock.now()
                    ),
                    is_urgent=False,
                ):
                    pass
            if last is None:
                break
