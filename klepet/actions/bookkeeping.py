"""Changes that no one is told of and no event records: measurements, remembered answers, and pruning by age.

These are the exceptions to the rule that every change records an event: nothing on anybody's screen follows from them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from klepet.model.ports import Transaction
from klepet.model.records import Answer
from klepet.store import answers, api_tokens, belongings, jobs, links, log, operators, sessions, sites, webhooks

ANSWERS_KEPT = timedelta(hours=24)
LINKS_KEPT = timedelta(days=30)
DELIVERIES_KEPT = timedelta(days=30)
PARKED_JOBS_KEPT = timedelta(days=90)


def touch_session(tx: Transaction, token_hash: bytes, *, now: datetime) -> None:
    """Note that a session is in use, and its operator here."""
    operator_id = sessions.touch(tx, token_hash, now)
    if operator_id is not None:
        operators.note_seen(tx, operator_id, now)


def touch_api_token(tx: Transaction, token_id: UUID, *, now: datetime) -> None:
    """Note that an API token is in use."""
    api_tokens.touch(tx, token_id, now)


def prove_writable(tx: Transaction) -> None:
    """Store something that changes nothing, which a full disk or a read-only database refuses."""
    log.leave_no_trace(tx)


def renew_password_hash(tx: Transaction, operator_id: UUID, *, old_hash: str, new_hash: str) -> None:
    """Store the same password hashed with today's settings, unless it was changed meanwhile."""
    account = operators.account_by_id(tx, operator_id)
    if account is not None and account.password_hash == old_hash:
        operators.change(tx, operator_id, password_hash=new_hash)


def note_site_check(
    tx: Transaction, site_id: UUID, origin: str, page: str, *, refused_reason: str | None, now: datetime
) -> None:
    """Note that a site's tag asked from an origin and page, and why it was refused, if it was."""
    sites.record_check(tx, site_id, origin, page, refused_reason=refused_reason, now=now)


def remember_answer(tx: Transaction, principal: str, key: str, answer: Answer, *, now: datetime) -> None:
    """Keep what a request with an Idempotency-Key was answered."""
    answers.keep(tx, principal, key, answer, now)


def find_answer(tx: Transaction, principal: str, key: str, *, now: datetime) -> Answer | None:
    """What a request with this key was answered within the last day, seen in the unit that would repeat it."""
    return answers.find(tx, principal, key, since=now - ANSWERS_KEPT)


def prune_answers(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Forget answers older than a day; tells how many."""
    return answers.prune(tx, before=now - ANSWERS_KEPT, limit=limit)


def prune_sessions(tx: Transaction, *, unused_since: datetime, now: datetime, limit: int) -> int:
    """Forget sessions that have ended by age; tells how many."""
    return sessions.prune(tx, unused_since=unused_since, now=now, limit=limit)


def prune_links(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Forget links that ended a month ago; tells how many."""
    return links.prune(tx, expired_before=now - LINKS_KEPT, limit=limit)


def prune_deliveries(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Forget deliveries of webhooks that ended a month ago; tells how many."""
    return webhooks.prune_deliveries(tx, before=now - DELIVERIES_KEPT, limit=limit)


def prune_parked_jobs(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Forget jobs that were given up three months ago; tells how many."""
    return jobs.prune_parked(tx, before=now - PARKED_JOBS_KEPT, limit=limit)


def prune_measurements(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Forget page views and site events from before an instant; tells how many."""
    return belongings.prune_measurements(tx, before=before, limit=limit)


def prune_log(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Forget events from before an instant that every durable listener has passed; tells how many."""
    return log.prune(tx, before=before, limit=limit)
