"""Every change is an action that records an event in the transaction of the change; what does not is named here."""

import threading
from collections.abc import Callable, Iterator
from random import Random
from types import CodeType, FrameType
from typing import Any

import pytest

from klepet.store.engine import driver_of
from klepet.store.transaction import OpenTransaction
from klepet.store.writer import Writer
from tests.property.reducers import Reducers
from tests.property.steps import STEPS
from tests.property.test_streams import a_world, every_action, take

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

MEASUREMENTS = {
    "visitors.note_pages",
    "visitors.note_site_event",
    "visitors.note_leaving",
    "bookkeeping.note_site_check",
    "bookkeeping.touch_session",
    "bookkeeping.touch_api_token",
}
"""Written in bulk or in passing, pruned by age."""
UPKEEP = {
    "backups.plan_backups",
    "bookkeeping.remember_answer",
    "bookkeeping.renew_password_hash",
    "jobs.lease_jobs",
    "jobs.finish_job",
    "jobs.park_job",
    "jobs.postpone_job",
    "listening.run_listener",
    "search.index_messages",
    "deliveries.queue_deliveries",
    "deliveries.send_test",
    "deliveries.note_attempt",
    "deliveries.park_delivery",
    "deliveries.retry_delivery",
}
"""What follows from events, and would else cause itself."""
SLICES = {
    "erasure.begin_erasing_contact",
    "erasure.begin_erasing_conversation",
    "erasure.erase_contact",
    "erasure.erase_conversation",
    "webhooks.delete_webhook",
}
"""Work in slices: the last one records that it is done."""


@pytest.fixture(scope="module")
def reducers() -> Iterator[Reducers]:
    found = Reducers()
    yield found
    found.close()


def test_every_change_records_an_event(reducers: Reducers, monkeypatch: pytest.MonkeyPatch) -> None:
    actions: dict[CodeType, str] = {code: name for name, code in every_action()}
    called: list[str] = []
    silent: dict[str, set[str]] = {}
    attempt = Writer._attempt

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in actions:
            called.append(actions[frame.f_code])

    def watched(self: Writer, tx: OpenTransaction, run: Callable[[], Any]) -> Any:
        called.clear()
        raw, mark = driver_of(tx.conn), len(tx.recorded)
        before = raw.total_changes
        result = attempt(self, tx, run)
        is_done = not isinstance(result, BaseException)
        if is_done and raw.total_changes > before and len(tx.recorded) == mark and called:
            silent.setdefault(called[0], set()).update(called)
        return result

    monkeypatch.setattr(Writer, "_attempt", watched)
    threading.setprofile(watch)
    try:
        for seed in range(3):
            with a_world(reducers) as world:
                chance = Random(seed)
                for name in chance.sample(sorted(STEPS) * 2, len(STEPS) * 2):
                    take(world, name, chance.randrange(2**16))
    finally:
        threading.setprofile(None)
    assert silent, "nothing was watched"
    pruning = {name for name in actions.values() if ".prune_" in name}
    assert set(silent) - MEASUREMENTS - UPKEEP - SLICES - pruning == set()
