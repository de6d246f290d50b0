"""Holding, closing, reopening and rating conversations."""

from datetime import datetime
from uuid import UUID

from klepet.actions.transcripts import Transcripts
from klepet.model.errors import Conflict, Invalid
from klepet.model.events import ConversationRated
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.views import SystemFact
from klepet.model.words import SystemLine
from klepet.store import conversations, operators


def assign_conversation(
    tx: Transaction,
    principal: OperatorPrincipal,
    conversation_id: UUID,
    operator_id: UUID,
    *,
    now: datetime,
    ids: Ids,
) -> None:
    """Accept a queued conversation, or give one to a colleague. Taking it from another needs the permission to
    reassign.
    """
    principal.require(Permission.ANSWER)
    work = Transcripts.of(tx, ids, conversation_id)
    state = work.state_for(principal, conversation_id)
    if operator_id != principal.operator_id or state.assignee_id not in (None, principal.operator_id):
        principal.require(Permission.REASSIGN)
    operator = operators.by_id(tx, operator_id)
    if operator is None or operator.is_disabled:
        raise Invalid("there is no such operator", field="operator_id")
    work.assign(state, operator_id, operator.name, now=now)
    work.write()


def require_holder(tx: Transaction, conversation_id: UUID, held_by: UUID | None, taker_id: UUID) -> None:
    """Refuse with Conflict where somebody was faster: neither who held it, as the screen showed, nor the taker does."""
    found = conversations.by_id(tx, conversation_id)
    if found is not None and found.assignee_id not in (held_by, taker_id):
        raise Conflict("somebody else holds the conversation by now", field="held_by")


def unassign_conversation(
    tx: Transaction, principal: OperatorPrincipal, conversation_id: UUID, *, now: datetime, ids: Ids
) -> None:
    """Put a conversation back into the queue."""
    principal.require(Permission.ANSWER)
    work = Transcripts.of(tx, ids, conversation_id)
    state = work.state_for(principal, conversation_id)
    if state.assignee_id not in (None, principal.operator_id):
        principal.require(Permission.REASSIGN)
    holder = operators.by_id(tx, state.assignee_id) if state.assignee_id else None
    work.unassign(state, holder.name if holder else "", now=now)
    work.write()


def close_conversation(
    tx: Transaction, principal: Principal, conversation_id: UUID, *, now: datetime, ids: Ids
) -> None:
    """Close a conversation, for either side."""
    if isinstance(principal, OperatorPrincipal):
        principal.require(Permission.ANSWER)
    work = Transcripts.of(tx, ids, conversation_id)
    work.close(work.state_for(principal, conversation_id), principal, now=now)
    work.write()


def reopen_conversation(
    tx: Transaction, principal: OperatorPrincipal, conversation_id: UUID, *, now: datetime, ids: Ids
) -> None:
    """Reopen a closed conversation; the operator who does holds it."""
    principal.require(Permission.ANSWER)
    work = Transcripts.of(tx, ids, conversation_id)
    work.reopen(work.state_for(principal, conversation_id), principal, now=now)
    work.write()


def rate_conversation(
    tx: Transaction,
    principal: VisitorPrincipal,
    conversation_id: UUID,
    *,
    score: int,
    comment: str,
    now: datetime,
    ids: Ids,
) -> None:
    """Rate a conversation; a second rating replaces the first. The same rating again changes nothing."""
    work = Transcripts.of(tx, ids, conversation_id)
    state = work.state_for(principal, conversation_id)
    found = conversations.by_id(tx, conversation_id)
    if found is not None and (found.rating, found.rating_comment or "") == (score, comment):
        return
    conversations.change(tx, conversation_id, rating=score, rating_comment=comment or None)
    tx.record(
        ConversationRated(conversation_id=state.id, contact_id=state.contact_id, site_id=state.site_id, score=score)
    )
    work.add_system_line(state, SystemFact(SystemLine.RATED, score=score), now=now)
    work.write()
