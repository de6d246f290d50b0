"""Webhooks and their deliveries, as owners see them; and what a delivery carries when it is sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from klepet.model.errors import NotFound
from klepet.model.events import AnyEvent, Event
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import StoredDelivery, Webhook, WebhookPayload
from klepet.store import contacts, orders, rows, webhooks

_decode_event = msgspec.json.Decoder(AnyEvent).decode
_decode_fields = msgspec.json.Decoder(dict[str, Any]).decode


def webhooks_for(reader: Reader, principal: OperatorPrincipal) -> list[Webhook]:
    """All webhooks, in the order of their making."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    return webhooks.everything(reader)


def webhook_for(reader: Reader, principal: OperatorPrincipal, webhook_id: UUID) -> Webhook:
    """One webhook."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    webhook = webhooks.by_id(reader, webhook_id)
    if webhook is None:
        raise NotFound("there is no such webhook")
    return webhook


def deliveries_for(
    reader: Reader, principal: OperatorPrincipal, webhook_id: UUID, *, before: UUID | None, limit: int
) -> list[StoredDelivery]:
    """A webhook's deliveries, newest first."""
    webhook_for(reader, principal, webhook_id)
    return webhooks.deliveries(reader, webhook_id, before=before, limit=limit)


class Sending(Struct, frozen=True):
    """What the job that sends a delivery needs."""

    delivery: StoredDelivery
    webhook: Webhook
    secrets: list[str]


def sending_of(reader: Reader, delivery_id: UUID, *, now: datetime) -> Sending | None:
    """A delivery with its webhook, for the job that sends it; None when it is gone."""
    delivery = webhooks.delivery_by_id(reader, delivery_id)
    webhook = None if delivery is None else webhooks.by_id(reader, delivery.webhook_id)
    if delivery is None or webhook is None:
        return None
    return Sending(delivery=delivery, webhook=webhook, secrets=webhooks.secrets(reader, webhook.id, now=now))


def payload_of(reader: Reader, delivery: StoredDelivery) -> WebhookPayload:
    """What a delivery carries: the event's fields, and the rows it touched, as they are in this snapshot."""
    data = _decode_fields(delivery.event)
    data.pop("type", None)
    try:
        event: Event = _decode_event(delivery.event)
    except msgspec.ValidationError:
        pass  # a test, or an event of another version: its fields say all
    else:
        data |= _rows_of(reader, event)
    return WebhookPayload(type=delivery.event_type, timestamp=delivery.created_at, data=data)


def _rows_of(reader: Reader, event: Event) -> dict[str, Any]:
    """The rows of an event's ids: `conversation`, `message`, `contact`, `operator`, `site`, `order`; null when gone."""
    found: dict[str, Any] = {}
    joined = rows.join_rows(reader, [event])
    conversation_id: UUID | None = getattr(event, "conversation_id", None)
    if conversation_id is not None:
        found["conversation"] = joined.conversations.get(conversation_id)
        seq: int | None = getattr(event, "seq", None)
        if seq is not None:
            found["message"] = joined.messages.get((conversation_id, seq))
    contact_id: UUID | None = getattr(event, "contact_id", None)
    if contact_id is not None:
        found["contact"] = contacts.by_id(reader, contact_id)
    operator_id: UUID | None = getattr(event, "operator_id", None)
    if operator_id is not None:
        found["operator"] = rows.operators_by_id(reader, [operator_id]).get(operator_id)
    site_id: UUID | None = getattr(event, "site_id", None)
    if site_id is not None:
        found["site"] = rows.sites_by_id(reader, [site_id]).get(site_id)
    order_id: UUID | None = getattr(event, "order_id", None)
    if order_id is not None:
        found["order"] = orders.by_id(reader, order_id)
    return found
