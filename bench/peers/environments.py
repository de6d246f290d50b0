"""The peers' packages: installed when they are first wanted, by npm and pip, into a folder of the cache."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.server import ROOT
from tools.start.frontend import find_node

HERE = Path(__file__).resolve().parent


class NotInstalled(Exception):
    """A peer cannot be measured here. The message says why."""


def node_command(cache: Path, port: int) -> tuple[list[str], Path]:
    """The command that serves by socket.io, and its folder. Raises NotInstalled."""
    node = find_node(ROOT)
    if node is None:
        raise NotInstalled("there is no Node; `python3 start.py build` fetches one")
    source = HERE / "socketio"
    folder = cache / f"socketio-{_digest(source)}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
        _install([str(node.program), str(node.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return [str(node.program), "server.mjs", str(port)], folder


def channels_command(cache: Path, port: int) -> tuple[list[str], Path]:
    """The command that serves by Django Channels on uvicorn, and its folder. Raises NotInstalled."""
    source = HERE / "channels"
    folder = cache / f"channels-{_digest(source)}"
    python = str(folder / "venv" / "bin" / "python")
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        wanted = ["--disable-pip-version-check", "--only-binary=:all:", "--no-deps", "-r", "requirements.txt"]
        _install([python, "-m", "pip", "install", "-q", *wanted], folder)
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    # Browsers offer to compress, which costs more than relaying; klepet does not do it either.
    options += ["--ws-per-message-deflate", "false"]
    return [python, "-m", "uvicorn", "application:application", *options], folder


def _install(command: list[str], folder: Path) -> None:
    log = folder / "install.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=os.environ, check=False
        )
    if done.returncode:
        lines = log.read_text(errors="replace").strip().splitlines() or ["no reason given"]
        raise NotInstalled(f"its packages could not be installed: {lines[-1]}")
    (folder / "done").touch()


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:10]
