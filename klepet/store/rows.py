"""Joins the rows that events touched. Used twice: by the writer just before the commit, and by whoever catches
up from the log.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select

from klepet.model.committed import Rows
from klepet.model.events import (
    ContactErased,
    ContactEvent,
    ConversationCreated,
    ConversationErased,
    ConversationEvent,
    ConversationMoved,
    ConversationReopened,
    Event,
    MessageSent,
    OperatorEvent,
    SiteEvent,
)
from klepet.model.ports import Reader
from klepet.model.views import Contact, Message, Operator, Site
from klepet.model.words import Availability, Role
from klepet.store import messages, states
from klepet.store.column_types import instant_of, uuid_of
from klepet.store.statements import Lookup
from klepet.store.tables import operators, sites

_contacts = Lookup(
    "SELECT c.id, c.name, c.email, c.phone, i.address, c.attributes, c.created_at"
    " FROM contacts c LEFT JOIN identities i ON i.contact_id = c.id",
    {"c.id": "uuid"},
)
_decode_attributes = msgspec.json.Decoder(dict[str, Any]).decode
_o = operators.c
_select_operators = select(
    _o.id, _o.name, _o.email, _o.role, _o.photo_file, _o.availability, _o.disabled_at, _o.language, _o.created_at
)
# The message path: who answered is joined with every message of theirs.
OPERATORS = Lookup(
    "SELECT id, name, email, role, photo_file, availability, disabled_at, language, created_at FROM operators",
    {"id": "uuid"},
)
_select_sites = select(sites.c.id, sites.c.key, sites.c.name, sites.c.settings, sites.c.created_at)


def operator_of(row: Row[Any]) -> Operator:
    """An operator's row as colleagues see it."""
    return Operator(
        id=row.id,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        photo_url=photo_url(row.photo_file),
        availability=Availability(row.availability),
        is_disabled=row.disabled_at is not None,
        language=row.language,
        created_at=row.created_at,
    )


def photo_url(file: str | None) -> str | None:
    """Where a photo is served; relative to the installation's public address."""
    return None if file is None else f"/photos/{file}"


def contacts_by_id(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Contacts by id; missing ones are left out."""
    found = {}
    for id_, name, email, phone, user_id, attributes, created_at in _contacts.rows(
        reader.conn, [(id_,) for id_ in ids]
    ):
        contact = Contact(
            uuid_of(id_), name, email, phone, user_id, _decode_attributes(attributes), instant_of(created_at)
        )
        found[contact.id] = contact
    return found


def operators_by_id(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Operator]:
    """Operators by id; missing ones are left out."""
    ahead: dict[UUID, Operator] = getattr(reader, "operators", {})
    wanted = list(ids)
    found = {id_: ahead[id_] for id_ in wanted if id_ in ahead}
    missing = [(id_,) for id_ in wanted if id_ not in found]
    return found | operators_by_key(OPERATORS.rows(reader.conn, missing))


def operators_by_key(found: Iterable[tuple[Any, ...]]) -> dict[UUID, Operator]:
    """Rows of `OPERATORS`, by id."""
    operators = {}
    for row in found:
        operator = Operator(
            id=uuid_of(row[0]),
            name=row[1],
            email=row[2],
            role=Role(row[3]),
            photo_url=photo_url(row[4]),
            availability=Availability(row[5]),
            is_disabled=row[6] is not None,
            language=row[7],
            created_at=instant_of(row[8]),
        )
        operators[operator.id] = operator
    return operators


def every_operator(reader: Reader) -> list[Operator]:
    """All operators, in order of their joining."""
    return [operator_of(row) for row in reader.conn.execute(_select_operators.order_by(_o.created_at, _o.id))]


def sites_by_id(reader: Reader, ids: Iterable[UUID] | None = None) -> dict[UUID, Site]:
    """Sites by id, or all of them; in order of their making."""
    if ids is None:
        query = _select_sites
    else:
        wanted = list(ids)
        if not wanted:
            return {}
        query = _select_sites.where(sites.c.id.in_(wanted))
    found = reader.conn.execute(query.order_by(sites.c.created_at, sites.c.id))
    return {row.id: Site(row.id, row.key, row.name, row.settings, row.created_at) for row in found}


def join_rows(
    reader: Reader, events: Iterable[Event], written: Mapping[tuple[UUID, int], Message] | None = None
) -> Rows:
    """All rows that these events touched, as they are in this snapshot. `written` holds messages already at hand."""
    at_hand = written or {}
    conversation_ids: set[UUID] = set()
    message_keys: list[tuple[UUID, int]] = []
    contact_ids: set[UUID] = set()
    operator_ids: set[UUID] = set()
    site_ids: set[UUID] = set()
    for event in events:
        if isinstance(event, ConversationEvent):
            if not isinstance(event, ConversationErased):
                conversation_ids.add(event.conversation_id)
            if isinstance(event, MessageSent):
                message_keys.append((event.conversation_id, event.seq))
            elif isinstance(event, ConversationCreated | ConversationMoved | ConversationReopened):
                contact_ids.add(event.contact_id)
            operator_id = getattr(event, "operator_id", None)
            if operator_id is not None:
                operator_ids.add(operator_id)
        elif isinstance(event, ContactEvent):
            if not isinstance(event, ContactErased):
                contact_ids.add(event.contact_id)
        elif isinstance(event, OperatorEvent):
            operator_ids.add(event.operator_id)
        elif isinstance(event, SiteEvent):
            site_ids.add(event.site_id)
    found = Rows()
    for conversation, visitor_conversation in states.views_by_id(reader, conversation_ids):
        found.conversations[conversation.id] = conversation
        found.visitor_conversations[conversation.id] = visitor_conversation
    missing = [key for key in message_keys if key not in at_hand]
    found.messages = {key: at_hand[key] for key in message_keys if key in at_hand}
    for message in messages.by_keys(reader, missing):
        found.messages[(message.conversation_id, message.seq)] = message
    found.contacts = contacts_by_id(reader, contact_ids)
    found.operators = operators_by_id(reader, operator_ids)
    found.sites = sites_by_id(reader, site_ids)
    return found
