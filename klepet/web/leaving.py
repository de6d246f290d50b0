"""Visitors who left and did not come back: operators are told at once, and the store learns until when they stayed."""

from datetime import datetime
from uuid import UUID

from klepet.actions.visitors import note_leaving
from klepet.web.session import Desk

SLICE = 250


def sweep_presence(desk: Desk) -> None:
    """Tell of everybody whose time for coming back is over."""
    gone, now = desk.hub.sweep(), desk.parts.clock.now()
    for at in range(0, len(gone), SLICE):
        desk.spawn(_note(desk, gone[at : at + SLICE], now))


async def _note(desk: Desk, visitor_ids: list[UUID], now: datetime) -> None:
    await desk.parts.db.write(lambda tx: note_leaving(tx, visitor_ids, now=now), is_urgent=False)
