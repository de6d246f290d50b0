"""The command: measures, prints a table with gates and goals, writes JSON on request."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from bench.connections import idle, newcomers
from bench.load import gather_crowd
from bench.measures import latency, throughput
from bench.report import table
from bench.server import Server, cores, set_up

PARTS = ("start", "throughput", "latency", "connections")


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for."""
    options = _options(arguments)
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    found: dict[str, Any] = {"load_before": os.getloadavg()[0], "is_one_core": server_core == client_core}
    if "start" in options.only:
        found["start"] = measure_start(server_core, options)
    if "throughput" in options.only or "latency" in options.only:
        found |= _run(measure_messages(server_core, options))
    if "connections" in options.only:
        found["connections"] = _run(measure_connections(server_core, options))
    found["load_after"] = os.getloadavg()[0]
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n")
    print(table(found))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure only these")
    parser.add_argument("--json", help="write what was found to this file too")
    parser.add_argument("--repeats", type=int, default=3, help="measure so many times; the median counts")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement of messages")
    parser.add_argument("--visitors", type=int, default=256, help="in conversation")
    parser.add_argument("--operators", type=int, default=1, help="consoles open; each gets every message")
    parser.add_argument("--in-flight", type=int, default=512, help="messages under way at once, for throughput")
    parser.add_argument("--rates", type=float, nargs="+", default=[200.0, 1000.0], help="messages a second")
    parser.add_argument("--idle", type=int, default=8000, help="idle visitors")
    parser.add_argument("--idle-first", type=int, default=1000, help="connections before memory is first looked at")
    parser.add_argument("--setting", action="append", default=[], metavar="KLEPET_X=Y", help="a setting of the server")
    return parser.parse_args(arguments)


def measure_start(core: int, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds from the command to the first answer, and memory then; on an empty folder, and on a known one."""
    seconds, rss = [], []
    with tempfile.TemporaryDirectory() as folder:
        with _server(Path(folder), core, options) as server:
            first = server.start_seconds
        for _ in range(options.repeats):
            with _server(Path(folder), core, options) as server:
                seconds.append(server.start_seconds)
                rss.append(server.start_rss)
    return {
        "seconds": round(median(seconds), 2),
        "first_seconds": round(first, 2),
        "rss_mib": round(median(rss) / 2**20, 1),
    }


async def measure_messages(core: int, options: argparse.Namespace) -> dict[str, Any]:
    """Throughput and latency, on one server."""
    found: dict[str, Any] = {"operators": options.operators, "visitors": options.visitors}
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder), core, options) as server:
        token, site = set_up(server)
        crowd = await gather_crowd(server, token, site, options.visitors, options.operators)
        if "throughput" in options.only:
            runs = [await throughput(crowd, options.seconds, options.in_flight) for _ in range(options.repeats)]
            found["throughput"] = runs
        if "latency" in options.only:
            found["latency"] = [
                await latency(crowd, rate, options.seconds) for rate in options.rates for _ in range(options.repeats)
            ]
        found["rss_mib_after_messages"] = round(server.rss() / 2**20, 1)
        crowd.close()
        await asyncio.sleep(0.5)
    return found


async def measure_connections(core: int, options: argparse.Namespace) -> dict[str, Any]:
    """Newcomers on one server; then, on a fresh process with the same database, the same people as idle visitors."""
    with tempfile.TemporaryDirectory() as folder:
        with _server(Path(folder), core, options) as server:
            _, site = set_up(server)
            new, tokens = await newcomers(server, site, options.idle)
            await asyncio.sleep(1.0)
        with _server(Path(folder), core, options) as server:
            known = await idle(server, site, tokens, options.idle_first)
            await asyncio.sleep(0.5)
    return {"new": new, "known": known}


def _server(folder: Path, core: int, options: argparse.Namespace) -> Server:
    return Server(folder, core=core, settings=dict(one.split("=", 1) for one in options.setting))


def _run(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


if __name__ == "__main__":
    sys.exit(main())
