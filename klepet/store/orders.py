"""Rows of orders, as shops report them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.views import Order
from klepet.store.tables import orders


def _view(row: Any) -> Order:
    return Order(
        id=row.id,
        site_id=row.site_id,
        contact_id=row.contact_id,
        conversation_id=row.conversation_id,
        external_id=row.external_id,
        value=row.value,
        currency=row.currency,
        items=row.items,
        created_at=row.created_at,
    )


def by_id(reader: Reader, order_id: UUID) -> Order | None:
    """One order."""
    row = reader.conn.execute(select(orders).where(orders.c.id == order_id)).one_or_none()
    return None if row is None else _view(row)


def by_external_id(reader: Reader, site_id: UUID, external_id: str) -> Order | None:
    """The order that a site calls by this id."""
    statement = select(orders).where(orders.c.site_id == site_id, orders.c.external_id == external_id)
    row = reader.conn.execute(statement).one_or_none()
    return None if row is None else _view(row)


def of_contact(reader: Reader, contact_id: UUID, *, before: UUID | None = None, limit: int) -> list[Order]:
    """A contact's orders, newest first, from the newest or from before one."""
    statement = select(orders).where(orders.c.contact_id == contact_id).order_by(orders.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(orders.c.id < before)
    return [_view(row) for row in reader.conn.execute(statement)]


def insert(tx: Transaction, order: Order) -> None:
    """Add an order."""
    tx.conn.execute(
        orders.insert().values(
            id=order.id,
            site_id=order.site_id,
            external_id=order.external_id,
            contact_id=order.contact_id,
            conversation_id=order.conversation_id,
            value=order.value,
            currency=order.currency,
            items=order.items,
            created_at=order.created_at,
        )
    )


def move(tx: Transaction, from_contact_id: UUID, to_contact_id: UUID) -> None:
    """Hand all orders of one contact to another."""
    tx.conn.execute(update(orders).where(orders.c.contact_id == from_contact_id).values(contact_id=to_contact_id))
