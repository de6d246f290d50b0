"""Processes that hold visitors' connections for the bench: one process may have only so many open files."""

import asyncio
import multiprocessing
import os
import resource
import time
from multiprocessing.connection import Connection
from typing import Any

import uvloop

from bench.people import Visitor, connect_visitors

AT_ONCE = 64
ANSWER_SECONDS = 900.0
SPARE_FILES = 1_500
"""Open files that a process needs beside the connections that it has."""


def most_connections() -> int:
    """How many connections one process may have here, the server's and a holder's alike."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_FILES


class Holder:
    """One such process, on a core. What is asked of it is answered by `answer`."""

    def __init__(self, core: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_hold, args=(theirs, core), daemon=True)
        self._process.start()
        theirs.close()

    def connect(self, port: int, site: str, tokens: list[str | None]) -> None:
        """Connect so many more, newcomers where a token is None. The answer is Joined."""
        self._pipe.send((port, site, tokens))

    def leave(self) -> None:
        """Let everybody go, as when pages are closed. The answer is Joined."""
        self._pipe.send(None)

    def answer(self) -> dict[str, Any]:
        """How many joined, in how many seconds, with how much CPU of the holder's; and how many were closed so far."""
        if not self._pipe.poll(ANSWER_SECONDS):
            raise SystemExit("bench: clients did not connect in time")
        found: dict[str, Any] = self._pipe.recv()
        if "error" in found:
            raise SystemExit(f"bench: clients could not connect: {found['error']}")
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(20)
        if self._process.is_alive():
            self._process.terminate()


def _hold(pipe: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_obey(pipe))


async def _obey(pipe: Connection) -> None:
    crowd: list[Visitor] = []
    while True:
        try:
            asked = await asyncio.to_thread(pipe.recv)
        except EOFError:
            return
        began, cpu = time.monotonic(), time.process_time()
        joined: list[Visitor] = []
        if asked is None:
            for visitor in crowd:
                visitor.wire.close()
            await asyncio.sleep(1.0)
            crowd.clear()
        else:
            crowd = [visitor for visitor in crowd if not visitor.codes]
            try:
                port, site, tokens = asked
                joined = await connect_visitors(port, site, tokens, at_once=AT_ONCE)
            except (OSError, TimeoutError) as error:
                pipe.send({"error": f"{type(error).__name__} {error}"})
                return
        took = time.monotonic() - began
        crowd.extend(joined)
        pipe.send(
            {
                "joined": len(joined),
                "seconds": took,
                "core_share": (time.process_time() - cpu) / max(took, 0.001),
                "closed": sum(len(visitor.codes) for visitor in crowd),
            }
        )
