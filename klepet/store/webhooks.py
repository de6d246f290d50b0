"""Rows of webhooks and of what was, or is to be, delivered to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import StoredDelivery, Webhook
from klepet.model.words import DeliveryFailure, DeliveryState
from klepet.store.tables import webhook_deliveries, webhooks


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=row.events,
        is_enabled=row.is_enabled,
        created_at=row.created_at,
        old_secret_until=row.old_secret_until,
    )


def _delivery(row: Any) -> StoredDelivery:
    return StoredDelivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_type=row.event_type,
        event=row.event,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status_code=row.status_code,
        error=row.error,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        failure=None if row.failure is None else DeliveryFailure(row.failure),
    )


def by_id(reader: Reader, webhook_id: UUID) -> Webhook | None:
    """One webhook."""
    row = reader.conn.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    return None if row is None else _webhook(row)


def everything(reader: Reader) -> list[Webhook]:
    """All webhooks, in the order of their making; their number is limited."""
    return [_webhook(row) for row in reader.conn.execute(select(webhooks).order_by(webhooks.c.id))]


def enabled(reader: Reader) -> list[Webhook]:
    """The webhooks that are switched on."""
    return [webhook for webhook in everything(reader) if webhook.is_enabled]


def count(reader: Reader) -> int:
    """How many webhooks there are."""
    found: int = reader.conn.execute(select(func.count()).select_from(webhooks)).scalar_one()
    return found


def secrets(reader: Reader, webhook_id: UUID, *, now: datetime) -> list[str]:
    """What a webhook's deliveries are signed with now: its secret, and the one before while that is being replaced."""
    c = webhooks.c
    statement = select(c.secret, c.old_secret, c.old_secret_until).where(c.id == webhook_id)
    row = reader.conn.execute(statement).one_or_none()
    if row is None:
        return []
    is_replacing = row.old_secret is not None and row.old_secret_until > now
    return [row.secret, row.old_secret] if is_replacing else [row.secret]


def replace_secret(tx: Transaction, webhook_id: UUID, secret: str, *, old_until: datetime) -> None:
    """Give a webhook another secret; the one that it has signs too until then."""
    values = {"secret": secret, "old_secret": webhooks.c.secret, "old_secret_until": old_until}
    tx.conn.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))


def insert(tx: Transaction, webhook: Webhook, secret: str) -> None:
    """Add a webhook."""
    tx.conn.execute(
        webhooks.insert().values(
            id=webhook.id,
            url=webhook.url,
            secret=secret,
            events=webhook.events,
            is_enabled=webhook.is_enabled,
            created_at=webhook.created_at,
        )
    )


def change(tx: Transaction, webhook_id: UUID, *, url: str, events: list[str], is_enabled: bool) -> None:
    """Set the columns of a webhook."""
    tx.conn.execute(
        update(webhooks).where(webhooks.c.id == webhook_id).values(url=url, events=events, is_enabled=is_enabled)
    )


def remove(tx: Transaction, webhook_id: UUID) -> None:
    """Remove a webhook whose deliveries are gone."""
    tx.conn.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


def remove_deliveries(tx: Transaction, webhook_id: UUID, *, limit: int) -> int:
    """Remove some deliveries of a webhook; tells how many."""
    some = select(webhook_deliveries.c.id).where(webhook_deliveries.c.webhook_id == webhook_id).limit(limit)
    count: int = tx.conn.execute(delete(webhook_deliveries).where(webhook_deliveries.c.id.in_(some))).rowcount
    return count


def delivery_by_id(reader: Reader, delivery_id: UUID) -> StoredDelivery | None:
    """One delivery."""
    row = reader.conn.execute(select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row)


def deliveries(reader: Reader, webhook_id: UUID, *, before: UUID | None, limit: int) -> list[StoredDelivery]:
    """Deliveries of a webhook, newest first."""
    statement = (
        select(webhook_deliveries)
        .where(webhook_deliveries.c.webhook_id == webhook_id)
        .order_by(webhook_deliveries.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(webhook_deliveries.c.id < before)
    return [_delivery(row) for row in reader.conn.execute(statement)]


def has_delivery(reader: Reader, webhook_id: UUID, event_offset: int) -> bool:
    """Whether an event is on its way to a webhook already."""
    statement = select(webhook_deliveries.c.id).where(
        webhook_deliveries.c.webhook_id == webhook_id, webhook_deliveries.c.event_offset == event_offset
    )
    return reader.conn.execute(statement).first() is not None


def next_test_offset(reader: Reader, webhook_id: UUID) -> int:
    """A place below the log for a delivery that no event caused."""
    statement = select(func.min(webhook_deliveries.c.event_offset)).where(webhook_deliveries.c.webhook_id == webhook_id)
    lowest: int | None = reader.conn.execute(statement).scalar_one_or_none()
    return min(lowest or 0, 0) - 1


def insert_delivery(tx: Transaction, delivery: StoredDelivery, event_offset: int) -> None:
    """Add a delivery."""
    tx.conn.execute(
        webhook_deliveries.insert().values(
            id=delivery.id,
            webhook_id=delivery.webhook_id,
            event_type=delivery.event_type,
            event_offset=event_offset,
            event=delivery.event,
            state=delivery.state,
            attempts=delivery.attempts,
            status_code=delivery.status_code,
            error=delivery.error,
            created_at=delivery.created_at,
            next_attempt_at=delivery.next_attempt_at,
        )
    )


def change_delivery(tx: Transaction, delivery_id: UUID, **values: Any) -> None:
    """Set columns of a delivery."""
    tx.conn.execute(update(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id).values(**values))


def prune_deliveries(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Remove deliveries that ended long ago; tells how many."""
    old = (
        select(webhook_deliveries.c.id)
        .where(
            webhook_deliveries.c.created_at < before,
            webhook_deliveries.c.state.in_([DeliveryState.DELIVERED, DeliveryState.PARKED]),
        )
        .limit(limit)
    )
    count: int = tx.conn.execute(delete(webhook_deliveries).where(webhook_deliveries.c.id.in_(old))).rowcount
    return count
