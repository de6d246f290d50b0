"""What start.py says while it works: one line a step, and one sentence when it cannot go on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class CannotGoOn(Exception):
    """One clear sentence for the person who typed the command; start.py prints it and exits with 1."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print what is done now, and how long it took when it is done."""
    print(f"{text} ... ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def say(text: str) -> None:
    """Print one line at once."""
    print(text, flush=True)
