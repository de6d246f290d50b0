"""Sends one delivery to its webhook, signed per Standard Webhooks. Enqueued with the delivery; keeps its own schedule.

At least once: an answer may be lost after the receiver acted, so `webhook-id` stays the same over all attempts.
"""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from klepet.access import webhooks as access
from klepet.access.webhooks import Sending
from klepet.actions.deliveries import JOB_KIND, Outcome, note_attempt, park_delivery
from klepet.kit.outbound_http import RefusedHostError, ResponseTooLargeError, UnknownHostError
from klepet.kit.retry import Retry
from klepet.kit.webhook_signing import sign_webhook
from klepet.model.counts import Counts
from klepet.model.ports import Clock, Database, Ids, Reader
from klepet.model.records import WebhookPayload
from klepet.model.words import DeliveryFailure, DeliveryState

_USER_AGENT = "klepet-webhooks/1"


class SendWebhook:
    """The job. `http` reaches public addresses only (kit/outbound_http.py)."""

    kind = JOB_KIND
    # Attempts and delays of the delivery are counted in its row; these are for faults of our own, such as a full disk.
    attempts = 20
    delays: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)

    def __init__(self, http: httpx.AsyncClient, counts: Counts | None = None) -> None:
        self._http = http
        self._counts = counts or Counts()

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Try once; raises Retry while the schedule goes on."""
        delivery_id = UUID(payload["delivery_id"])

        def prepare(reader: Reader) -> tuple[Sending, WebhookPayload] | None:
            sending = access.sending_of(reader, delivery_id, now=clock.now())
            return None if sending is None else (sending, access.payload_of(reader, sending.delivery))

        found = await db.read(prepare)
        if found is None:
            return  # the webhook was deleted
        sending, body = found
        if sending.delivery.state in (DeliveryState.DELIVERED, DeliveryState.PARKED):
            return
        if not sending.webhook.is_enabled:
            await db.write(lambda tx: park_delivery(tx, delivery_id))
            return
        outcome = await self._send(sending, msgspec.json.encode(body), clock)
        self._counts.webhooks["delivered" if outcome.error is None else "failed"] += 1
        now = clock.now()
        delay = await db.write(lambda tx: note_attempt(tx, delivery_id, outcome, now=now))
        if delay is not None:
            raise Retry(delay, outcome.error or "")

    async def _send(self, sending: Sending, body: bytes, clock: Clock) -> Outcome:
        headers = {
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            **sign_webhook(sending.secrets, str(sending.delivery.id), clock.now(), body),
        }
        try:
            response = await self._http.post(sending.webhook.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(status_code=None, error=str(error) or type(error).__name__, failure=_failure_of(error))
        if 200 <= response.status_code < 300:
            return Outcome(status_code=response.status_code, error=None)
        said = f"the receiver answered {response.status_code}"
        return Outcome(status_code=response.status_code, error=said, failure=DeliveryFailure.ANSWERED)


_FAILURES: tuple[tuple[type[Exception], DeliveryFailure], ...] = (
    (RefusedHostError, DeliveryFailure.REFUSED_ADDRESS),
    (UnknownHostError, DeliveryFailure.UNKNOWN_HOST),
    (ResponseTooLargeError, DeliveryFailure.UNREADABLE),
    (httpx.ProtocolError, DeliveryFailure.UNREADABLE),
    (httpx.TimeoutException, DeliveryFailure.TIMED_OUT),
)


def _failure_of(error: Exception) -> DeliveryFailure:
    return next((failure for kind, failure in _FAILURES if isinstance(error, kind)), DeliveryFailure.UNREACHABLE)
