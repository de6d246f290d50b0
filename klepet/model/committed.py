"""What a commit added to the log, with the rows that it touched: handed from the store to whoever delivers it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from klepet.model.events import Event
from klepet.model.views import Contact, Conversation, Message, Operator, PublicOperator, Site, VisitorConversation


@dataclass(slots=True)
class StoredEvent:
    """An event with its place in the log."""

    offset: int
    at: datetime
    event: Event


@dataclass(slots=True)
class Rows:
    """Rows by id, each as operators see it and, where that differs, as visitors do."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    visitor_conversations: dict[UUID, VisitorConversation] = field(default_factory=dict)
    messages: dict[tuple[UUID, int], Message] = field(default_factory=dict)
    contacts: dict[UUID, Contact] = field(default_factory=dict)
    operators: dict[UUID, Operator] = field(default_factory=dict)
    sites: dict[UUID, Site] = field(default_factory=dict)


@dataclass(slots=True)
class Committed:
    """What one commit added to the log, with the rows that it touched as they were at the commit."""

    events: list[StoredEvent]
    rows: Rows


def public_operator(operator: Operator) -> PublicOperator:
    """What a visitor sees of an operator."""
    return PublicOperator(operator.id, operator.name, operator.photo_url)
