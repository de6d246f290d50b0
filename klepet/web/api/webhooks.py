"""Webhooks, and the log of what was delivered to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from klepet.access import webhooks as access
from klepet.actions.deliveries import retry_delivery, send_test
from klepet.actions.webhooks import change_webhook, create_webhook, delete_webhook, replace_webhook_secret
from klepet.kit.webhook_signing import new_webhook_secret
from klepet.model.events import PUBLIC_EVENT_TYPES
from klepet.model.limits import URL_CHARS
from klepet.model.ports import Clock, Database, Ids, Reader, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import StoredDelivery, Webhook, WebhookPayload
from klepet.model.words import DeliveryFailure, DeliveryState
from klepet.web.auth import require_operator
from klepet.web.config import Needs, WebConfig
from klepet.web.idempotency import Once, write_once
from klepet.web.pages import PAGE_DEFAULT, Cursor, PageLimit, encode_cursor, id_of_cursor

WebhookUrl = Annotated[str, Meta(min_length=8, max_length=URL_CHARS, extra_json_schema={"format": "uri"})]
EventType = Annotated[str, Meta(max_length=64, extra_json_schema={"enum": list(PUBLIC_EVENT_TYPES)})]
EventTypes = Annotated[list[EventType], Meta(min_length=1, max_length=100)]


class WebhookList(Struct, frozen=True):
    """All webhooks."""

    items: list[Webhook]
    next_cursor: str | None = None


class WebhookRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A webhook to add: where to send which events. `GET /events/catalogue` tells what there is."""

    url: WebhookUrl
    events: EventTypes
    is_enabled: bool = True


class NewWebhook(Struct, frozen=True):
    """A new webhook with its secret."""

    id: UUID
    url: str
    events: list[str]
    is_enabled: bool
    created_at: datetime
    secret: str


class WebhookPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a webhook; what is not given stays."""

    url: WebhookUrl | None = None
    events: EventTypes | None = None
    is_enabled: bool | None = None


class WebhookSecret(Struct, frozen=True):
    """What a webhook's deliveries are signed with from now on, per Standard Webhooks."""

    secret: str
    old_secret_until: datetime | None


class WebhookDelivery(Struct, frozen=True):
    """One event on its way to one webhook. `payload` is what would be sent now; rows erased since are missing in it."""

    id: UUID
    event_type: str
    state: DeliveryState
    attempts: int
    status_code: int | None
    failure: DeliveryFailure | None
    error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    payload: WebhookPayload


class WebhookDeliveryPage(Struct, frozen=True):
    """Deliveries, newest first."""

    items: list[WebhookDelivery]
    next_cursor: str | None


class WebhooksController(Controller):
    """Webhooks."""

    path = "/webhooks"
    tags = ("webhooks",)
    guards = (require_operator,)

    @get("/", operation_id="list_webhooks")
    async def list_webhooks(self, operator: Needs[OperatorPrincipal], db: Needs[Database]) -> WebhookList:
        """List all webhooks, in the order of their making."""
        return WebhookList(await db.read(lambda r: access.webhooks_for(r, operator)))

    @post("/", operation_id="create_webhook")
    async def create_webhook(
        self,
        operator: Needs[OperatorPrincipal],
        data: JSONBody[WebhookRequest],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        config: Needs[WebConfig],
        once: Needs[Once],
    ) -> Response[NewWebhook]:
        """Add a webhook. What it is sent is signed with the secret in the answer, per Standard Webhooks."""
        secret, now = new_webhook_secret(), clock.now()

        def unit(tx: Transaction) -> NewWebhook:
            made = create_webhook(
                tx,
                operator,
                url=data.url,
                events=data.events,
                is_enabled=data.is_enabled,
                secret=secret,
                is_plain_http_allowed=config.is_private_webhook_allowed,
                now=now,
                ids=ids,
            )
            return NewWebhook(
                id=made.id,
                url=made.url,
                events=made.events,
                is_enabled=made.is_enabled,
                created_at=made.created_at,
                secret=secret,
            )

        return await write_once(db, once, unit, now=now, is_secret=True)

    @get("/{webhook_id:uuid}", operation_id="get_webhook")
    async def get_webhook(
        self, operator: Needs[OperatorPrincipal], webhook_id: FromPath[UUID], db: Needs[Database]
    ) -> Webhook:
        """Tell of one webhook."""
        return await db.read(lambda r: access.webhook_for(r, operator, webhook_id))

    @patch("/{webhook_id:uuid}", operation_id="change_webhook")
    async def change_webhook(
        self,
        operator: Needs[OperatorPrincipal],
        webhook_id: FromPath[UUID],
        data: JSONBody[WebhookPatch],
        db: Needs[Database],
        config: Needs[WebConfig],
    ) -> Webhook:
        """Change a webhook's address or events, or switch it on or off."""

        def unit(tx: Transaction) -> Webhook:
            return change_webhook(
                tx,
                operator,
                webhook_id,
                url=data.url,
                events=data.events,
                is_enabled=data.is_enabled,
                is_plain_http_allowed=config.is_private_webhook_allowed,
            )

        return await db.write(unit)

    @delete("/{webhook_id:uuid}", operation_id="delete_webhook")
    async def delete_webhook(
        self, operator: Needs[OperatorPrincipal], webhook_id: FromPath[UUID], db: Needs[Database]
    ) -> None:
        """Remove a webhook with its deliveries; what still waits is not sent."""
        while not await db.write(lambda tx: delete_webhook(tx, operator, webhook_id)):
            pass

    @post("/{webhook_id:uuid}/secret", operation_id="replace_webhook_secret")
    async def replace_webhook_secret(
        self,
        operator: Needs[OperatorPrincipal],
        webhook_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        once: Needs[Once],
    ) -> Response[WebhookSecret]:
        """Make another secret, shown only in this answer. Until `old_secret_until` the one before signs too."""
        secret, now = new_webhook_secret(), clock.now()

        def unit(tx: Transaction) -> WebhookSecret:
            changed = replace_webhook_secret(tx, operator, webhook_id, secret, now=now)
            return WebhookSecret(secret=secret, old_secret_until=changed.old_secret_until)

        return await write_once(db, once, unit, now=now, is_secret=True)

    @post("/{webhook_id:uuid}/test", operation_id="test_webhook", status_code=202)
    async def test_webhook(
        self,
        operator: Needs[OperatorPrincipal],
        webhook_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        once: Needs[Once],
    ) -> Response[WebhookDelivery]:
        """Send a `webhook.test`, to see whether it arrives."""
        now = clock.now()

        def unit(tx: Transaction) -> WebhookDelivery:
            return _view(tx, send_test(tx, operator, webhook_id, now=now, ids=ids))

        return await write_once(db, once, unit, now=now, status=202)

    @get("/{webhook_id:uuid}/deliveries", operation_id="list_deliveries")
    async def list_deliveries(
        self,
        operator: Needs[OperatorPrincipal],
        webhook_id: FromPath[UUID],
        db: Needs[Database],
        limit: PageLimit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> WebhookDeliveryPage:
        """List what was, or is to be, delivered, newest first. Kept for a month."""
        before = id_of_cursor(cursor)

        def run(reader: Reader) -> WebhookDeliveryPage:
            found = access.deliveries_for(reader, operator, webhook_id, before=before, limit=limit + 1)
            items = [_view(reader, delivery) for delivery in found[:limit]]
            return WebhookDeliveryPage(items, encode_cursor(items[-1].id) if len(found) > limit else None)

        return await db.read(run)

    @post("/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/retry", operation_id="retry_delivery", status_code=202)
    async def retry_delivery(
        self,
        operator: Needs[OperatorPrincipal],
        webhook_id: FromPath[UUID],
        delivery_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
    ) -> WebhookDelivery:
        """Send a delivery that did not arrive now."""
        now = clock.now()
        return await db.write(lambda tx: _view(tx, retry_delivery(tx, operator, webhook_id, delivery_id, now=now)))


def _view(reader: Reader, delivery: StoredDelivery) -> WebhookDelivery:
    return WebhookDelivery(
        id=delivery.id,
        event_type=delivery.event_type,
        state=delivery.state,
        attempts=delivery.attempts,
        status_code=delivery.status_code,
        failure=delivery.failure,
        error=delivery.error,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at,
        payload=access.payload_of(reader, delivery),
    )
