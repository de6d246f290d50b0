"""The life of a job in the store: leased, done, postponed or parked. No event records it."""

from datetime import datetime, timedelta
from uuid import UUID

from klepet.model.ports import Reader, Transaction
from klepet.model.records import StoredJob
from klepet.store import jobs


def lease_jobs(tx: Transaction, kinds: list[str], *, now: datetime, lease: timedelta, limit: int) -> list[StoredJob]:
    """Take jobs that are due. Who does not report back before the lease ends has lost them."""
    return jobs.lease(tx, kinds, now=now, until=now + lease, limit=limit)


def is_any_due(reader: Reader, *, now: datetime) -> bool:
    """Whether there is a job to take."""
    return jobs.is_any_due(reader, now=now)


def finish_job(tx: Transaction, job_id: UUID) -> None:
    """The job is done."""
    jobs.finish(tx, job_id)


def postpone_job(tx: Transaction, job_id: UUID, *, run_at: datetime, error: str) -> None:
    """The job failed and is tried again."""
    jobs.postpone(tx, job_id, run_at=run_at, error=error)


def park_job(tx: Transaction, job_id: UUID, *, now: datetime, error: str) -> None:
    """The job failed for good; its row stays to be seen."""
    jobs.park(tx, job_id, now=now, error=error)
