"""Calls the receivers of webhooks, and says why where nothing arrived. Imported when the first delivery is due
(jobs/send_webhook.py): the HTTP client and the certificates that it trusts take 8 MiB.
"""

from collections.abc import Mapping

import httpx

from klepet.actions.deliveries import Outcome
from klepet.kit.outbound_http import (
    GuardedTransport,
    RefusedHostError,
    ResponseTooLargeError,
    UnknownHostError,
    guarded_client,
)
from klepet.model.words import DeliveryFailure

_FAILURES: tuple[tuple[type[Exception], DeliveryFailure], ...] = (
    (RefusedHostError, DeliveryFailure.REFUSED_ADDRESS),
    (UnknownHostError, DeliveryFailure.UNKNOWN_HOST),
    (ResponseTooLargeError, DeliveryFailure.UNREADABLE),
    (httpx.ProtocolError, DeliveryFailure.UNREADABLE),
    (httpx.TimeoutException, DeliveryFailure.TIMED_OUT),
)


class WebhookCaller:
    """Implements `send_webhook.Caller`. `http` reaches public addresses only (kit/outbound_http.py)."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """See `Caller`."""
        try:
            response = await self._http.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(status_code=None, error=str(error) or type(error).__name__, failure=_failure_of(error))
        if 200 <= response.status_code < 300:
            return Outcome(status_code=response.status_code, error=None)
        said = f"the receiver answered {response.status_code}"
        return Outcome(status_code=response.status_code, error=said, failure=DeliveryFailure.ANSWERED)

    async def close(self) -> None:
        """See `Caller`."""
        await self._http.aclose()


def make_caller(*, allow_private: bool) -> WebhookCaller:
    """What calls public addresses, or also private ones where that is allowed."""
    return WebhookCaller(guarded_client(GuardedTransport(allow_private=allow_private)))


def _failure_of(error: Exception) -> DeliveryFailure:
    return next((failure for kind, failure in _FAILURES if isinstance(error, kind)), DeliveryFailure.UNREACHABLE)
