"""What is measured of connections: how many a second, what each costs in CPU, and in memory while it is idle."""

import asyncio
import time
from typing import Any

from bench.load import begin_conversations
from bench.people import Visitor, connect_visitors
from bench.server import Server


async def storm(server: Server, site: str, tokens: list[str | None]) -> tuple[dict[str, Any], list[Visitor]]:
    """Connect all at once as after an outage, from handshake to welcome; with tokens as returning visitors."""
    cpu_before = await asyncio.to_thread(server.settle)
    own_before, began = time.process_time(), time.monotonic()
    found = await connect_visitors(server.port, site, tokens)
    took = time.monotonic() - began
    own_share = (time.process_time() - own_before) / took
    cpu_after = await asyncio.to_thread(server.settle)
    return {
        "connections": len(found),
        "connects_per_second": round(len(found) / took),
        "cpu_us_per_connect": round((cpu_after - cpu_before) / len(found) * 1e6, 1),
        "client_core_share": round(own_share, 2),
    }, found


async def newcomers(server: Server, site: str, count: int) -> tuple[dict[str, Any], list[str | None]]:
    """Connect as people who were never here; each begins a conversation and leaves. Their tokens."""
    found_cost, visitors = await storm(server, site, [None] * count)
    await begin_conversations(visitors)
    for visitor in visitors:
        visitor.wire.close()
    return found_cost, [visitor.token for visitor in visitors]


async def idle(server: Server, site: str, tokens: list[str | None], first: int) -> dict[str, Any]:
    """Bytes that each idle visitor adds, between `first` connections and all: known visitors, a conversation each."""
    some, crowd = await storm(server, site, tokens[:first])
    before = server.rss()
    cost, rest = await storm(server, site, tokens[first:])
    after = server.rss()
    cpu = server.cpu_seconds()
    await asyncio.sleep(5.0)
    at_rest = (server.cpu_seconds() - cpu) / 5.0
    codes = [code for visitor in [*crowd, *rest] for code in visitor.codes]
    for visitor in [*crowd, *rest]:
        visitor.wire.close()
    return {
        **cost,
        "first_connects_per_second": some["connects_per_second"],
        "bytes_per_connection": round((after - before) / len(rest)),
        "rss_mib": round(after / 2**20, 1),
        "cpu_share_at_rest": round(at_rest, 3),
        "closed_meanwhile": len(codes),
    }
