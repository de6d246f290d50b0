"""Rows of contacts."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert as insert_into
from sqlalchemy import select, update

from klepet.kit.fold import fold, words
from klepet.model.ports import Reader, Transaction
from klepet.model.views import Contact
from klepet.store.prepared import Prepared
from klepet.store.rows import contacts_by_id
from klepet.store.tables import contacts, visitors

SEARCH_WORDS = 10

_insert = Prepared(insert_into(contacts))


def by_id(reader: Reader, contact_id: UUID) -> Contact | None:
    """One contact."""
    return contacts_by_id(reader, [contact_id]).get(contact_id)


def page(reader: Reader, *, query: str, before: UUID | None, limit: int) -> list[Contact]:
    """Contacts in whose name, address or phone every word of the query stands, newest first."""
    statement = select(contacts.c.id).order_by(contacts.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(contacts.c.id < before)
    for word in words(query, SEARCH_WORDS):
        statement = statement.where(contacts.c.folded.contains(word, autoescape=True))
    ids = list(reader.conn.execute(statement).scalars())
    found = contacts_by_id(reader, ids)
    return [found[contact_id] for contact_id in ids]


def site_ids(reader: Reader, contact_id: UUID) -> list[UUID]:
    """The sites on which a contact was seen."""
    statement = select(visitors.c.site_id).where(visitors.c.contact_id == contact_id).distinct()
    return list(reader.conn.execute(statement).scalars())


def insert(tx: Transaction, contact: Contact) -> None:
    """Add a contact."""
    _insert.run(
        tx,
        id=contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        attributes=contact.attributes,
        folded=folded(contact.name, contact.email, contact.phone),
        created_at=contact.created_at,
    )


def change(
    tx: Transaction,
    contact_id: UUID,
    *,
    name: str | None,
    email: str | None,
    phone: str | None,
    attributes: dict[str, Any],
) -> None:
    """Set what is known of a contact."""
    tx.conn.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(name=name, email=email, phone=phone, attributes=attributes, folded=folded(name, email, phone))
    )


def folded(name: str | None, email: str | None, phone: str | None) -> str:
    """What the search over contacts looks at: folded text, and a phone as its digits alone."""
    digits = "".join(character for character in phone or "" if character.isdigit())
    return fold(" ".join(part for part in (name, email, phone, digits) if part))
