"""When klepet makes its next backup: one job for all processes, which stays in the store."""

from datetime import datetime, timedelta

from klepet.model.ports import Transaction
from klepet.store import jobs

JOB_KIND = "make_backup"


def plan_backups(tx: Transaction, every: timedelta | None, *, now: datetime) -> None:
    """Have backups made so often, the first after that time; one that is overdue at once. None: never."""
    if every is None:
        jobs.finish(tx, jobs.BACKUP_ID)
        return
    planned = jobs.planned(tx, jobs.BACKUP_ID)
    if planned is None or planned.parked_at is not None or planned.run_at > now + every:
        jobs.enqueue(tx, jobs.BACKUP_ID, JOB_KIND, {}, run_at=now + every)
