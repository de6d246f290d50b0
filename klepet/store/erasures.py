"""Rows of erasures: that something was erased, when and by whom. Whether one was given up stands with its job."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from klepet.model.ports import Reader, Transaction
from klepet.model.records import Erasure
from klepet.model.words import ErasureState, ErasureSubject
from klepet.store.tables import erasures, jobs


def page(reader: Reader, *, before: UUID | None, limit: int) -> list[Erasure]:
    """Erasures, newest first."""
    statement = (
        select(erasures, jobs.c.parked_at)
        .outerjoin(jobs, jobs.c.id == erasures.c.subject_id)
        .order_by(erasures.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(erasures.c.id < before)
    return [_view(row) for row in reader.conn.execute(statement)]


def _view(row: Any) -> Erasure:
    state = ErasureState.RUNNING if row.parked_at is None else ErasureState.FAILED
    return Erasure(
        id=row.id,
        subject_id=row.subject_id,
        subject_kind=ErasureSubject(row.subject_kind),
        by_operator_id=row.by_operator_id,
        state=state if row.finished_at is None else ErasureState.FINISHED,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def begin(
    tx: Transaction, erasure_id: UUID, subject: ErasureSubject, subject_id: UUID, *, by_operator_id: UUID, now: datetime
) -> None:
    """Note that an erasure begins; one that was begun before goes on."""
    if tx.conn.execute(select(erasures.c.id).where(erasures.c.subject_id == subject_id)).first() is not None:
        return
    values = {
        "id": erasure_id,
        "subject_id": subject_id,
        "subject_kind": subject,
        "by_operator_id": by_operator_id,
        "started_at": now,
    }
    tx.conn.execute(erasures.insert().values(**values))


def finish(tx: Transaction, subject_id: UUID, *, now: datetime) -> None:
    """Note that nothing is left of the subject."""
    tx.conn.execute(
        update(erasures)
        .where(erasures.c.subject_id == subject_id, erasures.c.finished_at.is_(None))
        .values(finished_at=now)
    )


def prune(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Forget erasures that were finished long ago; tells how many."""
    old = select(erasures.c.id).where(erasures.c.finished_at < before).limit(limit)
    count: int = tx.conn.execute(delete(erasures).where(erasures.c.id.in_(old))).rowcount
    return count
