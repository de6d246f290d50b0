"""Sends one delivery to its webhook, signed per Standard Webhooks. Enqueued with the delivery; keeps its own schedule.

At least once: an answer may be lost after the receiver acted, so `webhook-id` stays the same over all attempts.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

import msgspec

from klepet.access import webhooks as access
from klepet.access.webhooks import Sending
from klepet.actions.deliveries import JOB_KIND, Outcome, note_attempt, park_delivery
from klepet.kit.retry import Retry
from klepet.kit.webhook_signing import sign_webhook
from klepet.model.counts import Counts
from klepet.model.ports import Clock, Database, Ids, Reader
from klepet.model.records import WebhookPayload
from klepet.model.words import DeliveryState

_USER_AGENT = "klepet-webhooks/1"


class Caller(Protocol):
    """What reaches the receivers of webhooks."""

    async def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Send once, and tell what became of it."""

    async def close(self) -> None:
        """Let go of what is open."""


class SendWebhook:
    """The job. `open_caller` is called once, in a thread, when the first delivery is due."""

    kind = JOB_KIND
    # Attempts and delays of the delivery are counted in its row; these are for faults of our own, such as a full disk.
    attempts = 20
    delays: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)

    def __init__(self, open_caller: Callable[[], Caller], counts: Counts | None = None) -> None:
        self._open = open_caller
        self._opening = asyncio.Lock()
        self._opened: Caller | None = None
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

    async def close(self) -> None:
        """Let go of the receivers; to be called when it is not run any more."""
        if self._opened is not None:
            await self._opened.close()

    async def _send(self, sending: Sending, body: bytes, clock: Clock) -> Outcome:
        headers = {
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            **sign_webhook(sending.secrets, str(sending.delivery.id), clock.now(), body),
        }
        return await (await self._caller()).call(sending.webhook.url, body, headers)

    async def _caller(self) -> Caller:
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._open)
        return self._opened


def open_caller(*, allow_private: bool) -> Caller:
    """What calls public addresses, or also private ones where that is allowed. Takes a quarter of a second the first
    time, in which a client is imported.
    """
    from klepet.jobs.webhook_caller import make_caller

    return make_caller(allow_private=allow_private)
