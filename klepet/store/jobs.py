"""Rows of jobs: work that a change caused, stored with it, done after it.

A job waits until `run_at`; who runs it takes a lease; done, its row is removed; given up, it is parked and stays.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, delete, func, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import PlannedJob, StoredJob
from klepet.store.prepared import Prepared
from klepet.store.tables import jobs

ERROR_CHARS = 500
BACKUP_ID = UUID("00000000-0000-7000-8000-6b6c65706574")
"""The job that makes backups: there is one for all processes."""


def enqueue(tx: Transaction, job_id: UUID, kind: str, payload: dict[str, Any], *, run_at: datetime) -> None:
    """Add a job. One of the same id is replaced: it starts anew, also when it was parked."""
    tx.conn.execute(delete(jobs).where(jobs.c.id == job_id))
    tx.conn.execute(
        jobs.insert().values(
            id=job_id,
            kind=kind,
            payload=payload,
            run_at=run_at,
            attempts=0,
            leased_until=None,
            parked_at=None,
            last_error=None,
        )
    )


def lease(tx: Transaction, kinds: list[str], *, now: datetime, until: datetime, limit: int) -> list[StoredJob]:
    """Take the jobs that are due and held by nobody, the longest due first."""
    due = (
        select(jobs.c.id, jobs.c.kind, jobs.c.payload, jobs.c.attempts)
        .where(
            jobs.c.parked_at.is_(None),
            jobs.c.run_at <= now,
            jobs.c.leased_until.is_(None) | (jobs.c.leased_until <= now),
            jobs.c.kind.in_(kinds),
        )
        .order_by(jobs.c.run_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(tx.conn.execute(due))
    if rows:
        tx.conn.execute(
            update(jobs)
            .where(jobs.c.id.in_([row.id for row in rows]))
            .values(leased_until=until, attempts=jobs.c.attempts + 1)
        )
    return [StoredJob(id=row.id, kind=row.kind, payload=row.payload, attempts=row.attempts + 1) for row in rows]


_due = Prepared(
    select(jobs.c.id)
    .where(
        jobs.c.parked_at.is_(None),
        jobs.c.run_at <= bindparam("now", type_=jobs.c.run_at.type),
        jobs.c.leased_until.is_(None) | (jobs.c.leased_until <= bindparam("now", type_=jobs.c.run_at.type)),
    )
    .limit(1)
)


def is_any_due(reader: Reader, *, now: datetime) -> bool:
    """Whether there is a job, of whatever kind, that is due and held by nobody."""
    return _due.first(reader, now=now) is not None


def planned(reader: Reader, job_id: UUID) -> PlannedJob | None:
    """When a job is due, and what its last attempt came to."""
    columns = (jobs.c.run_at, jobs.c.last_error, jobs.c.parked_at)
    found = reader.conn.execute(select(*columns).where(jobs.c.id == job_id)).one_or_none()
    return None if found is None else PlannedJob(*found)


def next_due_at(reader: Reader) -> datetime | None:
    """When the next job wants to run, or a lease ends."""
    statement = select(func.min(func.coalesce(jobs.c.leased_until, jobs.c.run_at), type_=jobs.c.run_at.type)).where(
        jobs.c.parked_at.is_(None)
    )
    found: datetime | None = reader.conn.execute(statement).scalar_one_or_none()
    return found


def count_by_state(reader: Reader, *, now: datetime) -> dict[str, int]:
    """How many jobs are due and held by nobody, leased to a process, waiting for their time, and parked."""
    state = case(
        (jobs.c.parked_at.is_not(None), "parked"),
        (jobs.c.leased_until > now, "leased"),
        (jobs.c.run_at <= now, "due"),
        else_="waiting",
    )
    statement = select(state.label("state"), func.count()).group_by("state")
    return dict.fromkeys(("due", "leased", "waiting", "parked"), 0) | {
        str(row[0]): int(row[1]) for row in reader.conn.execute(statement)
    }


def finish(tx: Transaction, job_id: UUID) -> None:
    """Remove a job that is done."""
    tx.conn.execute(delete(jobs).where(jobs.c.id == job_id))


def postpone(tx: Transaction, job_id: UUID, *, run_at: datetime, error: str) -> None:
    """Give a job back, to be tried again later."""
    tx.conn.execute(
        update(jobs).where(jobs.c.id == job_id).values(run_at=run_at, leased_until=None, last_error=error[:ERROR_CHARS])
    )


def park(tx: Transaction, job_id: UUID, *, now: datetime, error: str) -> None:
    """Give a job up; its row stays to be seen."""
    tx.conn.execute(
        update(jobs).where(jobs.c.id == job_id).values(parked_at=now, leased_until=None, last_error=error[:ERROR_CHARS])
    )


def prune_parked(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Remove jobs that were given up long ago; tells how many."""
    old = select(jobs.c.id).where(jobs.c.parked_at < before).limit(limit)
    count: int = tx.conn.execute(delete(jobs).where(jobs.c.id.in_(old))).rowcount
    return count
