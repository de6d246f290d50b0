"""Running other programs quietly: their output goes to a log, and a failure becomes one sentence."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.start.progress import CannotGoOn

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NO_NETWORK = (
    "Temporary failure in name resolution",
    "Name or service not known",
    "nodename nor servname provided",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Connection refused",
    "ProxyError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ENETUNREACH",
    "ETIMEDOUT",
)
NO_SPACE = ("No space left on device", "ENOSPC")
NO_RIGHT = ("Permission denied", "EACCES", "Read-only file system", "EROFS")


def run(
    command: Sequence[str | Path], *, log: Path, purpose: str, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
    """Run a command with its output in the log; raise a sentence that names the cause when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        code = subprocess.call(
            [str(word) for word in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            close_fds=False,  # hands on the lock of environment.alone: if start.py is killed, its pip still holds it
        )
    if code != 0:
        raise CannotGoOn(explain(purpose, log))


def explain(purpose: str, log: Path) -> str:
    """Say why a command failed, from what it printed."""
    text = COLOUR.sub("", log.read_text(encoding="utf-8", errors="replace"))
    if any(sign in text for sign in NO_SPACE):
        return f"{purpose} failed: the disk is full."
    if any(sign in text for sign in NO_NETWORK):
        return (
            f"{purpose} failed: no package server could be reached. The first start needs the network once; "
            "start again when there is one."
        )
    if any(sign in text for sign in NO_RIGHT):
        return f"{purpose} failed: no permission to write. The whole output is in {log}."
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith("    at ")]
    tail = "\n".join(f"    {line}" for line in lines[-25:])
    return f"{tail}\n{purpose} failed. The end of its output is above, all of it is in {log}."
