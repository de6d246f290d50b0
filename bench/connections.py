"""What is measured of connections: what each costs in memory while it is idle, what a connect costs in CPU, and how
long it takes until everybody is back after a restart.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.database import Postgres
from bench.fill import Base
from bench.holders import Holder
from bench.installation import Installation
from bench.rows import token_of

LINES = 4
DAYS = 20.0


def idle_visitors(
    cache: Path,
    core: int,
    client_core: int,
    settings: dict[str, str],
    *,
    count: int,
    first: int,
    newcomers: int,
    rest_seconds: float,
    processes: int = 1,
    postgres: Postgres | None = None,
) -> dict[str, Any]:
    """Visitors who have written before come back and are idle, spread over the processes: memory between the first of
    them and all, CPU at rest, everybody coming back after a restart. Before that, some who were never here.
    """
    plan = {"conversations": count, "contacts": count, "lines": LINES, "days": DAYS, "open_conversations": 0}
    base = Base(cache, f"idle-{count}", plan, postgres)
    tokens: list[str | None] = [token_of(number) for number in range(count)]
    one = Installation(
        base.folder, core=core, settings=settings, processes=processes, postgres=postgres, database=base.database
    )
    found: dict[str, Any] = {
        "visitors": count,
        "processes": processes,
        "database": "postgresql" if postgres else "sqlite",
    }
    with _holders(processes, client_core) as holders:
        if newcomers:
            with one:
                found["new"] = _join(one, holders, base.site, [None] * newcomers)
                _each(holders)
        with one:
            few = _join(one, holders, base.site, tokens[:first])
            before = one.rss()
            rest = _join(one, holders, base.site, tokens[first:])
            after = one.rss()
            found["known"] = rest
            found["first_connects_per_second"] = few["connects_per_second"]
            found["bytes_per_connection"] = round((after - before) / (count - first))
            found["rss_mib"] = round(after / 2**20, 1)
            cpu = one.cpu_seconds()
            time.sleep(rest_seconds)
            found["cpu_share_at_rest"] = round((one.cpu_seconds() - cpu) / rest_seconds, 4)
            left = time.monotonic()
        with one:
            found["restart_seconds"] = round(time.monotonic() - left, 2)
            found["storm"] = _join(one, holders, base.site, tokens)
            found["rss_mib_after_storm"] = round(one.rss() / 2**20, 1)
            left_over = sum(answer["closed"] for answer in _each(holders))
            found["closed_meanwhile"] = rest["closed_meanwhile"] + left_over
    return found


@contextlib.contextmanager
def _holders(count: int, core: int) -> Iterator[list[Holder]]:
    made = [Holder(core) for _ in range(count)]
    try:
        yield made
    finally:
        for holder in made:
            holder.close()


def _join(one: Installation, holders: Sequence[Holder], site: str, tokens: list[str | None]) -> dict[str, Any]:
    """Connect all at once, each holder's to one process, from handshake to welcome."""
    before, database_before = one.settle()
    began = time.monotonic()
    for number, (holder, server) in enumerate(zip(holders, one.servers, strict=True)):
        holder.connect(server.port, site, tokens[number :: len(holders)])
    answers = [holder.answer() for holder in holders]
    took = time.monotonic() - began
    after, database_after = one.settle()
    return {
        "connections": sum(answer["joined"] for answer in answers),
        "seconds": round(took, 2),
        "connects_per_second": round(len(tokens) / took),
        "cpu_us_per_connect": round((after - before) / len(tokens) * 1e6, 1),
        "database_cpu_us_per_connect": round((database_after - database_before) / len(tokens) * 1e6, 1),
        "client_core_share": round(sum(answer["core_share"] for answer in answers), 2),
        "closed_meanwhile": sum(answer["closed"] for answer in answers),
    }


def _each(holders: Sequence[Holder]) -> list[dict[str, Any]]:
    """Let everybody leave."""
    for holder in holders:
        holder.leave()
    return [holder.answer() for holder in holders]
