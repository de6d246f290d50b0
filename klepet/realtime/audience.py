"""Which streams an event goes to: one pure function of the event. Notes and other people's data never reach a
visitor.
"""

from uuid import UUID

from msgspec import Struct

from klepet.model.events import (
    AdminEvent,
    ContactCreated,
    ContactErased,
    ContactEvent,
    ConversationErased,
    ConversationEvent,
    ConversationMoved,
    Event,
    MessageSent,
    OperatorUpdated,
    OrderReported,
)
from klepet.model.words import MessageKind


class Audience(Struct, frozen=True):
    """Whom an event concerns. `contact_id` names the visitors' stream; `left_contact_id` the one that loses the
    conversation.
    """

    operators: bool = True
    contact_id: UUID | None = None
    left_contact_id: UUID | None = None
    every_visitor: bool = False
    is_removal: bool = False


def audience_of(event: Event) -> Audience:
    """The audience of an event."""
    if type(event) is MessageSent and event.kind is not MessageKind.NOTE:  # nearly all there are: asked first
        return Audience(contact_id=event.contact_id)
    match event:
        case MessageSent(kind=MessageKind.NOTE):
            return Audience()
        case ConversationMoved():
            return Audience(contact_id=event.contact_id, left_contact_id=event.previous_contact_id)
        case ConversationErased():
            return Audience(contact_id=event.contact_id, is_removal=True)
        case ConversationEvent():
            return Audience(contact_id=event.contact_id)
        case ContactCreated() | ContactErased() | OrderReported():
            return Audience()
        case ContactEvent():
            return Audience(contact_id=event.contact_id)
        case OperatorUpdated():
            return Audience(every_visitor=True)
        case AdminEvent():
            return Audience(operators=False)
    return Audience()
