"""What can be chosen on the command line."""

import argparse
import tempfile
from pathlib import Path

from bench.database import is_installed

DEFAULT_PARTS = ("start", "messages", "batches", "peers", "idle")
LONG_PARTS = ("growth", "many", "soak")
ABOUT = "Measure what this machine carries: klepet as it is shipped, with default settings but for rate limits."
HELP = """
Parts: start; messages (rates and latencies); batches (what a transaction of the writer takes); peers (socket.io and
Django Channels); idle (visitors connected): together about eight minutes. Longer ones, when they are named: growth
(thousands to millions stored), many (visitors over several processes), soak (ten minutes).
"""


class Options(argparse.Namespace):
    """The options, and the cores that the measurements use."""

    only: list[str]
    database: list[str]
    processes: list[int]
    repeats: int
    seconds: float
    visitors: int
    operators: int
    in_flight: int
    rates: list[float]
    rounds: int
    idle: int
    idle_postgresql: int
    idle_first: int
    newcomers: int
    rest_seconds: float
    many: int
    many_processes: int
    growth: list[int]
    requests: int
    soak_minutes: float
    cache: Path
    setting: list[str]
    json: Path | None
    figures: Path | None
    core: int
    client_core: int

    @property
    def settings(self) -> dict[str, str]:
        """Settings of the server that differ from the default."""
        return dict(one.split("=", 1) for one in self.setting)


def read(arguments: list[str] | None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python3 start.py bench", description=ABOUT, epilog=HELP)
    add = parser.add_argument
    both = ["sqlite", "postgresql"] if is_installed() else ["sqlite"]
    add("--only", choices=DEFAULT_PARTS + LONG_PARTS, nargs="+", default=DEFAULT_PARTS, help="measure only these parts")
    add("--database", choices=("sqlite", "postgresql"), nargs="+", default=both, help="on which; soak takes the first")
    add("--processes", type=int, nargs="+", default=[1, 2], help="of klepet, for messages on PostgreSQL")
    add("--repeats", type=int, default=3, help="measure so many times; the median counts")
    add("--seconds", type=float, default=5.0, help="of each measurement of messages")
    add("--visitors", type=int, default=256, help="in conversation")
    add("--operators", type=int, default=1, help="consoles open; each gets every message")
    add("--in-flight", type=int, default=512, help="messages under way at once, for throughput")
    add("--rates", type=float, nargs="+", default=[200.0, 1000.0, 4000.0], help="messages a second, for latencies")
    add("--rounds", type=int, default=100, help="of batches of each size")
    add("--idle", type=int, default=18_000, help="idle visitors, as far as the limit of open files allows")
    add("--idle-postgresql", type=int, default=4000, help="of them on PostgreSQL, where connects cost more")
    add("--idle-first", type=int, default=1000, help="of them, before memory is first looked at")
    add("--newcomers", type=int, default=2000, help="who connect for the first time")
    add("--rest-seconds", type=float, default=10.0, help="to look at the CPU of idle visitors")
    add("--many", type=int, default=50_000, help="idle visitors over several processes on PostgreSQL")
    add("--many-processes", type=int, default=3, help="over so many")
    add("--growth", type=int, nargs="+", default=[10_000, 1_000_000, 5_000_000], help="messages stored")
    add("--requests", type=int, default=100, help="of each kind, for growth")
    add("--soak-minutes", type=float, default=10.0, help="of the soak")
    add("--cache", type=Path, default=Path(tempfile.gettempdir()) / "klepet-bench", help="keeps what is filled once")
    add("--setting", action="append", default=[], metavar="KLEPET_X=Y", help="a setting of the server")
    add("--json", type=Path, metavar="FILE", help="add what is found to this file, part by part")
    add(
        "--figures",
        type=Path,
        metavar="FILE",
        help="write the tables of such a file into bench/README.md and docs/scaling.md; only that",
    )
    return parser.parse_args(arguments, namespace=Options())
