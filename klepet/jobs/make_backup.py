"""Makes a backup, and is planned again: one job in the store, so that of all processes one does it.

The backup is made by a process of its own: reading everything would hold up whoever chats.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from klepet.actions.backups import JOB_KIND
from klepet.kit.retry import Retry
from klepet.model.ports import Clock, Database, Ids

AGAIN_SECONDS = 3_600.0
"""After a failure: the disk may have room again, or its folder be mounted."""

_log = logging.getLogger("klepet.jobs")


class MakeBackup:
    """The job. `command` makes one backup, in `environment`; what it says on failing is kept in the job's row."""

    kind = JOB_KIND
    attempts = 1_000_000_000
    delays: tuple[float, ...] = (AGAIN_SECONDS,)
    longest_seconds = 7_200.0

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], every_seconds: float) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._every = every_seconds

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Make one; raises Retry in any case, for the next one."""
        failure = await self._make()
        if failure is None:
            raise Retry(self._every, "")
        _log.error("no backup was made: %s", failure)
        raise Retry(min(AGAIN_SECONDS, self._every), failure)

    async def _make(self) -> str | None:
        """None, or why there is none."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complained = await process.communicate()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == 0:
            _log.info("backup: %s", said.decode(errors="replace").strip())
            return None
        lines = complained.decode(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("klepet: ") if lines else f"its process ended with {process.returncode}"
