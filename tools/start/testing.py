"""`start.py test` and `start.py check`: runs every suite and checker, and ends with one line that counts them.

A checker (ruff, mypy, ...) counts as one test; pytest and vitest count theirs.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.start import browser, frontend, nginx, postgres
from tools.start.environment import project, python_of
from tools.start.progress import say
from tools.start.suites import Suites, Tally, fresh_results, run_pytest

FAST_SUITES = ("tests/unit", "tests/api", "tests/meta")


def test(root: Path, arguments: list[str]) -> int:
    """Run everything; or only pytest, if there are arguments for it."""
    env = environment(root)
    browser.ensure(root, env)
    postgres.ensure(root)
    nginx.ensure(root)
    tally = Tally()
    if "--faults" in arguments:
        env["KLEPET_FAULTS"] = "long"
        arguments = [
            "tests/fault",
            "tests/property",
            "tests/upgrade",
            "--timeout=3600",
            *[word for word in arguments if word != "--faults"],
        ]
    if not arguments:
        run_everything(root, env, tally)
    else:
        tally.add(run_pytest(root, env, arguments))
    return conclude(tally)


def check(root: Path) -> int:
    """Run the fast gate."""
    env = environment(root)
    tally = Tally()
    run_checkers(root, env, tally)
    run_vitest(root, env, tally)
    suites = [suite for suite in FAST_SUITES if (root / suite).exists()]
    tally.add(run_pytest(root, env, [*suites, "-k", "not postgresql"]))
    return conclude(tally)


def environment(root: Path) -> dict[str, str]:
    """The environment for tests: the project's programs first, and where the browser and Node are."""
    env = dict(os.environ)
    paths = [str(python_of(root).parent)]
    if node := frontend.find_node(root):
        paths.append(str(node.program.parent))
        env["KLEPET_NODE"] = str(node.program)
    if chromium := browser.find():
        env["KLEPET_CHROMIUM"] = str(chromium)
    env["PATH"] = os.pathsep.join([*paths, env.get("PATH", os.defpath)])
    return env


def run_checkers(root: Path, env: dict[str, str], tally: Tally) -> None:
    """Style, types and layers of both languages; quiet unless one complains."""
    python = str(python_of(root))
    node = env.get("KLEPET_NODE", "node")
    modules = root / "frontend" / "node_modules"
    tsc = [node, str(modules / "typescript" / "bin" / "tsc"), "--noEmit", "-p"]
    svelte_check = [node, str(modules / "svelte-check" / "bin" / "svelte-check"), "--tsconfig", "tsconfig.json"]
    checkers = {
        "mypy": ([python, "-m", "mypy", "--no-error-summary"], root),  # the longest first
        "ruff check": ([python, "-m", "ruff", "check", "--quiet", "."], root),
        "ruff format": ([python, "-m", "ruff", "format", "--quiet", "--diff", "."], root),
        "import-linter": ([str(python_of(root).parent / "lint-imports"), "--no-cache"], root),
        "tsc": ([*tsc, "tsconfig.json"], root / "frontend"),
        "tsc of the configurations": ([*tsc, "tsconfig.node.json"], root / "frontend"),
        "svelte-check": ([*svelte_check, "--fail-on-warnings", "--output", "human"], root / "frontend"),
    }

    def run(name: str) -> tuple[str, float, subprocess.CompletedProcess[str]]:
        began, (command, folder) = time.monotonic(), checkers[name]
        answer = subprocess.run(
            command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return name, time.monotonic() - began, answer

    say("checkers of style, types and layers, two at a time")
    with ThreadPoolExecutor(2) as hands:
        for name, seconds, answer in hands.map(run, checkers):
            is_passed = answer.returncode == 0
            say(f"{name} ... {'passed' if is_passed else 'FAILED'} in {seconds:.1f} s")
            if not is_passed:
                say(answer.stdout.rstrip())
            tally.count(name, is_passed)


def run_vitest(root: Path, env: dict[str, str], tally: Tally) -> None:
    """Run the front end's own tests."""
    results = fresh_results(root, "vitest.json")
    command = [env.get("KLEPET_NODE", "node"), "node_modules/vitest/vitest.mjs", "run"]
    command += ["--reporter=default", "--reporter=json", f"--outputFile.json={results}"]
    say(f"$ {shlex.join(command[1:4])}")
    code = subprocess.call(command, cwd=root / "frontend", env=env)
    failures_before = len(tally.failures)
    try:
        suites = json.loads(results.read_text(encoding="utf-8"))["testResults"]
    except (OSError, ValueError, KeyError):
        suites = []
    for suite in suites:
        for case in suite["assertionResults"]:
            name = f"{Path(suite['name']).relative_to(root)}: {case['fullName']}"
            if case["status"] in {"passed", "failed"}:
                tally.count(name, case["status"] == "passed")
            else:
                tally.skips.append(f"{name}: {case['status']}")
    if code != 0 and len(tally.failures) == failures_before:
        tally.failures.append("vitest could not run every test")


def run_everything(root: Path, env: dict[str, str], tally: Tally) -> None:
    """Run the Python tests beside the checkers and the front end's tests."""
    folders: list[str] = project(root)["tool"]["pytest"]["ini_options"]["testpaths"]
    suites = Suites(root, env, folders)
    try:
        run_checkers(root, env, tally)
        run_vitest(root, env, tally)
        tally.add(suites.finish())
    finally:
        suites.end()


def conclude(tally: Tally) -> int:
    """Print reasons and who passed at the second time only, then the one line; a skip is a failure when the environment
    says so.
    """
    say("")
    for reason, times in Counter(reason.rpartition(": ")[2] for reason in tally.skips).items():
        say(f"skipped {times}: {reason}")
    if os.environ.get("KLEPET_TEST_STRICT") == "1":
        tally.failures += [f"{skip} (skipped, and KLEPET_TEST_STRICT=1 allows no skips)" for skip in tally.skips]
        tally.skips = []
    for failure in tally.failures:
        say(f"failed: {failure}")
    if tally.unsteady:
        say(f"{len(tally.unsteady)} unsteady: {', '.join(tally.unsteady)}")
    sys.stdout.flush()
    say(f"{tally.passed} passed, {len(tally.failures)} failed, {len(tally.skips)} skipped")
    return 1 if tally.failures or tally.passed == 0 else 0
