"""Contacts, as operators see them, and everything that is known of one."""

from typing import Any
from uuid import UUID

from klepet.model.errors import NotFound
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Contact, Conversation, Message, Order
from klepet.store import belongings, contacts, conversations, messages, orders, visitors


def contact_for(reader: Reader, principal: OperatorPrincipal, contact_id: UUID) -> Contact:
    """One contact."""
    principal.require(Permission.SEE_CONTACTS)
    contact = contacts.by_id(reader, contact_id)
    if contact is None:
        raise NotFound("there is no such contact")
    return contact


def contacts_for(
    reader: Reader, principal: OperatorPrincipal, query: str, *, before: UUID | None, limit: int
) -> list[Contact]:
    """Contacts in whose name, address or phone every word of the query stands, newest first."""
    principal.require(Permission.SEE_CONTACTS)
    return contacts.page(reader, query=query, before=before, limit=limit)


def visitors_for(
    reader: Reader, principal: OperatorPrincipal, contact_id: UUID, *, before: UUID | None, limit: int
) -> list[Any]:
    """Rows of the browsers through which a contact came, newest first."""
    contact_for(reader, principal, contact_id)
    return visitors.of_contact(reader, contact_id, before=before, limit=limit)


def visits_for(
    reader: Reader, principal: OperatorPrincipal, contact_id: UUID, *, before: UUID | None, limit: int
) -> list[Any]:
    """Rows of a contact's visits, each with its site, newest first."""
    contact_for(reader, principal, contact_id)
    return visitors.visits_of_contact(reader, contact_id, before=before, limit=limit)


def orders_for(
    reader: Reader, principal: OperatorPrincipal, contact_id: UUID, *, before: UUID | None, limit: int
) -> list[Order]:
    """A contact's orders, newest first."""
    contact_for(reader, principal, contact_id)
    return orders.of_contact(reader, contact_id, before=before, limit=limit)


# Everything that is known of a contact, a slice at a time, so that no read takes long.

EXPORT_PARTS = belongings.PARTS
EXPORT_ROWS = 500


def export_slice_for(
    reader: Reader, principal: OperatorPrincipal, contact_id: UUID, part: str, after: Any
) -> tuple[list[dict[str, Any]], Any]:
    """Rows of one part of EXPORT_PARTS, and what to go on after; None when there are no more."""
    contact_for(reader, principal, contact_id)
    return belongings.slice_of(reader, part, contact_id, after=after, limit=EXPORT_ROWS)


def export_conversation_for(
    reader: Reader, principal: OperatorPrincipal, contact_id: UUID, after: UUID | None
) -> Conversation | None:
    """The contact's next conversation in the order of their making."""
    contact_for(reader, principal, contact_id)
    ids = belongings.conversation_ids(reader, contact_id, after=after, limit=1)
    return conversations.by_id(reader, ids[0]) if ids else None


def export_messages_for(
    reader: Reader, principal: OperatorPrincipal, conversation_id: UUID, after: int
) -> list[Message]:
    """The conversation's next messages, notes included: they are about the contact too."""
    principal.require(Permission.SEE_CONTACTS)
    return messages.page(reader, conversation_id, after=after, limit=EXPORT_ROWS, with_notes=True)
