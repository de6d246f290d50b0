"""The command behind `python3 start.py fuzz`: fuzzes, tells what came out, and with `--keep` renews the corpus in the
tree with what reaches most.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.targets import TARGETS, inputs_of

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".results" / "fuzz"
INPUT_BYTES = 8_192
INPUT_SECONDS = 60
MEMORY_MIB = 1_024
_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.M)
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")


def main(arguments: list[str]) -> int:
    """Run the targets that were asked for, one after another; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="start.py fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long in all (10)")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="one of them only")
    parser.add_argument("--keep", action="store_true", help="renew the corpus in tests/fuzz/corpus")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where inputs and logs go (.results/fuzz)")
    given = parser.parse_args(arguments)
    names = given.target or sorted(TARGETS)
    clean = [fuzz(name, given.minutes * 60 / len(names), given.results / name) for name in names]
    is_clean = all(clean)
    if given.keep and is_clean:
        from tests.fuzz import reach

        for name in names:
            reach.renew(name, given.results / name / "inputs")
    return 0 if is_clean else 1


def fuzz(name: str, seconds: float, folder: Path) -> bool:
    """Fuzz one target. Tells whether nothing was found."""
    inputs, first, found = folder / "inputs", folder / "first", folder / "found"
    shutil.rmtree(first, ignore_errors=True)
    for place in (inputs, first, found):
        place.mkdir(parents=True, exist_ok=True)
    target = TARGETS[name]()
    for number, seed in enumerate([*target.seeds(), *inputs_of(name)]):
        (first / f"{number:03}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-max_len={INPUT_BYTES}",
        f"-timeout={INPUT_SECONDS}",
        f"-report_slow_units={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        "-print_final_stats=1",
        f"-artifact_prefix={found}/",
    ]
    if words := target.words():
        (folder / "words").write_text("".join(f'"{_quoted(word)}"\n' for word in words), encoding="ascii")
        options.append(f"-dict={folder / 'words'}")
    command = [sys.executable, "-m", "tests.fuzz.engine", name, *options, str(inputs), str(first)]
    began = time.monotonic()
    with (folder / "log").open("wb") as log:
        code = subprocess.call(command, cwd=ROOT, env=dict(os.environ), stdout=log, stderr=subprocess.STDOUT)
    tell(name, code, time.monotonic() - began, folder)
    return code == 0


def tell(name: str, code: int, seconds: float, folder: Path) -> None:
    """Say what a run came to."""
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    numbers = dict(_STATISTIC.findall(log))
    places, features, inputs = (_COVERAGE.findall(log) or [("0", "0", "0")])[-1]
    print(
        f"{name}: {numbers.get('number_of_executed_units', '?')} inputs in {seconds / 60:.1f} minutes, "
        f"{places} places of the code in {features} ways by {inputs} inputs, "
        f"at most {numbers.get('peak_rss_mb', '?')} MiB; {'nothing found' if code == 0 else 'FOUND something'}"
    )
    if code != 0:
        print(f"The input is in {folder / 'found'}. The end of {folder / 'log'}:\n{log[-4000:]}")


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionaries have it: https://llvm.org/docs/LibFuzzer.html#dictionaries."""
    return "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\x{c:02X}" for c in word.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
