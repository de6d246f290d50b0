"""Forgetting by age who never said anything: visits, and visitors who opened the chat and wrote nothing.

Whoever wrote, ordered, was identified, or left a name or address stays until somebody erases it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from klepet.actions.erasure import erase_contact
from klepet.model.ports import Reader, Transaction
from klepet.store import silence


def old_visits(reader: Reader, *, before: datetime, after: UUID | None, limit: int) -> tuple[list[UUID], UUID | None]:
    """Visits that ended before an instant, among the next ones, and where to go on, if there are more."""
    return silence.old_visits(reader, before=before, after=after, limit=limit)


def forget_visits(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Remove visits whose pages were forgotten."""
    silence.remove_visits(tx, ids)


def silent_contacts(
    reader: Reader, *, before: datetime, after: UUID | None, limit: int
) -> tuple[list[UUID], UUID | None]:
    """Contacts not seen since an instant who never said anything, among the next ones, and where to go on."""
    return silence.silent_contacts(reader, before=before, after=after, limit=limit)


def forget_contact(tx: Transaction, contact_id: UUID, *, before: datetime, now: datetime) -> bool:
    """Remove some of what belongs to a contact that is still silent; tells whether nothing is left to do."""
    if not silence.are_silent(tx, [contact_id], before=before):
        return True
    return erase_contact(tx, contact_id, now=now)
