"""What follows from the measurements for larger installations: the tables of docs/scaling.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any

from bench.report import KIB, fit

BEGIN = "<!-- scaling: written by `python3 start.py bench --figures FILE`, not by hand -->"
END = "<!-- end of scaling -->"

PAGE_SECONDS = 60.0
"""How long a visitor stays on a page: each page is a new connection, and a page view to keep."""
TALKING_SHARE = 0.02
"""Of the connected visitors: in conversation right now."""
MESSAGES_A_MINUTE = 2.0
"""In each of these conversations, both sides together."""
FULL_SHARE = 0.6
"""How much of a core, or of a writer's time, is planned for: what is busier than that makes people wait."""
BATCH = 256
BUSY_HOURS = 10
SIZES = (1_000, 10_000, 100_000, 1_000_000)
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
KIND_WORDS = {"messages": "message", "receipts": "receipt", "index": "message to index", "pages": "page view"}


@dataclass(frozen=True)
class Inputs:
    """What the arithmetic starts from. Times in seconds."""

    message_cpu: float
    message_database_cpu: float
    connect_cpu: float
    connect_database_cpu: float
    rest_cpu: float
    visitor_bytes: float
    held: dict[str, float]
    """For each kind: how long the writer's turn lasts for one, in full batches."""
    sources: list[tuple[str, str, str]]


def markdown(found: dict[str, Any]) -> list[str]:
    """The figures, and what is computed from them."""
    missing = [part for part in ("messages", "batches", "idle") if part not in found]
    if missing:
        raise SystemExit(f"bench: the scaling page needs these parts too: {', '.join(missing)}")
    made = _inputs(found)
    lines = [BEGIN, "", found["machine"], "", "| measured | | with the load of the machine |", "|---|---|---|"]
    lines += [f"| {name} | {value} | {load} |" for name, value, load in made.sources]
    lines += ["", "| computed, for one PostgreSQL | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in _limits(made)]
    rows = list(_installations(made))
    lines += ["", f"| computed, visitors connected | {' | '.join(f'{size:,}' for size in SIZES)} |"]
    lines += ["|---" * (len(SIZES) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return [*lines, "", END]


def _inputs(found: dict[str, Any]) -> Inputs:
    sources = []

    def load(part: str) -> str:
        return f"{found[part]['load_before']:.1f} to {found[part]['load_after']:.1f}"

    def note(name: str, value: float, unit: str, part: str, digits: int = 0) -> float:
        sources.append((name, f"{value:,.{digits}f} {unit}", load(part)))
        return value

    runs = {(run["database"], run["processes"]): run for run in found["messages"]["runs"]}
    one = runs.get(("postgresql", 1)) or runs[("sqlite", 1)]
    name = NAMES[one["database"]]
    cpu = median(run["cpu_us_per_message"] for run in one["throughput"])
    database_cpu = median(run["database_cpu_us_per_message"] for run in one["throughput"])
    message = note(f"CPU of klepet a message, {name}", cpu, "µs", "messages")
    message_database = note("CPU of the database a message", database_cpu, "µs", "messages")
    part = "many" if found.get("many", {}).get("runs") else "idle"
    run = max(found[part]["runs"], key=lambda one: (one["database"] == "postgresql", one["visitors"]))
    where = f"{run['visitors']:,} known visitors on {NAMES[run['database']]}, processes: {run['processes']}"
    storm = run["storm"]
    connect = note(f"CPU of klepet a connect ({where})", storm["cpu_us_per_connect"], "µs", part)
    connect_database = note("CPU of the database a connect", storm["database_cpu_us_per_connect"], "µs", part)
    rest = run["cpu_share_at_rest"] / run["visitors"]
    note("CPU a second of an idle visitor", rest * 1e6, "µs", part, 1)
    each = note("memory of an idle visitor", run["bytes_per_connection"] / KIB, "KiB", part, 1) * KIB
    batches = {one["database"]: one for one in found["batches"]["runs"]}
    batch = batches.get("postgresql") or batches["sqlite"]
    times = {int(size): took for size, took in batch["ms"].items()}
    held = {}
    for kind, word in KIND_WORDS.items():
        fixed, more = fit(times, kind)
        turn = f"writer's turn, {NAMES[batch['database']]}"
        note(f"{turn}: a, a batch of {kind}", fixed, "ms", "batches", 2)
        note(f"{turn}: b, each {word} in it", more * 1000, "µs", "batches")
        held[kind] = (more + fixed / BATCH) / 1000
    return Inputs(
        message / 1e6, message_database / 1e6, connect / 1e6, connect_database / 1e6, rest, each, held, sources
    )


def _of_message(made: Inputs) -> float:
    """The writer's turn for a message with its receipt and its words in the index."""
    return made.held["messages"] + made.held["receipts"] + made.held["index"]


def _limits(made: Inputs) -> Iterator[tuple[str, str]]:
    yield "messages a second in full batches, alone: 256 ÷ (a + 256 b)", f"{1 / made.held['messages']:,.0f}"
    together = made.held["messages"] + made.held["index"]
    yield "the same, with their words in the index", f"{1 / together:,.0f}"
    yield "the same, with a receipt for each besides", f"{1 / _of_message(made):,.0f}"
    yield "page views a second, alone", f"{1 / made.held['pages']:,.0f}"
    core = 1 / made.message_cpu
    yield "messages a second that one core of klepet carries", f"{core:,.0f}"
    yield "cores of klepet that keep one writer's turn full", f"{1 / together / core:.1f}"
    visitors = FULL_SHARE / (made.held["pages"] / PAGE_SECONDS + _of_message(made) * _talk())
    yield (
        f"connected visitors, a page each {PAGE_SECONDS:.0f} s, at {FULL_SHARE:.0%} of the writer's time",
        f"{visitors:,.0f}",
    )
    alone = FULL_SHARE / (_of_message(made) * _talk())
    yield "the same, if page views were written outside the writer's turn", f"{alone:,.0f}"


def _talk() -> float:
    """Messages a second for each connected visitor."""
    return TALKING_SHARE * MESSAGES_A_MINUTE / 60


def _installations(made: Inputs) -> Iterator[tuple[str, list[str]]]:
    def row(name: str, value: Any) -> tuple[str, list[str]]:
        return name, [value(size) for size in SIZES]

    def klepet(size: int) -> float:
        connects, messages = size / PAGE_SECONDS, size * _talk()
        return (connects * made.connect_cpu + messages * made.message_cpu + size * made.rest_cpu) / FULL_SHARE

    def database(size: int) -> float:
        connects, messages = size / PAGE_SECONDS, size * _talk()
        return (connects * made.connect_database_cpu + messages * made.message_database_cpu) / FULL_SHARE

    def turn(size: int, *, with_pages: bool) -> float:
        pages = size / PAGE_SECONDS * made.held["pages"] if with_pages else 0.0
        return pages + size * _talk() * _of_message(made)

    yield row("connects and page views a second", lambda size: f"{size / PAGE_SECONDS:,.0f}")
    yield row("messages a second", lambda size: f"{size * _talk():,.1f}")
    yield row(f"cores of klepet, at {FULL_SHARE:.0%}", lambda size: f"{klepet(size):,.1f}")
    yield row("memory of the connections, GiB", lambda size: f"{size * made.visitor_bytes / 2**30:,.2f}")
    yield row(f"cores of PostgreSQL, at {FULL_SHARE:.0%}", lambda size: f"{database(size):,.1f}")
    yield row("the writers' turn is taken for", lambda size: f"{turn(size, with_pages=True):.1%}")
    yield row("the same without page views", lambda size: f"{turn(size, with_pages=False):.1%}")
    yield row(
        f"logs that are needed, at {FULL_SHARE:.0%}, with and without page views in the turn",
        lambda size: (
            f"{ceil(turn(size, with_pages=True) / FULL_SHARE)} and {ceil(turn(size, with_pages=False) / FULL_SHARE)}"
        ),
    )
    busy = BUSY_HOURS * 3600
    yield row(f"messages a day of {BUSY_HOURS} such hours", lambda size: f"{size * _talk() * busy:,.0f}")
    yield row("page views a day", lambda size: f"{size / PAGE_SECONDS * busy:,.0f}")
