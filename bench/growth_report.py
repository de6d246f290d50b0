"""The table of growth: each request with little and with much stored, and whether it is flat, logarithmic or grows."""

from collections.abc import Iterator
from math import log2
from typing import Any

FLAT = 1.25
"""Up to so many times the cost of the smallest size counts as flat: measurements differ by as much."""
SLACK = 1.25
SMALLEST_US = 300.0
"""Of CPU: what grows from less to little more is not worth a word."""


def verdict(costs: list[tuple[int, float]]) -> str:
    """Flat, logarithmic, or grows, from (messages, cost) in order of size."""
    if len(costs) < 2:
        return ""
    (least, first), (most, last) = costs[0], costs[-1]
    times = max(last, SMALLEST_US) / max(first, SMALLEST_US)
    if times <= FLAT:
        return "flat"
    return "logarithmic" if times <= log2(most) / log2(least) * SLACK else f"grows {times:.1f} times"


def markdown(found: dict[str, Any]) -> list[str]:
    """A table for each database."""
    made = []
    for heading, columns, rows in _tables(found):
        made += ["", f"| {heading} | {' | '.join(columns)} | |", "|---|" + "---|" * (len(columns) + 1)]
        made += [f"| {name} | {' | '.join(cells)} | {word} |" for name, cells, word in rows]
    return made


def lines(found: dict[str, Any]) -> list[str]:
    """The same for a terminal."""
    made = []
    for heading, columns, rows in _tables(found):
        made += ["", f"{heading:80}" + "".join(f"{column:>20}" for column in columns)]
        made += [f"  {name:78}" + "".join(f"{cell:>20}" for cell in cells) + f"  {word}" for name, cells, word in rows]
    return made


def _tables(found: dict[str, Any]) -> Iterator[tuple[str, list[str], list[tuple[str, list[str], str]]]]:
    part = found.get("growth")
    if not part:
        return
    for database, title in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        runs = sorted((run for run in part["runs"] if run["database"] == database), key=lambda run: run["messages"])
        if not runs:
            continue
        load = f"load {part['load_before']:.1f} to {part['load_after']:.1f}"
        heading = f"Growth, {title}: p50 in ms (CPU in ms, PostgreSQL's included) ({load})"
        columns = [f"{run['messages']:,} messages" for run in runs]
        yield heading, columns, list(_rows(runs))


def _rows(runs: list[dict[str, Any]]) -> Iterator[tuple[str, list[str], str]]:
    for name in runs[0]["requests"]:
        asked = [run["requests"][name] for run in runs]
        costs = [one["cpu_us"] + one["database_cpu_us"] for one in asked]
        cells = [
            f"{one['ms']['p50']:.1f} ({cost / 1000:.1f})" + (f", {one['failed']} failed" if one["failed"] else "")
            for one, cost in zip(asked, costs, strict=True)
        ]
        yield name, cells, _judged(runs, costs)
    for key, name in (("append", "appending at 200/s"), ("append_full", "appending at full rate, CPU a message, µs")):
        costs = [run[key]["cpu_us_per_message"] + run[key]["database_cpu_us_per_message"] for run in runs]
        if key == "append":
            cells = [
                f"{run[key]['ack_ms']['p50']:.1f} ({cost / 1000:.2f})" for run, cost in zip(runs, costs, strict=True)
            ]
        else:
            cells = [f"{cost:.0f}" for cost in costs]
        yield name, cells, _judged(runs, costs)
    wrong = [
        sum(
            int(run[key][what])
            for key in ("append", "append_full")
            for what in ("unacknowledged", "doubled", "refused")
        )
        for run in runs
    ]
    yield "lost, doubled or refused", [str(one) for one in wrong], ""
    yield "the database on disk, MiB", [f"{run['bytes'] / 2**20:,.0f}" for run in runs], ""
    yield "bytes a message", [f"{run['bytes'] / run['messages']:,.0f}" for run in runs], ""
    yield "start to the first answer, s", [f"{run['start_seconds']:.1f}" for run in runs], ""


def _judged(runs: list[dict[str, Any]], costs: list[float]) -> str:
    return verdict([(run["messages"], cost) for run, cost in zip(runs, costs, strict=True)])
