"""The command: measures, prints tables with gates and goals, writes JSON on request."""

import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

from bench import parts, scaling
from bench.options import Options, read
from bench.processes import cores
from bench.report import markdown, table, write_between
from bench.server import ROOT
from klepet.store.sqlite import DRIVER

README = ROOT / "bench" / "README.md"
SCALING = ROOT / "docs" / "scaling.md"


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for."""
    options = read(arguments)
    found: dict[str, Any]
    if options.figures:
        found = json.loads(options.figures.read_text())
        write_between(README, markdown(found))
        write_between(SCALING, scaling.markdown(found))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))  # what it started is stopped on the way out
    options.core, options.client_core = cores()
    os.sched_setaffinity(0, {options.client_core})
    options.cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = {}
    if options.json and options.json.exists():
        found = json.loads(options.json.read_text())
    found["machine"] = _machine(options)
    measured: dict[str, Any] = {"machine": found["machine"]}
    for name in options.only:
        before = os.getloadavg()[0]
        runs = parts.PARTS[name](options)
        measured[name] = {"load_before": before, "load_after": os.getloadavg()[0], "runs": runs}
        found[name] = measured[name]
        if options.json:  # after each part, so that nothing is lost when a later one is stopped
            options.json.write_text(json.dumps(found, indent=1) + "\n")
    print(table(measured))
    if options.core == options.client_core:
        print("server and client shared one core: rates and latencies are lower bounds")
    return 0


def _machine(options: Options) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    names = [
        f"{os.cpu_count()} cores ({model})",
        f"Linux {platform.release().partition('-')[0]}",
        f"CPython {platform.python_version()}",
    ]
    names += [f"SQLite {DRIVER.sqlite_version}", f"psycopg {psycopg.__version__}"]
    return f"{', '.join(names)}. Runs: {options.repeats}, of {options.seconds:g} s; the median and what lies around it."


if __name__ == "__main__":
    sys.exit(main())
