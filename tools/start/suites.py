"""The Python tests: a few suites at a time, and once more in quiet what failed only because the machine was busy."""

import json
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tools.start.environment import python_of
from tools.start.progress import say

HANDS = 4
"""How many suites run at once. Most of them wait for servers and browsers much of the time: more than two processors
have to do, and fewer than would make each other fail."""
SHARES = {
    "states": ("tests/property", "tests/contract"),
    "api": ("tests/api",),
    "faults": ("tests/fault",),
    "attacks": ("tests/attacks",),
    "rest": ("tests/",),
    "console": ("tests/browser/console", "tests/browser/contacts"),
    "browser": ("tests/browser/",),
    "pages": ("tests/browser/pages",),
    "widget": ("tests/browser/widget",),
}
"""What runs in one process, by the name of its results: each folder in the share that has the longest beginning of it.
The longest runs come first, so that all hands end at about one time."""
AGAIN = 3
"""How many failed tests may be run again. More than that is no matter of the machine."""


@dataclass
class Tally:
    """What passed, what failed, what was skipped for which reason, and what passed at the second time only."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)

    def count(self, name: str, is_passed: bool) -> None:
        """Count one test."""
        if is_passed:
            self.passed += 1
        else:
            self.failures.append(name)

    def add(self, other: "Tally") -> None:
        """Count what another counted."""
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips
        self.unsteady += other.unsteady


class Suites:
    """Runs of pytest beside each other, from the moment this is made."""

    def __init__(self, root: Path, env: dict[str, str], folders: list[str]) -> None:
        self._root, self._env = root, env
        self._running: list[subprocess.Popen[bytes]] = []
        self._hands = ThreadPoolExecutor(HANDS)
        self._shares = shared_out(folders)
        self._codes = {self._hands.submit(self._run, name): name for name in self._shares}

    def _run(self, name: str) -> int:
        log, cache = fresh_results(self._root, f"{name}.log"), cache_of(self._root, name)
        shutil.rmtree(cache, ignore_errors=True)
        command = [*pytest_command(self._root, name), "-o", f"cache_dir={cache}"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, *self._shares[name]], cwd=self._root, env=self._env, stdout=output, stderr=subprocess.STDOUT
            )
        self._running.append(process)
        return process.wait()

    def finish(self) -> Tally:
        """Wait for all, and show what each printed when it is through."""
        tally = Tally()
        for code in as_completed(self._codes):
            name = self._codes[code]
            say(f"$ {shlex.join(['pytest', *self._shares[name]])}")
            sys.stdout.write((self._root / ".results" / f"{name}.log").read_text(encoding="utf-8", errors="replace"))
            tally.add(count_pytest(self._root, name, code.result()))
        return run_again(self._root, self._env, tally, self._shares)

    def end(self) -> None:
        """End what still runs, and start nothing more."""
        self._hands.shutdown(wait=False, cancel_futures=True)
        for process in self._running:
            process.terminate()


def shared_out(folders: list[str]) -> dict[str, list[str]]:
    """The folders of each share that has any."""
    shares: dict[str, list[str]] = {name: [] for name in SHARES}
    for folder in folders:
        fits = {len(start): name for name, starts in SHARES.items() for start in starts if folder.startswith(start)}
        shares[fits[max(fits)]].append(folder)
    return {name: share for name, share in shares.items() if share}


def run_again(root: Path, env: dict[str, str], first: Tally, names: Iterable[str]) -> Tally:
    """Run a few failed tests once more, now that nothing else runs. Those that pass count as passed, and are named as
    unsteady; what they printed when they failed stays in the log of their suite.
    """
    tests = [test for name in names for test in failed_tests(root, name)]
    if not 0 < len(tests) <= AGAIN or len(tests) != len(set(first.failures)):  # or something failed that is no test
        return first
    say("Running again, with nothing beside:")
    second = run_pytest(root, env, tests, name="again")
    if second.passed + len(set(second.failures)) + len(second.skips) != len(tests):
        return first
    failures = [name for name in dict.fromkeys(first.failures) if not is_passed(second, name)]
    unsteady = [name for name in dict.fromkeys(first.failures) if is_passed(second, name)]
    return Tally(first.passed + len(unsteady), failures, first.skips, unsteady)


def is_passed(tally: Tally, name: str) -> bool:
    """Whether a test that ran neither failed nor was skipped."""
    return name not in tally.failures and not any(skip.startswith(f"{name}: ") for skip in tally.skips)


def failed_tests(root: Path, name: str) -> list[str]:
    """The tests of a suite that failed, as pytest calls them; it writes them down by itself."""
    try:
        return list(json.loads((cache_of(root, name) / "v/cache/lastfailed").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def run_pytest(root: Path, env: dict[str, str], arguments: list[str], *, name: str = "pytest") -> Tally:
    """Run Python tests, with their progress shown as they run."""
    say(f"$ {shlex.join(['pytest', *arguments])}")
    command = [*pytest_command(root, name), *arguments]
    return count_pytest(root, name, subprocess.call(command, cwd=root, env=env))


def pytest_command(root: Path, name: str) -> list[str]:
    """A pytest that leaves its results under this name."""
    results = fresh_results(root, f"{name}.xml")
    return [str(python_of(root)), "-m", "pytest", f"--junitxml={results}"]


def count_pytest(root: Path, name: str, code: int) -> Tally:
    """Count what a run of pytest wrote down; `code` is its exit code."""
    tally = Tally()
    try:
        cases = list(ET.parse(root / ".results" / f"{name}.xml").iter("testcase"))  # noqa: S314  (our own file)
    except (OSError, ET.ParseError):
        cases = []
    for case in cases:
        test = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failures.append(test)
        elif skipped is not None:
            tally.skips.append(f"{test}: {skipped.get('message') or 'no reason given'}")
        else:
            tally.passed += 1
    if code != 0 and not tally.failures:
        tally.failures.append(f"pytest ended with exit code {code}")
    return tally


def cache_of(root: Path, name: str) -> Path:
    """Where pytest remembers what failed in a suite."""
    return root / ".results" / f"{name}.cache"


def fresh_results(root: Path, name: str) -> Path:
    """A place for results, without those of the run before."""
    path = root / ".results" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    return path
