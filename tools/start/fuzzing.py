"""`start.py fuzz`: the fuzzer, fetched only for this command into a folder of its own, and the run itself."""

import os
import shutil
from pathlib import Path

from tools.start.environment import python_of
from tools.start.processes import run
from tools.start.progress import step

REQUIREMENT = "atheris==3.0.0"


def command(root: Path, arguments: list[str]) -> list[str]:
    """What fuzzes, once what it needs is there. Raises CannotGoOn where the fuzzer has no wheel for this machine."""
    folder = root / ".fuzz" / REQUIREMENT.replace("==", "-")
    if not folder.is_dir():
        fetch(root, folder)
    paths = [str(root), str(folder), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return [str(python_of(root)), "-m", "tests.fuzz.run", *arguments]


def fetch(root: Path, folder: Path) -> None:
    """Install the fuzzer where nothing else looks for it: no run of klepet and no test needs it."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    options = ["--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:"]
    with step("Fetching the fuzzer (35 MB, used only for this)"):
        try:
            run(
                [python_of(root), "-m", "pip", "install", *options, "--target", unfinished, REQUIREMENT],
                log=root / ".results" / "fuzz.log",
                purpose="Fetching the fuzzer",
                cwd=root,
            )
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
