"""Runs the jobs: those in the store when they are due, those with an interval at the start and on their interval."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from klepet.actions import jobs as actions
from klepet.kit.retry import Retry
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.records import StoredJob

POLL_SECONDS = 1.0
WAKE_SECONDS = 0.1
"""Every commit wakes; looking for jobs after each would cost more than the messages do."""
RUNNING_JOBS = 8
JOB_SECONDS = 100.0
SPARE_SECONDS = 20.0
"""A stored job ends so long before its lease does, so that it never runs twice at once."""
CLOSE_SECONDS = 5.0

_log = logging.getLogger("klepet.jobs")


class Job(Protocol):
    """A job: `attempts` in all, with `delays` between them, the last of which repeats. Some have `interval_seconds`,
    or `longest_seconds`, the most that they may take.
    """

    kind: str
    attempts: int
    delays: tuple[float, ...]

    async def run(self, payload: dict[str, Any], *, db: Database, clock: Clock, ids: Ids) -> None:
        """Do it once."""


class Runner:
    """Runs jobs from when it is made, on the event loop that it is made on."""

    def __init__(self, db: Database, clock: Clock, ids: Ids, jobs: Sequence[Job]) -> None:
        self._db = db
        self._clock = clock
        self._ids = ids
        self._stored = {job.kind: job for job in jobs if _interval_of(job) is None}
        self._leases: dict[float, list[str]] = {}
        for job in self._stored.values():
            self._leases.setdefault(_longest_of(job) + SPARE_SECONDS, []).append(job.kind)
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loops = [asyncio.create_task(self._poll())]
        for job in jobs:
            interval = _interval_of(job)
            if interval is not None:
                self._loops.append(asyncio.create_task(self._repeat(job, interval)))

    @property
    def running_count(self) -> int:
        """How many stored jobs run now."""
        return len(self._running)

    def wake(self) -> None:
        """There may be a job that is due."""
        self._woken.set()

    async def close(self) -> None:
        """Take no more jobs; give those that run a moment to end. What is cut off runs again after its lease."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSE_SECONDS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(WAKE_SECONDS)
            self._woken.clear()
            try:
                await self._take()
            except Exception as error:
                _log.warning("jobs wait for the database: %s", error)
                await asyncio.sleep(POLL_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _take(self) -> None:
        free = RUNNING_JOBS - len(self._running)
        if free <= 0 or not self._stored:
            return
        now = self._clock.now()
        # A look holds nobody up, as a turn of the writer does.
        if not await self._db.read(lambda reader: actions.is_any_due(reader, now=now)):
            return

        def lease(tx: Transaction) -> list[StoredJob]:
            leased: list[StoredJob] = []
            for seconds, kinds in self._leases.items():
                span, room = timedelta(seconds=seconds), free - len(leased)
                leased += actions.lease_jobs(tx, kinds, now=now, lease=span, limit=room) if room else []
            return leased

        for stored in await self._db.write(lease, is_urgent=False):
            task = asyncio.create_task(self._run(stored))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()

    async def _run(self, stored: StoredJob) -> None:
        job = self._stored[stored.kind]
        try:
            try:
                async with asyncio.timeout(_longest_of(job)):
                    await job.run(stored.payload, db=self._db, clock=self._clock, ids=self._ids)
            except Retry as retry:
                await self._postpone(stored, retry.after_seconds, retry.reason)
            except Exception as error:
                await self._failed(job, stored, error)
            else:
                await self._db.write(lambda tx: actions.finish_job(tx, stored.id))
        except Exception as error:
            _log.error("job %s %s runs again after its lease: %s", stored.kind, stored.id, error)

    async def _failed(self, job: Job, stored: StoredJob, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if stored.attempts < job.attempts:
            _log.warning("job %s %s failed and is tried again: %s", stored.kind, stored.id, reason)
            await self._postpone(stored, _delay_after(job, stored.attempts), reason)
            return
        _log.error("job %s %s is parked", stored.kind, stored.id, exc_info=error)
        now = self._clock.now()
        await self._db.write(lambda tx: actions.park_job(tx, stored.id, now=now, error=reason))

    async def _postpone(self, stored: StoredJob, seconds: float, reason: str) -> None:
        run_at = self._clock.now() + timedelta(seconds=seconds)
        await self._db.write(lambda tx: actions.postpone_job(tx, stored.id, run_at=run_at, error=reason))

    async def _repeat(self, job: Job, interval: float) -> None:
        while True:
            failures = 0
            while failures < job.attempts:
                try:
                    await job.run({}, db=self._db, clock=self._clock, ids=self._ids)
                    break
                except Exception as error:
                    failures += 1
                    _log.error("job %s failed", job.kind, exc_info=error)
                    await asyncio.sleep(_delay_after(job, failures))
            await asyncio.sleep(interval)


def _interval_of(job: Job) -> float | None:
    return getattr(job, "interval_seconds", None)


def _longest_of(job: Job) -> float:
    return float(getattr(job, "longest_seconds", JOB_SECONDS))


def _delay_after(job: Job, attempts: int) -> float:
    return job.delays[min(attempts, len(job.delays)) - 1]
