"""The Python environment in .venv: made once, installed again when what it depends on changed."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from tools.start.processes import run
from tools.start.progress import CannotGoOn, say, step

Kind = Literal["runtime", "dev"]


def python_of(root: Path) -> Path:
    """The Python of the project's environment."""
    return root / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_installed(root: Path, kind: Kind) -> bool:
    """Tell whether the environment holds what the project asks for now."""
    return python_of(root).exists() and read_stamp(root).get(kind) == wanted(root, kind)


def install(root: Path, kind: Kind) -> None:
    """Make the environment if there is none, and install klepet into it so that edited sources count at once."""
    if not is_sound(root):
        make_environment(root)
    what = "klepet and its packages" if kind == "runtime" else "the packages for testing"
    requirements = project(root)["dependency-groups"]["dev"] if kind == "dev" else []
    stamp = read_stamp(root)
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    with step(f"Installing {what}"):
        stamp_file(root).unlink(missing_ok=True)
        options = ["--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--retries", "2"]
        options += ["-c", str(root / "constraints.txt"), "-e", str(root)]
        run(
            [python_of(root), "-m", "pip", "install", *options, *requirements],
            log=root / ".results" / "pip.log",
            purpose=f"Installing {what}",
            cwd=root,
            env={**environment, "KLEPET_FRONTEND": "skip"},
        )
    stamp["runtime"] = wanted(root, "runtime")
    if kind == "dev":
        stamp["dev"] = wanted(root, "dev")
    stamp_file(root).write_text(json.dumps(stamp))


def is_sound(root: Path) -> bool:
    """Tell whether .venv has a Python of this version and a pip that work."""
    check = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    try:
        return subprocess.run([python_of(root), "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment(root: Path) -> None:
    """Make .venv with a pip in it, also on systems that took pip's installer out of their Python."""
    has_installer = importlib.util.find_spec("ensurepip") is not None or installer_by_apt(root)
    with step(f"Making a Python {sys.version_info[0]}.{sys.version_info[1]} environment in .venv"):
        options = ["--clear"] if has_installer else ["--clear", "--without-pip"]
        run(
            [sys.executable, "-m", "venv", *options, root / ".venv"],
            log=root / ".results" / "venv.log",
            purpose="Making the environment in .venv",
            cwd=root,
        )
        if not has_installer:
            bring_pip(root)


def bring_pip(root: Path) -> None:
    """Put pip into .venv with the pip of this machine, or with the wheel that Debian keeps for the purpose."""
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if wheels:
        command: list[str | Path] = [python_of(root), wheels[-1] / "pip", "install", "--no-index", wheels[-1]]
    elif importlib.util.find_spec("pip") is not None:
        command = [sys.executable, "-m", "pip", "--python", python_of(root), "install", "pip"]
    else:
        shutil.rmtree(root / ".venv", ignore_errors=True)
        raise CannotGoOn(
            "This Python cannot make environments, because its module ensurepip is missing. On Debian and Ubuntu "
            "type: sudo apt-get install python3-venv"
        )
    run(command, log=root / ".results" / "venv.log", purpose="Installing pip into .venv", cwd=root)


def installer_by_apt(root: Path) -> bool:
    """Install Debian's python3-venv when this is Debian's own Python and we are allowed to."""
    apt = shutil.which("apt-get", path="/usr/bin")
    if apt is None or sys.base_prefix != "/usr" or os.geteuid() != 0:
        return False
    try:
        apt_install(root, ["python3-venv"], "Installing Debian's python3-venv, which this Python lacks")
    except CannotGoOn as problem:
        say(str(problem))
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def apt_install(root: Path, packages: list[str], text: str) -> None:
    """Install Debian packages as root, on a machine that may never have fetched the list of packages."""
    env = os.environ | {
        "DEBIAN_FRONTEND": "noninteractive",
        "PATH": f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    log = root / ".results" / "apt.log"
    with step(text):
        run(["/usr/bin/apt-get", "update"], log=log, purpose="Updating the list of packages", cwd=root, env=env)
        command = ["/usr/bin/apt-get", "install", "--yes", "--no-install-recommends", *packages]
        run(command, log=log, purpose=text, cwd=root, env=env)


def project(root: Path) -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(root: Path, kind: Kind) -> str:
    """Hash what an installation depends on: requirements, pins, this Python, and where the clone lies."""
    content = project(root)
    facts = [content["build-system"], content["project"], (root / "constraints.txt").read_text(encoding="utf-8")]
    facts += [sys.version_info[:2], str(root), content["dependency-groups"] if kind == "dev" else None]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def stamp_file(root: Path) -> Path:
    """The file that says what was installed; it is absent while an installation is unfinished."""
    return root / ".venv" / "klepet.json"


def read_stamp(root: Path) -> dict[str, str]:
    """What was installed, by kind; nothing if that is unknown."""
    try:
        stamp: dict[str, str] = json.loads(stamp_file(root).read_text())
    except (OSError, ValueError):
        return {}
    return stamp


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Let one start at a time install and build; the others wait and find it done."""
    with (root / ".start.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with step("Waiting for another start that is installing"):
                    fcntl.flock(lock, fcntl.LOCK_EX)
        yield
