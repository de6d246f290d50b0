"""What the database says of itself, for those who run klepet."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from klepet.model.ports import Reader
from klepet.model.records import PlannedJob
from klepet.model.views import Site
from klepet.store import jobs, log, schema, sites, size


class Lag(Struct, frozen=True):
    """How far a durable listener is behind the head of the log: in events, and in seconds since the first of them."""

    events: int
    seconds: float


class Figures(Struct, frozen=True):
    """What is counted in the database, for all processes alike."""

    bytes: int
    jobs: dict[str, int]
    lags: dict[str, Lag]


def is_current(reader: Reader) -> bool:
    """Whether the database is at this version's schema, or at that of a newer one, which this one can work with."""
    return schema.is_usable(schema.current_revision(reader.conn))


def figures(reader: Reader, listeners: Iterable[str], *, now: datetime) -> Figures:
    """Count, for these durable listeners."""
    head = log.head(reader)[0]
    return Figures(
        bytes=size.database_bytes(reader),
        jobs=jobs.count_by_state(reader, now=now),
        lags={name: _lag(reader, name, head, now) for name in listeners},
    )


def _lag(reader: Reader, listener: str, head: int, now: datetime) -> Lag:
    cursor = log.cursor_of(reader, listener)
    oldest = log.oldest_after(reader, cursor) if cursor < head else None
    return Lag(head - cursor, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))


class SiteSeen(Struct, frozen=True):
    """A site, whether its tag ever asked, and the origin from which it asked last if that was refused."""

    name: str
    is_seen: bool
    refused_origin: str | None


class Condition(Struct, frozen=True):
    """What the database tells a doctor. Of an old schema only what every version has. `backup` is when the next one is
    made, and why the last one failed; None where klepet makes none by itself.
    """

    product: str
    version: str
    server_clock: datetime | None
    is_current: bool
    figures: Figures
    sites: list[SiteSeen]
    epoch: str
    backup: PlannedJob | None = None
    is_newer: bool = False
    """Whether a newer klepet wrote the database, and this one cannot work with it."""


def condition(reader: Reader, listeners: Iterable[str], *, now: datetime) -> Condition:
    """Everything at once."""
    product, version = size.product(reader)
    clock, current = size.server_clock(reader), is_current(reader)
    if not current:
        is_newer = schema.is_newer(schema.current_revision(reader.conn))
        nothing = Figures(bytes=0, jobs={}, lags={})
        return Condition(product, version, clock, False, nothing, [], "", is_newer=is_newer)
    return Condition(
        product=product,
        version=version,
        server_clock=clock,
        is_current=True,
        figures=figures(reader, listeners, now=now),
        sites=[_seen(reader, site) for site in sites.everything(reader)],
        epoch=log.head(reader)[1],
        backup=jobs.planned(reader, jobs.BACKUP_ID),
    )


def epoch(reader: Reader) -> str:
    """The word by which this log is told from others."""
    return log.head(reader)[1]


def _seen(reader: Reader, site: Site) -> SiteSeen:
    checks = sites.checks(reader, site.id)
    last = checks[0] if checks else None
    return SiteSeen(site.name, last is not None, last.origin if last and last.refused_reason is not None else None)
