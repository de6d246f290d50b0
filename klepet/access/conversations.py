"""Conversations as operators and visitors may see them. The only way to reach one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from klepet.model.committed import public_operator
from klepet.model.errors import NotFound
from klepet.model.frames import OperatorState, VisitorState
from klepet.model.limits import ORDERS_SHOWN, TRANSCRIPT_PAGE
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.views import Contact, Conversation, Message, Order, Visitor, VisitorConversation
from klepet.model.words import ConversationView
from klepet.store import contacts, conversations, messages, orders, rows, visitors


class Details(Struct, frozen=True):
    """What the panel beside a conversation shows."""

    conversation: Conversation
    contact: Contact
    visitor: Visitor
    orders: list[Order]
    visits: list[Any]
    other_conversations: list[Conversation]


def conversation_for(reader: Reader, principal: OperatorPrincipal, conversation_id: UUID) -> Conversation:
    """One conversation. Raises NotFound."""
    principal.require(Permission.ANSWER)
    found = conversations.by_id(reader, conversation_id)
    if found is None:
        raise NotFound("there is no such conversation")
    return found


def conversations_for(
    reader: Reader,
    principal: OperatorPrincipal,
    view: ConversationView,
    *,
    site_id: UUID | None,
    contact_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[Conversation, datetime]]:
    """A page of a list, last activity first, each with the instant that a cursor continues from."""
    principal.require(Permission.ANSWER)
    return conversations.page(
        reader,
        view,
        operator_id=principal.operator_id,
        site_id=site_id,
        contact_id=contact_id,
        before=before,
        limit=limit,
    )


def contacts_of(reader: Reader, principal: OperatorPrincipal, found: list[Conversation]) -> list[Contact]:
    """The contacts of these conversations."""
    return list(rows.contacts_by_id(reader, {conversation.contact_id for conversation in found}).values())


def details_for(reader: Reader, principal: OperatorPrincipal, conversation_id: UUID) -> Details:
    """A conversation with everything around it."""
    found = conversation_for(reader, principal, conversation_id)
    contact = contacts.by_id(reader, found.contact_id)
    visitor = visitors.by_id(reader, found.visitor_id)
    if contact is None or visitor is None:
        raise NotFound("there is no such conversation")
    others = conversations.of_contact(reader, found.contact_id)
    return Details(
        found,
        contact,
        visitors.view(reader, visitor),
        orders.of_contact(reader, found.contact_id, limit=ORDERS_SHOWN),
        visitors.visits_of(reader, found.visitor_id),
        [conversations.view_of(row) for row in others if row.id != conversation_id],
    )


def messages_for(
    reader: Reader,
    principal: Principal,
    conversation_id: UUID,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = TRANSCRIPT_PAGE,
) -> list[Message]:
    """A page of a transcript, ascending. Visitors get no notes."""
    is_operator = isinstance(principal, OperatorPrincipal)
    if isinstance(principal, VisitorPrincipal):
        visitor_conversation_for(reader, principal, conversation_id)
    else:
        conversation_for(reader, principal, conversation_id)
    return messages.page(reader, conversation_id, before=before, after=after, limit=limit, with_notes=is_operator)


def visitor_conversation_for(reader: Reader, principal: VisitorPrincipal, conversation_id: UUID) -> VisitorConversation:
    """One conversation of a visitor's own. Raises NotFound."""
    row = conversations.rows_by_id(reader, [conversation_id]).get(conversation_id)
    if row is None or row.contact_id != principal.contact_id or row.site_id != principal.site_id:
        raise NotFound("there is no such conversation")
    return conversations.visitor_view_of(row)


def visitor_state_for(reader: Reader, principal: VisitorPrincipal) -> VisitorState:
    """A visitor's snapshot."""
    found = conversations.of_contact(reader, principal.contact_id, site_id=principal.site_id)
    ids = [row.id for row in found]
    lines = messages.page(reader, ids[0], with_notes=False) if ids else []
    authors = set(messages.authors_of(reader, ids)) if ids else set()
    authors |= {row.assignee_id for row in found if row.assignee_id is not None}
    people = rows.operators_by_id(reader, authors)
    contact = contacts.by_id(reader, principal.contact_id)
    if contact is None:
        raise NotFound("there is no such visitor")
    return VisitorState(
        [conversations.visitor_view_of(row) for row in found],
        lines,
        [public_operator(operator) for operator in people.values()],
        contact,
    )


def operator_state_for(reader: Reader, principal: OperatorPrincipal, transcripts: list[UUID]) -> OperatorState:
    """An operator's snapshot, with the last page of the transcripts that are open."""
    principal.require(Permission.ANSWER)
    found = conversations.open_ones(reader)
    return OperatorState(
        conversations=found,
        contacts=contacts_of(reader, principal, found),
        operators=rows.every_operator(reader),
        sites=list(rows.sites_by_id(reader).values()),
        messages=[message for id_ in transcripts for message in messages.page(reader, id_, with_notes=True)],
        open_count=conversations.count_open(reader),
    )


def visitor_of_token(reader: Reader, token_hash: bytes) -> VisitorPrincipal | None:
    """The visitor with this token."""
    row = visitors.by_hash(reader, token_hash)
    return None if row is None else VisitorPrincipal(row.id, row.contact_id, row.site_id)


def user_id_of(reader: Reader, visitor: VisitorPrincipal) -> str | None:
    """The site's own id of the customer that a visitor was identified as."""
    contact = contacts.by_id(reader, visitor.contact_id)
    return None if contact is None else contact.user_id
