"""Rows of identities: a contact's addresses, each within one inbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from klepet.model.ports import Reader, Transaction
from klepet.store.tables import identities


def contact_id_of(reader: Reader, inbox_id: UUID, address: str) -> UUID | None:
    """Whose address this is."""
    statement = select(identities.c.contact_id).where(
        identities.c.inbox_id == inbox_id, identities.c.address == address
    )
    found: UUID | None = reader.conn.execute(statement).scalar_one_or_none()
    return found


def insert(tx: Transaction, inbox_id: UUID, address: str, contact_id: UUID, now: datetime) -> None:
    """Give a contact an address."""
    tx.conn.execute(
        identities.insert().values(inbox_id=inbox_id, address=address, contact_id=contact_id, created_at=now)
    )


def move(tx: Transaction, from_contact_id: UUID, to_contact_id: UUID) -> None:
    """Hand all addresses of one contact to another."""
    tx.conn.execute(
        update(identities).where(identities.c.contact_id == from_contact_id).values(contact_id=to_contact_id)
    )
