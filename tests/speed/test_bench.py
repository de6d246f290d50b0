"""The bench, for a moment: it measures, and nothing is lost on the way. How fast is for people to judge."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = "--repeats 1 --seconds 1 --visitors 8 --in-flight 8 --rates 100 --idle 60 --idle-first 20"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the bench reads /proc")]


def test_the_bench_measures_and_loses_nothing(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench", "--json", str(results), *SMALL.split()]
    answer = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=110, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "durable messages a second" in answer.stdout
    found = json.loads(results.read_text())
    assert found["start"]["seconds"] > 0
    assert found["start"]["rss_mib"] > 10
    (full,), (timed,) = found["throughput"], found["latency"]
    for run in (full, timed):
        assert run["messages"] > 20
        assert run["cpu_us_per_message"] > 0
        assert [run[name] for name in ("unacknowledged", "undelivered", "doubled", "refused")] == [0, 0, 0, 0]
    assert set(timed["ack_ms"]) == {"p50", "p90", "p99", "max"}
    assert found["connections"]["new"]["connections"] == 60
    known = found["connections"]["known"]
    assert (known["connections"], known["closed_meanwhile"]) == (40, 0)
