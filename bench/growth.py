"""What is measured of growth: the same requests and the same messages with little and with much stored."""

import asyncio
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from bench.database import Postgres
from bench.fill import Base
from bench.installation import Installation
from bench.load import gather_crowd
from bench.measures import latency, spread, throughput
from bench.people import Operator, connect
from bench.vocabulary import LANGUAGES, vocabulary

LINES = 12
DAYS = 730.0
COMES_BACK = 0.75
"""Contacts for each conversation: a quarter of the conversations are of somebody who was here before."""
RATE = 200.0
COMMON, RARE = 8, 20_000
"""Ranks of words: the one stands in some hundredths of the messages of its language, the other in a few of millions."""


async def grown(
    cache: Path,
    core: int,
    settings: dict[str, str],
    *,
    messages: int,
    requests: int,
    seconds: float,
    postgres: Postgres | None = None,
) -> dict[str, Any]:
    """Everything that may become slower, with so many messages stored."""
    conversations = max(messages // LINES, 20)
    plan = {
        "conversations": conversations,
        "contacts": round(conversations * COMES_BACK),
        "lines": LINES,
        "days": DAYS,
        "open_conversations": min(50, conversations // 10),
    }
    base = await asyncio.to_thread(Base, cache, f"growth-{messages}", plan, postgres)
    one = Installation(base.folder, core=core, settings=settings, postgres=postgres, database=base.database)
    found: dict[str, Any] = {
        "database": "sqlite" if postgres is None else "postgresql",
        "messages": base.facts["messages"],
        "bytes": base.size(),
        "filled_seconds": base.facts["filled_seconds"],
        "requests": {},
    }
    with one:
        found["start_seconds"] = round(one.servers[0].start_seconds, 2)
        for name, paths in _questions(base.facts["conversations"], requests):
            found["requests"][name] = await asyncio.to_thread(_ask, one, base.token, list(paths))
        found["requests"]["the console connects"] = await _connect_console(one, base.token, max(3, requests // 10))
        crowd = await gather_crowd(one, base.token, base.site, 64, 1)
        found["append"] = await latency(crowd, RATE, seconds)
        found["append_full"] = await throughput(crowd, seconds, 256)
        crowd.close()
        await asyncio.sleep(0.5)
    base.grew(crowd.sent)
    return found


def _questions(conversations: list[str], count: int) -> Iterator[tuple[str, Iterator[str]]]:
    """Names of what is asked, and the paths: a different one each time where there is more than one."""
    ids = [conversations[number * 7 % len(conversations)] for number in range(count)]
    yield "opening: the conversation", (f"/conversations/{one}" for one in ids)
    yield "opening: its messages", (f"/conversations/{one}/messages" for one in ids)
    for view in ("queued", "mine", "closed", "all"):
        yield f"listing: {view}", (f"/conversations?view={view}" for _ in ids)
    yield "listing: contacts", ("/contacts" for _ in ids)
    yield "finding a contact", (f"/contacts?q=customer{number * 3}%40" for number in range(count))
    for name, ranks, cut in (
        ("a common word", (COMMON,), None),
        ("two common words", (COMMON, COMMON + 5), None),
        ("a rare word", (RARE,), None),
        ("a common and a rare word", (COMMON, RARE), None),
        ("the beginning of words", (RARE,), 3),
    ):
        yield f"searching: {name}", (_search(LANGUAGES[number % 4], ranks, cut, number // 4) for number in range(count))


def _search(language: str, ranks: tuple[int, ...], cut: int | None, step: int) -> str:
    words = vocabulary(language)[0]
    asked = " ".join(words[rank + (step if rank == RARE else 0)] for rank in ranks)[:cut]
    return f"/search?q={quote(asked)}"


def _ask(one: Installation, token: str, paths: list[str]) -> dict[str, Any]:
    """Ask one after another over one connection; how long each took, and the CPU of klepet and of the database."""
    connection = http.client.HTTPConnection("127.0.0.1", one.for_operators, timeout=30)
    took, rows, failed = [], [], 0
    before, database_before = one.settle()
    for path in paths:
        began = time.monotonic()
        connection.request("GET", f"/api/v1{path}", headers={"authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.monotonic() - began)
        if answer.status == 200:
            rows.append(len(json.loads(body).get("items", [0])))
        else:
            failed += 1
    connection.close()
    after, database_after = one.settle()
    return {
        "ms": spread(took),
        "cpu_us": round((after - before) / len(paths) * 1e6),
        "database_cpu_us": round((database_after - database_before) / len(paths) * 1e6),
        "rows": median(rows) if rows else 0,
        "failed": failed,
    }


async def _connect_console(one: Installation, token: str, count: int) -> dict[str, Any]:
    """Operators who open the console: the snapshot of what is open."""
    took, rows = [], 0
    before, database_before = await asyncio.to_thread(one.settle)
    for _ in range(count):
        operator = Operator(f"127.0.0.1:{one.for_operators}", token)
        began = time.monotonic()
        welcome = await connect(operator, one.for_operators)
        took.append(time.monotonic() - began)
        rows = len(welcome["operator_state"]["conversations"])
        operator.wire.close()
    after, database_after = await asyncio.to_thread(one.settle)
    return {
        "ms": spread(took),
        "cpu_us": round((after - before) / count * 1e6),
        "database_cpu_us": round((database_after - database_before) / count * 1e6),
        "rows": rows,
        "failed": 0,
    }
