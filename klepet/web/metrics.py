"""`/metrics`: what this process counted and what the database holds, as Prometheus reads it.

Only who has the token of KLEPET_METRICS_TOKEN is told; without that setting there is nothing at this address. "Only
from this machine" would be no answer: a proxy on it asks from there too, for everybody. Labels are words of this
project: no id, address or path of anybody is among them.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, cast

from litestar.types import Send
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from klepet.access import health as access
from klepet.access.health import Figures
from klepet.kit.tally import Tally
from klepet.model.counts import Counts
from klepet.model.errors import KlepetError, TooMany
from klepet.model.ports import Database
from klepet.web.config import Parts, Rates
from klepet.web.socket import caller_of

PATH = "/metrics"
DATABASE_SECONDS = 2.0
TOKEN_CHARS = 200
# All that can be counted is shown from the start: what first appears as 1 has not grown for whoever watches its growth.
_REFUSALS: tuple[type[KlepetError], ...] = (KlepetError, *KlepetError.__subclasses__())
_CODES = sorted({kind.code for kind in _REFUSALS})
_LIMITS = (*Rates.__struct_fields__, "connections_per_address")

Metric = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class Sources(NamedTuple):
    """Where the figures come from that are not counted: asked at each look."""

    listeners: tuple[str, ...]
    waiting_units: Callable[[], tuple[int, int]]
    running_jobs: Callable[[], int]
    is_draining: Callable[[], bool]


class Metrics:
    """Answers /metrics. Used on the event loop only."""

    def __init__(self, parts: Parts, sources: Sources, token: str) -> None:
        self._parts = parts
        self._sources = sources
        self._token = token.encode()

    async def serve(self, scope: Any, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
        elif not self._is_allowed(scope):
            await self._refuse(scope, send)
        else:
            # The library collects by calling; what has to be awaited is fetched before.
            figures = await self._figures(self._parts.db)
            registry = CollectorRegistry()
            registry.register(_Once(_metrics(self._parts, self._sources, figures)))
            ProcessCollector(registry=registry)
            accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
            encode, kind = choose_encoder(accepted)
            await _answer(
                send, 200, encode(registry), [(b"content-type", kind.encode())], is_head=scope["method"] == "HEAD"
            )

    def _is_allowed(self, scope: Any) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip()[: 2 * TOKEN_CHARS], self._token)

    async def _refuse(self, scope: Any, send: Send) -> None:
        try:
            self._parts.limits.take("refused_address", caller_of(scope, self._parts.config).address)
        except TooMany as error:
            wait = str(max(1, int(error.problem.retry_after_seconds or 1))).encode()
            await _answer(send, 429, b"", [(b"retry-after", wait)])
            return
        await _answer(send, 401, b"", [(b"www-authenticate", b'Bearer realm="klepet metrics"')])

    async def _figures(self, db: Database) -> Figures | None:
        now = self._parts.clock.now()
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await db.read(lambda r: access.figures(r, self._sources.listeners, now=now))
        except Exception:  # that the database does not answer is a figure too
            return None


class _Once(Collector):
    """Gives what was collected already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        """Give it."""
        return self._metrics


def _metrics(parts: Parts, sources: Sources, figures: Figures | None) -> Iterator[Metric]:
    yield _labelled(GaugeMetricFamily, "klepet_build_info", "Which klepet runs.", {parts.config.version: 1}, "version")
    yield GaugeMetricFamily("klepet_draining", "1 when klepet was told to stop.", int(sources.is_draining()))
    yield from _of_counts(parts.counts)
    urgent, patient = sources.waiting_units()
    help_ = "Units of work that wait for the writer; patient ones are measurements and work in the background."
    yield _labelled(GaugeMetricFamily, "klepet_writer_waiting", help_, {"urgent": urgent, "patient": patient}, "lane")
    running = sources.running_jobs()
    yield GaugeMetricFamily("klepet_jobs_running", "Jobs that this process runs now.", running)
    yield GaugeMetricFamily("klepet_database_up", "1 when the database answered just now.", int(figures is not None))
    if figures is not None:
        yield from _of_database(figures)


def _of_counts(counts: Counts) -> Iterator[Metric]:
    help_ = "Messages that this process stored, system lines among them."
    messages = {kind: float(counts.messages[kind]) for kind in ("visitor", "operator", "bot", "system")}
    yield _labelled(CounterMetricFamily, "klepet_messages_stored", help_, messages, "author")
    help_ = "From the arrival of a message until its sender was told that it is stored."
    yield _histogram("klepet_message_stored_seconds", help_, counts.stored_seconds)
    yield _histogram("klepet_batch_units", "Units of work that were committed at once.", counts.batch_units)
    yield _histogram("klepet_read_wait_seconds", "How long reads waited for a connection.", counts.read_wait_seconds)
    yield _histogram("klepet_loop_lag_seconds", "How late the event loop came to a timer.", counts.loop_lag_seconds)
    open_ = GaugeMetricFamily("klepet_connections", "Open connections.", labels=("kind", "transport"))
    for labels, count in counts.connections.items():
        open_.add_metric(labels, count)
    yield open_
    closed = {str(code): float(count) for code, count in counts.closed.items()}
    yield _labelled(CounterMetricFamily, "klepet_connections_closed", "Connections closed by klepet.", closed, "code")
    yield CounterMetricFamily("klepet_events_handed_on", "Events of the log that were handed on.", counts.events)
    help_ = "Connections that events were handed to, added up."
    yield CounterMetricFamily("klepet_event_deliveries", help_, counts.deliveries)
    webhooks = {outcome: float(counts.webhooks[outcome]) for outcome in ("delivered", "failed")}
    help_ = "Attempts to deliver to webhooks."
    yield _labelled(CounterMetricFamily, "klepet_webhook_attempts", help_, webhooks, "outcome")
    refused = CounterMetricFamily("klepet_refused", "Requests and commands refused.", labels=("via", "code"))
    for via in ("http", "session"):
        for code in _CODES:
            refused.add_metric((via, code), counts.refused[via, code])
    yield refused
    limited = {name: float(counts.limited[name]) for name in _LIMITS}
    yield _labelled(CounterMetricFamily, "klepet_rate_limited", "Refusals by a limit, by its name.", limited, "limit")


def _of_database(figures: Figures) -> Iterator[Metric]:
    """The same at every process of an installation."""
    yield GaugeMetricFamily("klepet_database_bytes", "Size of the database.", figures.bytes)
    jobs = {state: float(count) for state, count in figures.jobs.items()}
    yield _labelled(GaugeMetricFamily, "klepet_jobs", "Stored jobs; parked ones were given up.", jobs, "state")
    events = {name: float(lag.events) for name, lag in figures.lags.items()}
    help_ = "Events of the log that a durable listener has not handled yet."
    yield _labelled(GaugeMetricFamily, "klepet_listener_lag_events", help_, events, "listener")
    seconds = {name: lag.seconds for name, lag in figures.lags.items()}
    help_ = "Age of the oldest of them."
    yield _labelled(GaugeMetricFamily, "klepet_listener_lag_seconds", help_, seconds, "listener")


def _labelled(family: Any, name: str, help_: str, values: dict[str, float], label: str) -> Metric:
    made = family(name, help_, labels=(label,))
    for key, value in values.items():
        made.add_metric((key,), value)
    return cast(Metric, made)


def _histogram(name: str, help_: str, tally: Tally) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, help_, buckets=tally.buckets(), sum_value=tally.total)


async def _answer(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]], *, is_head: bool = False
) -> None:
    headers = [
        *headers,
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body, "more_body": False})
