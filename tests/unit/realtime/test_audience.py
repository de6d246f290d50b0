"""Who hears of what: one line for each event; a new one has to be decided here too."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from klepet.model.committed import Rows, StoredEvent
from klepet.model.events import EVENT_TYPES, ConversationMoved, Event
from klepet.model.words import MessageKind
from klepet.realtime import deliveries
from klepet.realtime.audience import Audience, audience_of

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CONTACT, PREVIOUS, STRANGER, CONVERSATION = (UUID(int=number) for number in range(1, 5))
OPERATORS, CONTACT_TOO, EVERYBODY, NOBODY = (
    "operators",
    "operators and the contact",
    "operators and everybody",
    "nobody",
)
HEARD_BY = {
    "conversation.created": CONTACT_TOO,
    "message.sent": CONTACT_TOO,
    "receipt.advanced": CONTACT_TOO,
    "conversation.assigned": CONTACT_TOO,
    "conversation.unassigned": CONTACT_TOO,
    "conversation.closed": CONTACT_TOO,
    "conversation.reopened": CONTACT_TOO,
    "conversation.rated": CONTACT_TOO,
    "conversation.moved": CONTACT_TOO,
    "conversation.erased": CONTACT_TOO,
    "contact.created": OPERATORS,
    "contact.identified": CONTACT_TOO,
    "contact.updated": CONTACT_TOO,
    "contact.erased": OPERATORS,
    "order.reported": OPERATORS,
    "operator.joined": OPERATORS,
    "operator.updated": EVERYBODY,
    "operator.availability_changed": OPERATORS,
    "operator.disabled": OPERATORS,
    "operator.enabled": OPERATORS,
    "site.created": OPERATORS,
    "site.updated": OPERATORS,
    "link.created": NOBODY,
    "link.used": NOBODY,
    "session.started": NOBODY,
    "session.ended": NOBODY,
    "password.changed": NOBODY,
    "site_secret.created": NOBODY,
    "site_secret.revoked": NOBODY,
    "api_token.created": NOBODY,
    "api_token.revoked": NOBODY,
    "webhook.created": NOBODY,
    "webhook.updated": NOBODY,
    "webhook.deleted": NOBODY,
}


def event_of(name: str, **values: Any) -> Event:
    """Some event of this type."""
    kind = EVENT_TYPES[name]
    some: dict[str, Any] = {"contact_id": CONTACT, "conversation_id": CONVERSATION, "previous_contact_id": PREVIOUS}
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name in values or field.name in some:
            given[field.name] = values.get(field.name, some.get(field.name))
        elif field.required:
            given[field.name] = (
                UUID(int=9) if field.type is UUID else 1 if field.type is int else next(iter(field.type))
            )
    return kind(**given)


def streams_of(audience: Audience) -> str:
    if not audience.operators:
        assert audience.contact_id is None
        assert not audience.every_visitor
        return NOBODY
    if audience.every_visitor:
        return EVERYBODY
    return OPERATORS if audience.contact_id is None else CONTACT_TOO


def test_it_was_decided_of_every_event() -> None:
    assert set(HEARD_BY) == set(EVENT_TYPES)


@pytest.mark.parametrize("name", HEARD_BY)
def test_who_hears_of_it(name: str) -> None:
    audience = audience_of(event_of(name))
    assert streams_of(audience) == HEARD_BY[name]
    assert audience.contact_id in (None, CONTACT)


def test_a_note_is_heard_by_operators_only() -> None:
    for kind in MessageKind:
        audience = audience_of(event_of("message.sent", kind=kind))
        assert streams_of(audience) == (OPERATORS if kind is MessageKind.NOTE else CONTACT_TOO)


def test_who_loses_a_conversation_is_told_that_it_is_gone_and_nothing_else() -> None:
    event = event_of("conversation.moved")
    assert isinstance(event, ConversationMoved)
    audience = audience_of(event)
    assert audience.left_contact_id == PREVIOUS
    frame = deliveries.for_visitors(StoredEvent(1, AT, event), Rows(), audience, PREVIOUS)
    assert frame is not None
    assert frame.removed == [CONVERSATION]
    assert not frame.visitor_conversations
    assert not frame.messages


@pytest.mark.parametrize("name", [name for name, heard in HEARD_BY.items() if heard != EVERYBODY])
def test_a_stranger_hears_nothing(name: str) -> None:
    event = event_of(name)
    assert deliveries.for_visitors(StoredEvent(1, AT, event), Rows(), audience_of(event), STRANGER) is None
