"""What the web is handed of the settings, and the parts that its handlers work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.di import Dependency, Provide
from litestar.params import SkipValidationMarker
from msgspec import Struct

from klepet import __version__
from klepet.kit.limits import Bucket, RateLimiter
from klepet.kit.proxies import Network, address_group, client_address
from klepet.model.counts import Counts
from klepet.model.errors import TooMany
from klepet.model.ports import Clock, Database, Ids, Presence

CONNECTIONS_PER_ADDRESS = 1_000
_MAX_KEYS = 50_000
TOLD_SHARE = 0.25

T = TypeVar("T")
Needs = Annotated[T, Dependency(kind="named"), SkipValidationMarker()]
"""Marks a handler's parameter as one of `dependencies()`."""


class Rate(Struct, frozen=True):
    """So many at once, then so many a second."""

    burst: float
    per_second: float


class Rates(Struct, frozen=True, kw_only=True):
    """How often somebody may do what; docs/limits.md tells what each counts. Those that end in `_address` count all who
    come from one address; frames, fragments and typing are counted by connection."""

    sign_in_account: Rate = Rate(100, 1 / 10)
    sign_in_account_address: Rate = Rate(10, 1 / 60)
    sign_in_address: Rate = Rate(30, 1 / 10)
    refused_address: Rate = Rate(60, 1)
    operator: Rate = Rate(300, 50)
    visitor: Rate = Rate(20, 2)
    visitor_address: Rate = Rate(60, 10)
    new_visitor_address: Rate = Rate(60, 1)
    command_address: Rate = Rate(200, 20)
    tag_address: Rate = Rate(200, 20)
    connect_address: Rate = Rate(200, 20)
    poll_address: Rate = Rate(300, 60)
    visitor_frames: Rate = Rate(200, 40)
    operator_frames: Rate = Rate(1_000, 200)
    fragments: Rate = Rate(1_000, 100)
    typing: Rate = Rate(10, 2)


class WebConfig(Struct, frozen=True, kw_only=True):
    """What of the settings concerns the web. `public_url` has no slash at its end."""

    public_url: str
    data: Path
    languages: tuple[str, ...] = ("en",)
    is_demo: bool = False
    version: str = __version__
    session_idle: timedelta = timedelta(days=30)
    session_absolute: timedelta = timedelta(days=90)
    log_kept: timedelta = timedelta(days=14)
    measurements_kept: timedelta = timedelta(days=90)
    rates: Rates = Rates()
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    trusted_proxies: tuple[Network, ...] = ()
    is_private_webhook_allowed: bool = False
    backups: Path = Path("backups")
    backup_hours: int = 0
    database_warnings: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    """The durable listeners, by name."""

    @property
    def is_secure(self) -> bool:
        """Whether people reach klepet by https."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host, and port if it is unusual, by which people reach klepet."""
        return urlsplit(self.public_url).netloc.lower()

    @property
    def photos(self) -> Path:
        """The folder of operators' photos."""
        return self.data / "uploads" / "photos"


@dataclass
class Limits:
    """The rate limits, each with what it remembers. Used on the event loop only.

    `on_taken` tells other processes: of every attempt to sign in, and else of each TOLD_SHARE of a burst, so that
    ordinary use costs next to nothing.
    """

    clock: Clock
    rates: Rates
    on_taken: Callable[[str, str, float], None] | None = None
    counts: Counts = field(default_factory=Counts)
    _limiters: dict[str, RateLimiter] = field(default_factory=dict)

    def take(self, name: str, key: str, cost: float = 1) -> None:
        """Count one more of `name` for `key`. Raises TooMany."""
        limiter, now = self._limiter(name), self.clock.monotonic()
        wait = limiter.take(key, now, cost)
        if wait:
            self.counts.limited[name] += 1
            raise TooMany("too many requests; wait before the next", retry_after=wait)
        if self.on_taken is not None:
            told = cost if name.startswith("sign_in") else limiter.owed(key, cost, TOLD_SHARE)
            if told:
                self.on_taken(name, key, told)

    def take_elsewhere(self, name: str, key: str, cost: float) -> None:
        """Count what another process let through."""
        if name in self.rates.__struct_fields__:
            self._limiter(name).force(key, self.clock.monotonic(), cost)

    def _limiter(self, name: str) -> RateLimiter:
        limiter = self._limiters.get(name)
        if limiter is None:
            rate: Rate = getattr(self.rates, name)
            limiter = self._limiters[name] = RateLimiter(rate.per_second, rate.burst, _MAX_KEYS)
        return limiter

    def bucket(self, name: str) -> Bucket:
        """A bucket of `name` for one connection."""
        rate: Rate = getattr(self.rates, name)
        return Bucket(rate.per_second, rate.burst)


@dataclass(frozen=True)
class Parts:
    """What handlers work with. The composition root puts them into the application's state as `parts`."""

    db: Database
    clock: Clock
    ids: Ids
    config: WebConfig
    limits: Limits
    presence: Presence
    counts: Counts = field(default_factory=Counts)


def parts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Parts:
    """The parts of the application that serves this connection."""
    parts: Parts = connection.app.state["parts"]
    return parts


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address of the client, seen through trusted proxies, as it is counted."""
    peer = connection.client.host if connection.client else ""
    forwarded = ",".join(connection.headers.getall("x-forwarded-for", []))
    return address_group(client_address(peer, forwarded or None, parts_of(connection).config.trusted_proxies))


def dependencies() -> dict[str, Provide]:
    """`db`, `clock`, `ids`, `config`, `limits` and `presence` for handlers."""

    def provide(name: str) -> Provide:
        return Provide(_getter(name), sync_to_thread=False)

    return {name: provide(name) for name in ("db", "clock", "ids", "config", "limits", "presence")}


def _getter(name: str) -> Callable[..., Any]:
    def get(request: ASGIConnection[Any, Any, Any, Any]) -> Any:
        return getattr(parts_of(request), name)

    return get
