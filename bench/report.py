"""The tables: what was found, beside the gates that must hold and the goals to reach. For a terminal and README.md."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench import growth_report

KIB = 1024
KINDS = ("messages", "receipts", "index", "pages")
MANY = 50_000
BEGIN, END = (
    "<!-- figures: written by `python3 start.py bench --figures FILE`, not by hand -->",
    "<!-- end of figures -->",
)
Run = dict[str, Any]


class Row(NamedTuple):
    """One line. `gate` must hold; `goal` is to be reached."""

    what: str
    found: str
    gate: str = ""
    goal: str = ""


def sections(found: Run) -> Iterator[tuple[str, list[Row]]]:
    """Every part that was measured: a heading with what it ran on, and its rows."""
    for key, name, rows in (
        ("messages", "Messages, end to end", _messages),
        ("batches", "Batches of the writer", _batches),
        ("peers", "Beside what else carries messages (without storing them)", _peers),
        ("idle", "Visitors connected", _idle),
        ("many", "Many visitors, over several processes", _idle),
        ("soak", "Soak", _soak),
        ("start", "Start", _start),
    ):
        part = found.get(key)
        if not part:
            continue
        made = list(rows(part["runs"], found))
        yield f"{name} (load {part['load_before']:.1f} to {part['load_after']:.1f})", made


def table(found: Run) -> str:
    """For a terminal."""
    lines = []
    for heading, rows in sections(found):
        lines += ["", f"{heading:80}{'found':>42}{'gate':>10}{'goal':>11}"]
        lines += [f"  {row.what:78}{row.found:>42}{row.gate:>10}{row.goal:>11}" for row in rows]
    lines += growth_report.lines(found)
    return "\n".join(lines[1:])


def markdown(found: Run) -> list[str]:
    """For README.md: what the machine is, and a table a part."""
    lines = [BEGIN, "", found["machine"]]
    for heading, rows in sections(found):
        lines += ["", f"| {heading} | found | gate | goal |", "|---|---|---|---|"]
        lines += [f"| {row.what} | {row.found} | {row.gate} | {row.goal} |" for row in rows]
    lines += growth_report.markdown(found)
    return [*lines, "", END]


def write_between(page: Path, lines: list[str]) -> None:
    """Put lines in the place of those that stand between the first and the last of them."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(lines[0])
    _, end, after = rest.partition(lines[-1])
    if not end:
        raise SystemExit(f"bench: {page} has no marks between which figures stand")
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def mid(runs: Sequence[Run], value: Callable[[Run], float], digits: int = 0) -> str:
    """The median, and what lies around it."""
    values = [value(run) for run in runs]
    middle = f"{median(values):,.{digits}f}"
    if len(values) < 2:
        return middle
    return f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def _name(run: Run) -> str:
    if run["database"] == "sqlite":
        return "SQLite"
    return "PostgreSQL" if run["processes"] == 1 else f"PostgreSQL, {run['processes']} processes"


def _wrong(runs: Sequence[Run]) -> str:
    return str(max(int(run["unacknowledged"] + run["undelivered"] + run["doubled"] + run["refused"]) for run in runs))


def _messages(runs: list[Run], found: Run) -> Iterator[Row]:
    for run in runs:
        name, is_sqlite = _name(run), run["database"] == "sqlite"
        full = run["throughput"]
        if full:
            goal = "≥ 10,000" if is_sqlite else "≥ 8,000"
            of_two = run["processes"] > 1
            yield Row(
                f"{name}: durable messages a second",
                mid(full, lambda one: one["messages_per_second"]),
                "≥ 5,000" if is_sqlite else "",
                "" if of_two else goal,
            )
            if any(one["is_client_the_limit"] for one in full):
                yield Row(f"{name}: the core of client and database was full", "so this is a lower bound")
            yield Row(
                f"{name}: klepet's CPU a message, µs",
                mid(full, lambda one: one["cpu_us_per_message"]),
                "≤ 200" if is_sqlite else "",
                "≤ 120" if of_two else "≤ 100",
            )
            if not is_sqlite:
                yield Row(
                    f"{name}: PostgreSQL's CPU a message, µs", mid(full, lambda one: one["database_cpu_us_per_message"])
                )
        for rate in sorted({one["rate"] for one in run["latency"]}):
            yield from _latencies(name, rate, [one for one in run["latency"] if one["rate"] == rate], run["processes"])
        yield Row(f"{name}: lost, doubled or refused", _wrong([*full, *run["latency"]]), "0", "0")
    yield from _two_against_one(runs)


def _latencies(name: str, rate: float, runs: list[Run], processes: int) -> Iterator[Row]:
    judged = rate == 1000 and processes == 1
    for kind, word in (("ack", "acknowledged"), ("delivery", "delivered")):
        spread = " / ".join(
            f"{median(run[f'{kind}_ms'][share] for run in runs):.2f}" for share in ("p50", "p90", "p99", "max")
        )
        across = "p50 ≤ 3" if processes > 1 and kind == "delivery" and rate == 1000 else ""
        yield Row(
            f"{name}: {word} at {rate:,.0f}/s, p50 / p90 / p99 / max, ms",
            spread,
            "p99 < 15" if judged and name == "SQLite" else "",
            "1.5 and 8" if judged and kind == "ack" else across,
        )
    yield Row(f"{name}: klepet's CPU a message at {rate:,.0f}/s, µs", mid(runs, lambda one: one["cpu_us_per_message"]))
    late = median(run["client_late_ms"]["p99"] for run in runs)
    yield Row(f"{name}: of it the client was late, p99, ms", f"{late:.2f}")


def _two_against_one(runs: list[Run]) -> Iterator[Row]:
    cost = {
        run["processes"]: median(one["cpu_us_per_message"] for one in run["throughput"])
        for run in runs
        if run["database"] == "postgresql" and run["throughput"]
    }
    if {1, 2} <= set(cost):
        yield Row("PostgreSQL: CPU a message, two processes against one", f"{cost[2] / cost[1] - 1:+.0%}", "", "≤ +20%")


def _batches(runs: list[Run], found: Run) -> Iterator[Row]:
    for run in runs:
        name = "SQLite" if run["database"] == "sqlite" else "PostgreSQL"
        times = {int(size): took for size, took in run["ms"].items()}
        sizes = " / ".join(str(size) for size in times)
        for kind in KINDS:
            shown = " / ".join(f"{took[kind]:.2f}" for took in times.values())
            yield Row(f"{name}: {kind}, {sizes} a batch, sync included, ms", shown)
        for kind in KINDS:
            fixed, each = fit(times, kind)
            yield Row(f"{name}: {kind}: a batch, and each in it besides, ms", f"{fixed:.2f} + {each:.3f}")
        full = max(times)
        rate = full / (times[full]["messages"] + times[full]["index"]) * 1000
        yield Row(f"{name}: messages a second in full batches, indexed too", f"{rate:,.0f} (computed)")


def fit(times: dict[int, dict[str, float]], kind: str) -> tuple[float, float]:
    """What a batch takes, and each in it besides, in ms; from the smallest and the largest batch."""
    least, most = min(times), max(times)
    each = (times[most][kind] - times[least][kind]) / (most - least)
    return max(times[least][kind] - each, 0.0), each


def _peers(runs: list[Run], found: Run) -> Iterator[Row]:
    own = [run for run in found.get("messages", {}).get("runs", []) if run["throughput"]]
    for run in [*own, *runs]:
        name = f"klepet, {_name(run)}, everything stored" if "database" in run else f"{run['name']}, nothing stored"
        if "missing" in run:
            yield Row(name, f"not measured: {run['missing']}")
            continue
        full = run["throughput"]
        what = "CPU a message with its receipt, µs" if "database" in run else "CPU a message without receipts, µs"
        yield Row(f"{name}: {what}", mid(full, lambda one: one["cpu_us_per_message"]))
        yield Row(f"{name}: messages a second", mid(full, lambda one: one["messages_per_second"]))
        at_rate = [one for one in run["latency"] if one["rate"] == 1000]
        if at_rate:
            p50, p99 = (median(one["delivery_ms"][share] for one in at_rate) for share in ("p50", "p99"))
            yield Row(f"{name}: delivered at 1,000/s, p50 / p99, ms", f"{p50:.2f} / {p99:.2f}")
        if "database" not in run:
            receipts = run["with_receipts"]
            yield Row(
                f"{name}: CPU a message with its receipt, µs", mid(receipts, lambda one: one["cpu_us_per_message"])
            )
            yield Row(f"{name}: lost", _wrong([*full, *run["latency"], *receipts]), "0", "0")


def _idle(runs: list[Run], found: Run) -> Iterator[Row]:
    for run in runs:
        where = f"{run['visitors']:,}, {_name(run)}"
        each = run["bytes_per_connection"]
        yield Row(f"{where}: KiB of RSS an idle visitor", f"{each / KIB:.1f}", "≤ 32", "≤ 12")
        yield Row(f"{where}: RSS of all processes, MiB", f"{run['rss_mib']:,.0f}")
        yield Row(f"{where}: share of a core at rest", f"{run['cpu_share_at_rest']:.2%}")
        if "new" in run:
            new = run["new"]
            yield Row(f"{where}: CPU a newcomer's connect, µs", f"{new['cpu_us_per_connect']:,.0f}")
            yield Row(f"{where}: newcomers a second", f"{new['connects_per_second']:,}")
        storm = run["storm"]
        yield Row(f"{where}: CPU a connect of a known visitor, µs", f"{storm['cpu_us_per_connect']:,.0f}")
        if run["database"] != "sqlite":
            yield Row(f"{where}: of PostgreSQL besides, µs", f"{storm['database_cpu_us_per_connect']:,.0f}")
        yield Row(f"{where}: connects a second, all at once", f"{storm['connects_per_second']:,}", "", "≥ 3,000")
        yield Row(f"{where}: after a restart all are back, s", f"{storm['seconds']:.1f}")
        yield Row(f"{where}: the restart itself, s", f"{run['restart_seconds']:.1f}")
        yield Row(f"{where}: closed meanwhile", str(run["closed_meanwhile"]), "0", "0")
        if run["visitors"] < MANY and "many" not in found:
            yield Row(f"{MANY:,}, computed: GiB of RSS for them alone", f"{each * MANY / 2**30:.2f} (computed)")
            back = storm["seconds"] / run["visitors"] * MANY
            yield Row(f"{MANY:,}, computed: all back on this core, s", f"{back:.0f} (computed)")


def _soak(runs: list[Run], found: Run) -> Iterator[Row]:
    for run in runs:
        where = f"{run['minutes']:.0f} minutes, {_name(run)}"
        yield Row(f"{where}: messages; visitors who came and went", f"{run['messages']:,}; {run['passed_by']:,}")
        yield Row(f"{where}: MiB a minute after the second", f"{run['mib_a_minute']:.2f}", "< 1", "")
        yield Row(f"{where}: RSS each minute, MiB", " ".join(f"{one:.0f}" for one in run["rss_mib"]))
        ack = run["ack_ms"]
        yield Row(
            f"{where}: acknowledged p50 / p99 / max, ms", f"{ack['p50']:.2f} / {ack['p99']:.2f} / {ack['max']:.2f}"
        )
        wrong = int(_wrong([run])) + run["passed_by_unanswered"]
        yield Row(f"{where}: lost, doubled or refused", str(wrong), "0", "0")


def _start(runs: list[Run], found: Run) -> Iterator[Row]:
    for run in runs:
        yield Row("to the first answer, s", f"{run['seconds']}")
        yield Row("to the first answer with an empty folder, s", f"{run['first_seconds']}")
        yield Row("RSS, demo shop included, MiB", f"{run['rss_mib']}", "≤ 100", "≤ 80")
