"""What is delivered to webhooks: queued when an event happened, tried by a job, noted with how it went.

No event records it, or each delivery would cause the next.

waiting ──> delivered
   └──────> failed ──(5 s … 24 h)──> failed … ──> parked
parked ──(sent again by hand)──> waiting
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from klepet.actions.listening import LoggedEvent
from klepet.model.errors import Conflict, NotFound
from klepet.model.events import WebhookUpdated
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Reader, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import StoredDelivery
from klepet.model.words import DeliveryFailure, DeliveryState
from klepet.store import jobs, webhooks

JOB_KIND = "send_webhook"
TEST_TYPE = "webhook.test"
DELAYS = (5.0, 30.0, 120.0, 600.0, 3_600.0, 21_600.0, 86_400.0)
ERROR_CHARS = 300


class Outcome(Struct, frozen=True):
    """How one attempt went: a status code, or why there was none."""

    status_code: int | None
    error: str | None
    failure: DeliveryFailure | None = None

    @property
    def is_delivered(self) -> bool:
        """The receiver answered 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_unsubscribed(self) -> bool:
        """The receiver answered 410: it wants no more (Standard Webhooks)."""
        return self.status_code == 410


def is_anybody_listening(reader: Reader) -> bool:
    """Whether any webhook is switched on."""
    return bool(webhooks.enabled(reader))


def queue_deliveries(tx: Transaction, stored_events: Sequence[LoggedEvent], *, now: datetime, ids: Ids) -> int:
    """Queue events for every webhook that listens to them, once each; tells how many deliveries that makes."""
    listening = webhooks.enabled(tx)
    queued = 0
    for stored in stored_events if listening else ():
        event_type = str(stored.event.__struct_config__.tag)
        for webhook in listening:
            if event_type in webhook.events and not webhooks.has_delivery(tx, webhook.id, stored.offset):
                text = msgspec.json.encode(stored.event).decode()
                _queue(tx, webhook.id, event_type, text, stored.offset, stored.at, now=now, ids=ids)
                queued += 1
    return queued


def send_test(
    tx: Transaction, principal: OperatorPrincipal, webhook_id: UUID, *, now: datetime, ids: Ids
) -> StoredDelivery:
    """Queue a delivery that no event caused, to see whether it arrives."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    webhook = webhooks.by_id(tx, webhook_id)
    if webhook is None:
        raise NotFound("there is no such webhook")
    if not webhook.is_enabled:
        raise Conflict("the webhook is switched off", field="is_enabled")
    text = msgspec.json.encode({"type": TEST_TYPE, "webhook_id": webhook_id}).decode()
    offset = webhooks.next_test_offset(tx, webhook_id)
    return _queue(tx, webhook_id, TEST_TYPE, text, offset, now, now=now, ids=ids)


def retry_delivery(
    tx: Transaction, principal: OperatorPrincipal, webhook_id: UUID, delivery_id: UUID, *, now: datetime
) -> StoredDelivery:
    """Send a delivery now: one that was parked once more, one that waits for its next attempt at once."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    delivery = webhooks.delivery_by_id(tx, delivery_id)
    webhook = webhooks.by_id(tx, webhook_id)
    if webhook is None or delivery is None or delivery.webhook_id != webhook_id:
        raise NotFound("there is no such delivery")
    if not webhook.is_enabled:
        raise Conflict("the webhook is switched off", field="is_enabled")
    if delivery.state is DeliveryState.DELIVERED:
        raise Conflict("this was delivered already")
    webhooks.change_delivery(tx, delivery_id, state=DeliveryState.WAITING, next_attempt_at=now)
    jobs.enqueue(tx, delivery_id, JOB_KIND, {"delivery_id": str(delivery_id)}, run_at=now)
    found = webhooks.delivery_by_id(tx, delivery_id)
    assert found is not None
    return found


def note_attempt(tx: Transaction, delivery_id: UUID, outcome: Outcome, *, now: datetime) -> float | None:
    """Note how an attempt went. Tells after how many seconds to try again; None when there is nothing more to do."""
    delivery = webhooks.delivery_by_id(tx, delivery_id)
    if delivery is None or delivery.state in (DeliveryState.DELIVERED, DeliveryState.PARKED):
        return None
    attempts = delivery.attempts + 1
    delay = None if outcome.is_delivered or outcome.is_unsubscribed else _delay_after(attempts)
    state = DeliveryState.FAILED
    if outcome.is_delivered:
        state = DeliveryState.DELIVERED
    elif delay is None:
        state = DeliveryState.PARKED
    webhooks.change_delivery(
        tx,
        delivery_id,
        state=state,
        attempts=attempts,
        status_code=outcome.status_code,
        error=None if outcome.error is None else outcome.error[:ERROR_CHARS],
        failure=outcome.failure,
        next_attempt_at=None if delay is None else now + timedelta(seconds=delay),
    )
    if outcome.is_unsubscribed:
        _switch_off(tx, delivery.webhook_id)
    return delay


def park_delivery(tx: Transaction, delivery_id: UUID) -> None:
    """Give a delivery up without an attempt: its webhook was switched off."""
    webhooks.change_delivery(
        tx,
        delivery_id,
        state=DeliveryState.PARKED,
        error="the webhook is switched off",
        failure=DeliveryFailure.SWITCHED_OFF,
        next_attempt_at=None,
    )


def _delay_after(attempts: int) -> float | None:
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else None


def _switch_off(tx: Transaction, webhook_id: UUID) -> None:
    webhook = webhooks.by_id(tx, webhook_id)
    if webhook is not None and webhook.is_enabled:
        webhooks.change(tx, webhook_id, url=webhook.url, events=webhook.events, is_enabled=False)
        tx.record(WebhookUpdated(subject_id=webhook_id))


def _queue(
    tx: Transaction,
    webhook_id: UUID,
    event_type: str,
    event: str,
    offset: int,
    at: datetime,
    *,
    now: datetime,
    ids: Ids,
) -> StoredDelivery:
    delivery = StoredDelivery(
        id=ids(),
        webhook_id=webhook_id,
        event_type=event_type,
        event=event,
        state=DeliveryState.WAITING,
        attempts=0,
        status_code=None,
        error=None,
        created_at=at,
        next_attempt_at=now,
    )
    webhooks.insert_delivery(tx, delivery, offset)
    jobs.enqueue(tx, delivery.id, JOB_KIND, {"delivery_id": str(delivery.id)}, run_at=now)
    return delivery
