"""The commands of start.py: start klepet, test it, check it, build it."""

import os
import subprocess
import sys
from pathlib import Path

from tools.start import environment, frontend
from tools.start.progress import CannotGoOn, say

ROOT = Path(__file__).resolve().parents[2]
HELP = """\
python3 start.py [options]         install what is missing, then: klepet serve [options]  (--host, --port, ...)
python3 start.py <command> ...     install what is missing, then: klepet <command> ...    (create-operator, ...)
python3 start.py test              run every test; ends with: N passed, N failed, N skipped
python3 start.py test <arguments>  hand the arguments to pytest:  tests/unit -k search
python3 start.py test --faults     crashes, power loss, property tests and old code in their long form, for hours
python3 start.py check             the fast gate: style, types, layers, sizes, unit and api tests
python3 start.py build             install what is missing and build the front end, no more
python3 start.py bench <options>   measure what this machine carries; --help tells the options
python3 start.py fuzz <options>    look for inputs that break what always holds; --help tells the options

Everything is installed inside this folder: .venv, .node, frontend/node_modules.
KLEPET_TEST_STRICT=1 makes a skipped test a failure. All settings: python3 start.py serve --help"""


def main(arguments: list[str]) -> int:
    """Do what the arguments say; every expected failure is one sentence and exit code 1."""
    try:
        return obey(arguments)
    except CannotGoOn as problem:
        print(problem, file=sys.stderr)
    except PermissionError as problem:
        print(
            f"No permission for {problem.filename}: run start.py as the owner of {ROOT}, or make the folder "
            "writable for this user.",
            file=sys.stderr,
        )
    except OSError as problem:
        print(f"klepet could not be started: {problem}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 1


def obey(arguments: list[str]) -> int:
    """Prepare what the command needs, and run it."""
    command = arguments[0] if arguments else ""
    is_ours = command in {"test", "check", "build"}  # the others tell of their own options
    if command in {"-h", "--help", "help"} or (is_ours and {"-h", "--help"} & {*arguments[1:]}):
        say(HELP)
        return 0
    if command in {"test", "check"}:
        from tools.start import testing

        prepare(for_tests=True)
        return testing.check(ROOT) if command == "check" else testing.test(ROOT, arguments[1:])
    if command == "fuzz":
        from tools.start import fuzzing

        prepare(for_tests=True)
        return become(fuzzing.command(ROOT, arguments[1:]))
    prepare(for_tests=False)
    if command == "build":
        return 0
    if command == "bench":
        return become([str(environment.python_of(ROOT)), "-m", "bench", *arguments[1:]])
    rest = arguments if command and not command.startswith("-") else ["serve", *arguments]
    return become([str(environment.python_of(ROOT)), "-m", "klepet", *rest])


def prepare(*, for_tests: bool) -> None:
    """Install and build whatever is missing or stale; do nothing, and quickly, if all is there."""
    if is_ready(for_tests=for_tests):
        return
    if not os.access(ROOT, os.W_OK):
        raise CannotGoOn(f"No permission to write in {ROOT}, where klepet installs its packages: run as its owner.")
    with environment.alone(ROOT):
        if not environment.is_installed(ROOT, "runtime"):
            environment.install(ROOT, "dev" if for_tests else "runtime")
        if for_tests and not environment.is_installed(ROOT, "dev"):
            environment.install(ROOT, "dev")
        if frontend.is_built(ROOT) and not (for_tests and not frontend.packages_installed(ROOT)):
            return
        node = frontend.find_node(ROOT) or frontend.fetch_node(ROOT, environment.python_of(ROOT))
        frontend.install_packages(ROOT, node)
        if not frontend.is_built(ROOT):
            frontend.build(ROOT, node)


def is_ready(*, for_tests: bool) -> bool:
    """Tell whether there is nothing to install or build."""
    if for_tests and not (environment.is_installed(ROOT, "dev") and frontend.packages_installed(ROOT)):
        return False
    return environment.is_installed(ROOT, "runtime") and frontend.is_built(ROOT)


def become(command: list[str]) -> int:
    """Turn this process into the command, so that signals reach it; Windows cannot and waits for it instead."""
    sys.stdout.flush()
    if sys.platform == "win32":
        return subprocess.call(command)
    os.execv(command[0], command)  # noqa: S606
