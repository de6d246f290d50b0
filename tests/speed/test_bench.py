"""The bench, for a moment: it measures, and nothing is lost on the way. How fast is for people to judge."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bench.growth_report import verdict
from bench.report import markdown, write_between
from tests.postgres import binaries

ROOT = Path(__file__).parents[2]
SMALL = "--repeats 1 --seconds 1 --visitors 8 --in-flight 8 --rates 100 --requests 4 --soak-minutes 0.05 --growth 300"
CROWD = "--idle 60 --idle-first 20 --newcomers 10 --rest-seconds 0.5 --rounds 2"
WRONG = ("unacknowledged", "undelivered", "doubled", "refused")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # a busy machine takes its time
    pytest.mark.skipif(sys.platform != "linux", reason="the bench reads /proc"),
]


def bench(folder: Path, *chosen: str) -> dict[str, Any]:
    """What the command finds."""
    results = folder / "results.json"
    command = [sys.executable, "-m", "bench", "--json", str(results), "--cache", str(folder / "cache")]
    command += [*SMALL.split(), *CROWD.split(), *chosen]
    answer = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=560, check=False)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(results.read_text())
    assert "durable messages a second" in answer.stdout
    return found


def check_messages(run: dict[str, Any]) -> None:
    for one in (*run["throughput"], *run["latency"]):
        assert one["messages"] > 20
        assert one["cpu_us_per_message"] > 0
        assert [one[name] for name in WRONG] == [0, 0, 0, 0]
    assert set(run["latency"][0]["ack_ms"]) == {"p50", "p90", "p99", "max"}


def check_idle(run: dict[str, Any]) -> None:
    assert run["new"]["connections"] == 10
    assert run["storm"]["connections"] == run["visitors"] == 60
    assert run["known"]["connections"] == 40
    assert run["closed_meanwhile"] == 0


def check_growth(run: dict[str, Any]) -> None:
    assert 250 < run["messages"] < 350
    assert [run[key][name] for key in ("append", "append_full") for name in WRONG] == [0] * 8
    assert {name for name, one in run["requests"].items() if one["failed"]} == set()
    assert run["requests"]["searching: a common word"]["rows"] > 0
    assert run["requests"]["listing: closed"]["rows"] > 0
    assert run["requests"]["the console connects"]["rows"] == 2


def test_the_bench_measures_and_loses_nothing_on_sqlite(tmp_path: Path) -> None:
    found = bench(tmp_path, "--database", "sqlite", "--only", "start", "messages", "idle", "soak")
    (start,), (messages,), (idle,), (soak,) = (found[key]["runs"] for key in ("start", "messages", "idle", "soak"))
    assert start["seconds"] > 0
    assert start["rss_mib"] > 10
    check_messages(messages)
    check_idle(idle)
    assert soak["passed_by"] > 0
    assert [soak[name] for name in (*WRONG, "passed_by_unanswered")] == [0] * 5


@pytest.mark.skipif(binaries() is None, reason="PostgreSQL is not installed")
def test_the_bench_measures_two_processes_and_what_is_stored_on_postgresql(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="klepet-bench-test-") as cache:  # PostgreSQL's user cannot see tmp_path
        Path(cache).chmod(0o755)
        chosen = (
            "--database",
            "postgresql",
            "--processes",
            "2",
            "--only",
            "messages",
            "batches",
            "growth",
            "--cache",
            cache,
        )
        found = bench(tmp_path, *chosen)
    (messages,), (batches,), (growth,) = (found[key]["runs"] for key in ("messages", "batches", "growth"))
    assert all(time > 0 for took in batches["ms"].values() for time in took.values())
    check_messages(messages)
    assert messages["throughput"][0]["database_cpu_us_per_message"] > 0
    check_growth(growth)
    page = tmp_path / "README.md"
    page.write_text("\n".join(["before", *markdown({"machine": "none"}), "after\n"]))
    write_between(page, markdown(found))
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| PostgreSQL, 2 processes: lost, doubled or refused | 0 | 0 | 0 |" in text
    assert "| searching: a common word |" in text


def test_growth_is_judged() -> None:
    assert verdict([(10_000, 2_000), (5_000_000, 2_400)]) == "flat"
    assert verdict([(10_000, 2_000), (5_000_000, 3_900)]) == "logarithmic"
    assert verdict([(10_000, 2_000), (5_000_000, 10_000)]) == "grows 5.0 times"
    assert verdict([(10_000, 20), (5_000_000, 200)]) == "flat"
