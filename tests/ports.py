"""Ports for servers of the tests."""

import fcntl
import functools
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

FIRST, COUNT, MOST_RUNS = 10_000, 500, 40
"""Below the ports that systems hand out by themselves: 40 runs of tests can go on at once, each with 500 of its own."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, and which nobody gets before the server that it is for."""
    for port in itertools.islice(_ports(), COUNT):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"somebody listens on all of {COUNT} ports")


@functools.cache
def _ports() -> Iterator[int]:
    """This process's own ports, one after another; a lock that ends with the process tells others that they are."""
    for run in range(MOST_RUNS):
        path = Path(tempfile.gettempdir()) / f"klepet-test-ports-{run}.lock"
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except PermissionError:  # somebody else's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return itertools.cycle(range(FIRST + run * COUNT, FIRST + (run + 1) * COUNT))
    raise AssertionError(f"{MOST_RUNS} runs of tests have all the ports")
