"""Puts back into the queue what a disabled operator held, should the server have been stopped before it did. Enqueued
with the disabling; removed when it is done.
"""

from typing import Any
from uuid import UUID

from klepet.actions.operators import JOB_KIND, release_conversations
from klepet.model.ports import Clock, Database, Ids


class ReleaseConversations:
    """The job."""

    kind = JOB_KIND
    attempts = 10
    delays: tuple[float, ...] = (10.0, 60.0, 600.0)

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Release some after some until none is left."""
        operator_id = UUID(payload["operator_id"])
        while await db.write(
            lambda tx: release_conversations(tx, operator_id, now=clock.now(), ids=ids), is_urgent=False
        ):
            pass
