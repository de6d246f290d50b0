"""Makes the frame that carries an event to operators or to visitors, with the rows that each may see."""

from uuid import UUID

from klepet.model.committed import Rows, StoredEvent, public_operator
from klepet.model.events import (
    ContactEvent,
    ConversationErased,
    ConversationEvent,
    ConversationMoved,
    Event,
    MessageSent,
    OperatorEvent,
    SiteEvent,
)
from klepet.model.frames import Delivery
from klepet.model.views import Message
from klepet.realtime.audience import Audience


def for_operators(item: StoredEvent, rows: Rows) -> Delivery:
    """The frame for operators."""
    event = item.event
    if type(event) is MessageSent and event.contact_id not in rows.contacts:  # nearly all there are
        conversation = rows.conversations.get(event.conversation_id)
        return Delivery(
            offset=item.offset,
            event=event,
            conversations=[conversation] if conversation else [],
            messages=_messages(event, rows),
        )
    conversation = rows.conversations.get(event.conversation_id) if isinstance(event, ConversationEvent) else None
    contact = rows.contacts.get(event.contact_id) if isinstance(event, ConversationEvent | ContactEvent) else None
    operator = rows.operators.get(event.operator_id) if isinstance(event, OperatorEvent) else None
    site = rows.sites.get(event.site_id) if isinstance(event, SiteEvent) else None
    return Delivery(
        offset=item.offset,
        event=event,  # type: ignore[arg-type]  # every Event class is a member of AnyEvent
        conversations=[conversation] if conversation else [],
        messages=_messages(event, rows),
        contacts=[contact] if contact else [],
        operators=[operator] if operator else [],
        sites=[site] if site else [],
        removed=[event.conversation_id] if isinstance(event, ConversationErased) else [],
    )


def for_visitors(item: StoredEvent, rows: Rows, audience: Audience, contact_id: UUID | None) -> Delivery | None:
    """The frame for the stream of a contact; None where it is none of that stream's business."""
    event = item.event
    if audience.left_contact_id is not None and audience.left_contact_id == contact_id:
        assert isinstance(event, ConversationMoved)
        return Delivery(offset=item.offset, event=event, removed=[event.conversation_id])
    if not audience.every_visitor and audience.contact_id != contact_id:
        return None
    conversation = (
        rows.visitor_conversations.get(event.conversation_id) if isinstance(event, ConversationEvent) else None
    )
    contact = rows.contacts.get(event.contact_id) if isinstance(event, ContactEvent) else None
    operator_id = getattr(event, "operator_id", None)
    operator = rows.operators.get(operator_id) if operator_id is not None else None
    return Delivery(
        offset=item.offset,
        event=event,  # type: ignore[arg-type]  # every Event class is a member of AnyEvent
        visitor_conversations=[conversation] if conversation else [],
        messages=_messages(event, rows),
        contacts=[contact] if contact else [],
        public_operators=[public_operator(operator)] if operator else [],
        removed=[event.conversation_id] if isinstance(event, ConversationErased) else [],
    )


def _messages(event: Event, rows: Rows) -> list[Message]:
    if not isinstance(event, MessageSent):
        return []
    message = rows.messages.get((event.conversation_id, event.seq))
    return [] if message is None else [message]
