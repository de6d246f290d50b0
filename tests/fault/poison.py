"""Serves as klepet does, and all the while queues writes that fail in each way there is, among those of people.

python -m tests.fault.poison serve ...      KLEPET_TEST_POISON: a file that is given a line for each that was refused
"""

import asyncio
import os
import sys
from typing import Any

from klepet import app, cli
from klepet.store.engine import driver_of

PAUSE_SECONDS = 0.03


def break_down(tx: Any) -> None:
    """Write something, then fail as a mistake in an action does."""
    driver_of(tx.conn).execute("DELETE FROM messages")
    raise RuntimeError("this unit breaks")


def be_refused(tx: Any) -> None:
    """Write what the database refuses."""
    driver_of(tx.conn).execute("DELETE FROM messages")
    driver_of(tx.conn).execute("INSERT INTO log_head SELECT * FROM log_head")


def end_the_transaction(tx: Any) -> None:
    """Take the whole batch along."""
    driver_of(tx.conn).execute("DELETE FROM messages")
    if tx.conn.dialect.name == "postgresql":
        driver_of(tx.conn).execute("SELECT pg_terminate_backend(pg_backend_pid())")
    driver_of(tx.conn).execute("ROLLBACK")
    raise OSError("the transaction is gone")


class PoisonedKlepet(app.Klepet):
    """A klepet with a bad guest."""

    async def open(self) -> None:
        """Begin to queue bad writes too."""
        await super().open()
        self._poisoner = asyncio.create_task(self._poison())

    async def _poison(self) -> None:
        told = os.open(os.environ["KLEPET_TEST_POISON"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        while True:
            for unit in (break_down, be_refused, end_the_transaction):
                try:
                    await self.db.write(unit)
                except Exception:
                    os.write(told, f"{unit.__name__}\n".encode())
                await asyncio.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    app.Klepet = PoisonedKlepet  # type: ignore[misc]
    sys.exit(cli.main())
