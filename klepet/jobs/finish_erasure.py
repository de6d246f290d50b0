"""Finishes an erasure that the server was stopped in. Enqueued with each erasure; removed when it is done."""

from typing import Any
from uuid import UUID

from klepet.actions.erasure import JOB_KIND, erase_contact, erase_conversation
from klepet.model.ports import Clock, Database, Ids


class FinishErasure:
    """The job."""

    kind = JOB_KIND
    attempts = 10
    delays: tuple[float, ...] = (10.0, 60.0, 600.0)

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Remove slice after slice until nothing is left."""
        subject = UUID(payload.get("contact_id") or payload["conversation_id"])
        erase = erase_contact if "contact_id" in payload else erase_conversation
        while not await db.write(lambda tx: erase(tx, subject, now=clock.now()), is_urgent=False):
            pass
