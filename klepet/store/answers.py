"""Rows of answers to requests with an Idempotency-Key, kept for a day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from klepet.model.ports import Reader, Transaction
from klepet.model.records import Answer
from klepet.store.tables import answers


def find(reader: Reader, principal: str, key: str, *, since: datetime) -> Answer | None:
    """The answer that a principal's key got, unless it is older."""
    statement = select(answers).where(
        answers.c.principal == principal, answers.c.key == key, answers.c.created_at >= since
    )
    row = reader.conn.execute(statement).one_or_none()
    return None if row is None else Answer(request_hash=row.request_hash, status=row.status, body=row.body)


def keep(tx: Transaction, principal: str, key: str, answer: Answer, now: datetime) -> None:
    """Keep an answer; an outdated one of the same key goes."""
    tx.conn.execute(delete(answers).where(answers.c.principal == principal, answers.c.key == key))
    tx.conn.execute(
        answers.insert().values(
            principal=principal,
            key=key,
            request_hash=answer.request_hash,
            status=answer.status,
            body=answer.body,
            created_at=now,
        )
    )


def forget_about(tx: Transaction, subject_id: UUID) -> None:
    """Remove answers that name a contact or conversation: they may hold what was written."""
    tx.conn.execute(delete(answers).where(answers.c.body.contains(str(subject_id))))


def prune(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Remove outdated answers; tells how many."""
    outdated = select(answers.c.principal, answers.c.key).where(answers.c.created_at < before).limit(limit)
    keys = [(row.principal, row.key) for row in tx.conn.execute(outdated)]
    if keys:
        tx.conn.execute(delete(answers).where(tuple_(answers.c.principal, answers.c.key).in_(keys)))
    return len(keys)
