"""The front end's own reducers, in one long-lived Node process."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tools.start.frontend import find_node

ROOT = Path(__file__).parents[2]


class Reducers:
    """Asks the Node process; states live there by id."""

    def __init__(self) -> None:
        found = find_node(ROOT)
        program = os.environ.get("KLEPET_NODE") or (found and str(found.program))
        assert program, "the reducers need the Node that start.py brings"
        self._process = subprocess.Popen(
            [program, "--experimental-strip-types", "--no-warnings", str(Path(__file__).with_name("reducers.mjs"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *orders: dict[str, Any]) -> list[Any]:
        """Carry out orders; the answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the reducers failed"
        answers: list[Any] = json.loads(line)
        return answers

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()
