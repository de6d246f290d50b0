"""Erasing for good: the text, what search knows of it, the log's events, and every row that belonged to it.

A unit removes at most ERASE_ROWS rows, so that nobody waits for it; the edge repeats it until all is gone. A job is
enqueued with the first, and finishes the work should the server stop in between.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from klepet.model.errors import NotFound
from klepet.model.events import ContactErased, ConversationErased
from klepet.model.limits import ERASE_ROWS
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.words import ErasureSubject
from klepet.store import answers, belongings, contacts, conversations, erasures, jobs, search

JOB_KIND = "finish_erasure"
JOB_WAITS = timedelta(minutes=2)
ERASURES_KEPT = timedelta(days=365)

Removal = Callable[[int], int]


def begin_erasing_conversation(
    tx: Transaction, principal: OperatorPrincipal, conversation_id: UUID, *, now: datetime, ids: Ids
) -> None:
    """See that the conversation may be erased, and that it will be, whatever happens. `erase_conversation` follows."""
    principal.require(Permission.ERASE_CONTACTS)
    if conversations.by_id(tx, conversation_id) is None:
        raise NotFound("there is no such conversation")
    payload = {"conversation_id": str(conversation_id)}
    jobs.enqueue(tx, conversation_id, JOB_KIND, payload, run_at=now + JOB_WAITS)
    by = principal.operator_id
    erasures.begin(tx, ids(), ErasureSubject.CONVERSATION, conversation_id, by_operator_id=by, now=now)


def begin_erasing_contact(
    tx: Transaction, principal: OperatorPrincipal, contact_id: UUID, *, now: datetime, ids: Ids
) -> None:
    """See that the contact may be erased, and that it will be, whatever happens. `erase_contact` follows."""
    principal.require(Permission.ERASE_CONTACTS)
    if contacts.by_id(tx, contact_id) is None:
        raise NotFound("there is no such contact")
    jobs.enqueue(tx, contact_id, JOB_KIND, {"contact_id": str(contact_id)}, run_at=now + JOB_WAITS)
    by = principal.operator_id
    erasures.begin(tx, ids(), ErasureSubject.CONTACT, contact_id, by_operator_id=by, now=now)


def erase_conversation(tx: Transaction, conversation_id: UUID, *, now: datetime) -> bool:
    """Remove some of what belongs to the conversation, and last itself; tells whether it is gone."""
    conversation = conversations.by_id(tx, conversation_id)
    if conversation is None:
        return _finish(tx, conversation_id, now)
    if not _remove(_of_conversation(tx, conversation_id, conversation.contact_id)):
        return False
    _forget_conversation(tx, conversation_id, conversation.contact_id, conversation.site_id)
    return _finish(tx, conversation_id, now)


def erase_contact(tx: Transaction, contact_id: UUID, *, now: datetime) -> bool:
    """Remove some of what belongs to the contact, and last itself; tells whether it is gone."""
    if contacts.by_id(tx, contact_id) is None:
        return _finish(tx, contact_id, now)
    ids = belongings.conversation_ids(tx, contact_id, limit=1)
    if ids:
        erase_conversation(tx, ids[0], now=now)
        return False
    if not _remove(_of_contact(tx, contact_id)):
        return False
    answers.forget_about(tx, contact_id)
    belongings.remove_contact(tx, contact_id)
    tx.record(ContactErased(contact_id=contact_id))
    return _finish(tx, contact_id, now)


def prune_erasures(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Forget that something was erased a year ago; tells how many."""
    return erasures.prune(tx, before=now - ERASURES_KEPT, limit=limit)


def _finish(tx: Transaction, subject_id: UUID, now: datetime) -> bool:
    jobs.finish(tx, subject_id)
    erasures.finish(tx, subject_id, now=now)
    return True


def _remove(removals: Iterator[Removal]) -> bool:
    """Remove at most ERASE_ROWS rows in order; tells whether nothing is left."""
    room = ERASE_ROWS
    for remove in removals:
        room -= remove(room)
        if room <= 0:
            return False
    return True


def _of_conversation(tx: Transaction, conversation_id: UUID, contact_id: UUID) -> Iterator[Removal]:
    yield lambda limit: search.forget(tx, conversation_id, limit=limit)
    yield lambda limit: belongings.remove_messages(tx, conversation_id, limit=limit)
    yield lambda limit: belongings.remove_assignments(tx, conversation_id, limit=limit)
    yield lambda limit: belongings.remove_events(tx, contact_id, conversation_id=conversation_id, limit=limit)


def _of_contact(tx: Transaction, contact_id: UUID) -> Iterator[Removal]:
    for part in belongings.REMOVED_IN_ORDER:
        yield lambda limit, part=part: belongings.remove_part(tx, part, contact_id, limit=limit)  # type: ignore[misc]
    yield lambda limit: belongings.remove_events(tx, contact_id, limit=limit)


def _forget_conversation(tx: Transaction, conversation_id: UUID, contact_id: UUID, site_id: UUID) -> None:
    answers.forget_about(tx, conversation_id)
    belongings.remove_conversation(tx, conversation_id)
    tx.record(ConversationErased(conversation_id=conversation_id, contact_id=contact_id, site_id=site_id))
