"""What the database says: its version and clock, migrations, work that stands still, sites nobody asks from."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from klepet.access.health import Condition
from klepet.kit.texts import Value
from klepet.web.doctor.findings import Check, Finding, State

SKEW_SECONDS = 5.0
LAG_SECONDS = 300.0
SITES_TOLD = 10
MALFORMED = "malformed"
"""In what SQLite says of a file with damaged pages (SQLITE_CORRUPT): https://sqlite.org/rescode.html#corrupt"""


def examine_stored(found: Condition, warnings: Sequence[str], asked_at: datetime) -> list[Finding]:
    """Everything of this module; `asked_at` is this machine's clock in the middle of the read."""
    return [
        Finding(Check.DATABASE, State.GOOD, "database_good", {"product": found.product, "version": found.version}),
        *(Finding(Check.DATABASE, State.BAD, "database_endangered", {"reason": warning}) for warning in warnings),
        *_clock(found, asked_at),
        *_migrations(found),
        *_work(found),
        *_sites(found),
    ]


def unusable(reason: str) -> list[Finding]:
    """What is told of a database that cannot be read."""
    code = "database_damaged" if MALFORMED in reason else "database_unusable"
    return [Finding(Check.DATABASE, State.BAD, code, {"reason": reason})]


def _clock(found: Condition, asked_at: datetime) -> Iterator[Finding]:
    if found.server_clock is None:
        return
    skew = abs((found.server_clock - asked_at).total_seconds())
    if skew > SKEW_SECONDS:
        yield Finding(Check.CLOCK, State.BAD, "clock_database", {"seconds": round(skew)})
    else:
        yield Finding(Check.CLOCK, State.GOOD, "clock_database_good")


def _migrations(found: Condition) -> Iterator[Finding]:
    if found.is_current:
        yield Finding(Check.MIGRATIONS, State.GOOD, "migrations_good")
    else:
        yield Finding(Check.MIGRATIONS, State.BAD, "migrations_newer" if found.is_newer else "migrations_pending")


def _work(found: Condition) -> Iterator[Finding]:
    if not found.is_current:
        return
    parked = found.figures.jobs["parked"]
    if parked:
        yield Finding(Check.JOBS, State.WARN, "jobs_parked", {"number": parked})
    else:
        yield Finding(Check.JOBS, State.GOOD, "jobs_good")
    late = {name: lag for name, lag in found.figures.lags.items() if lag.seconds > LAG_SECONDS}
    for name, lag in late.items():
        values: dict[str, Value] = {"listener": name, "number": lag.events, "minutes": int(lag.seconds // 60)}
        yield Finding(Check.LISTENERS, State.BAD, "listeners_behind", values)
    if not late:
        yield Finding(Check.LISTENERS, State.GOOD, "listeners_good")


def _sites(found: Condition) -> Iterator[Finding]:
    wrong = [site for site in found.sites if site.refused_origin is not None or not site.is_seen]
    for site in wrong[:SITES_TOLD]:
        if site.refused_origin is not None:
            yield Finding(Check.SITES, State.WARN, "sites_refused", {"name": site.name, "origin": site.refused_origin})
        else:
            yield Finding(Check.SITES, State.NOTE, "sites_unseen", {"name": site.name})
    if found.sites and not wrong:
        yield Finding(Check.SITES, State.GOOD, "sites_good")
    elif not found.sites:
        yield Finding(Check.SITES, State.NOTE, "sites_none")
