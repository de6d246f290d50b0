"""The parts of the bench: each starts what it needs, measures, and gives its runs."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from bench.batches import batch_times
from bench.connections import idle_visitors
from bench.database import Postgres
from bench.growth import grown
from bench.holders import most_connections
from bench.installation import Installation
from bench.load import gather_crowd
from bench.measures import latency, throughput
from bench.options import Options
from bench.peers.measure import PEERS, measure_peer
from bench.server import Server
from bench.soak import soak

PEER_RATE = 1000.0
Runs = list[dict[str, Any]]


def start(options: Options) -> Runs:
    """Seconds from the command to the first answer, and memory then; on an empty folder, and on a known one."""
    seconds, rss = [], []
    with tempfile.TemporaryDirectory() as folder:
        with Server(Path(folder), core=options.core, settings=options.settings) as server:
            first = server.start_seconds
        for _ in range(options.repeats):
            with Server(Path(folder), core=options.core, settings=options.settings) as server:
                seconds.append(server.start_seconds)
                rss.append(server.start_rss)
    found = {"seconds": round(median(seconds), 2), "first_seconds": round(first, 2)}
    return [found | {"rss_mib": round(median(rss) / 2**20, 1)}]


def messages(options: Options) -> Runs:
    """Rates and latencies on each database and with each number of processes."""
    found = []
    for database in options.database:
        for processes in [1] if database == "sqlite" else options.processes:
            with _fresh(options, database, processes) as one:
                found.append({"database": database, "processes": processes} | _run(_messages(one, options)))
    return found


async def _messages(one: Installation, options: Options) -> dict[str, Any]:
    token, site = one.set_up()
    crowd = await gather_crowd(one, token, site, options.visitors, options.operators)
    full = [await throughput(crowd, options.seconds, options.in_flight) for _ in range(options.repeats)]
    timed = [await latency(crowd, rate, options.seconds) for rate in options.rates for _ in range(options.repeats)]
    crowd.close()
    await asyncio.sleep(0.5)
    return {"throughput": full, "latency": timed, "rss_mib_after": round(one.rss() / 2**20, 1)}


def peers(options: Options) -> Runs:
    """What else carries messages, with the same crowd."""
    return [
        _run(
            measure_peer(
                name,
                options.cache,
                options.core,
                visitors=options.visitors,
                seconds=options.seconds,
                in_flight=options.in_flight,
                rate=PEER_RATE,
                repeats=options.repeats,
            )
        )
        for name in PEERS
    ]


def idle(options: Options) -> Runs:
    """Visitors connected to one process, as many as the limit of open files allows; on each database."""
    found = []
    for database in options.database:
        count = options.idle if database == "sqlite" else options.idle_postgresql
        with _kept(options, database) as postgres:
            found.append(_idle(options, min(count, most_connections()), 1, options.newcomers, postgres))
    return found


def many(options: Options) -> Runs:
    """Visitors over several processes; what the limits do not allow is left to be computed."""
    if options.many > most_connections() * options.many_processes:
        print(f"bench: {options.many} connections need a limit of more open files than {most_connections()} each")
        return []
    with _kept(options, "postgresql") as postgres:
        return [_idle(options, options.many, options.many_processes, 0, postgres)]


def _idle(options: Options, count: int, processes: int, newcomers: int, postgres: Postgres | None) -> dict[str, Any]:
    return idle_visitors(
        options.cache,
        options.core,
        options.client_core,
        options.settings,
        count=count,
        first=min(options.idle_first, count // 2),
        newcomers=newcomers,
        rest_seconds=options.rest_seconds,
        processes=processes,
        postgres=postgres,
    )


def growth(options: Options) -> Runs:
    """The same requests with little and much stored, on each database."""
    found = []
    for database in options.database:
        for count in sorted(options.growth):
            with _kept(options, database) as postgres:
                work = grown(
                    options.cache,
                    options.core,
                    options.settings,
                    messages=count,
                    requests=options.requests,
                    seconds=options.seconds,
                    postgres=postgres,
                )
                found.append(_run(work))
    return found


def batches(options: Options) -> Runs:
    """What one batch takes, by its size, on each database."""
    found = []
    for database in options.database:
        with _kept(options, database) as postgres:
            found.append(batch_times(options.cache, repeats=options.rounds, postgres=postgres))
    return found


def soak_part(options: Options) -> Runs:
    """Minutes of messages while visitors come and go."""
    database, processes = options.database[0], options.processes[0] if options.database[0] == "postgresql" else 1
    with _fresh(options, database, processes) as one:
        token, site = one.set_up()
        found = _run(soak(one, token, site, options.soak_minutes, options.visitors))
    return [{"database": database, "processes": processes} | found]


PARTS: dict[str, Callable[[Options], Runs]] = {
    "start": start,
    "messages": messages,
    "batches": batches,
    "peers": peers,
    "idle": idle,
    "growth": growth,
    "many": many,
    "soak": soak_part,
}


@contextlib.contextmanager
def _fresh(options: Options, database: str, processes: int) -> Iterator[Installation]:
    """An installation that nobody has used, thrown away after."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(Postgres()) if database == "postgresql" else None
        yield stack.enter_context(
            Installation(folder, core=options.core, settings=options.settings, processes=processes, postgres=postgres)
        )


@contextlib.contextmanager
def _kept(options: Options, database: str) -> Iterator[Postgres | None]:
    """The PostgreSQL whose databases stay in the cache, where it is wanted."""
    if database == "sqlite":
        yield None
    else:
        with Postgres(options.cache / "postgresql") as postgres:
            yield postgres


def _run(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
