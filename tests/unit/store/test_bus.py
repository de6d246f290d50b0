"""The threads that listen and tell outlive whatever fails in them."""

import threading
from collections import Counter

import pytest

from klepet.store import bus
from klepet.store.bus import Bus
from klepet.store.guard import Guard


def test_no_failure_ends_a_thread(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(bus, "PAUSE_SECONDS", 0.001)
    tries: Counter[str] = Counter()
    changed = threading.Condition()

    def fail() -> None:
        with changed:
            tries[threading.current_thread().name] += 1
            changed.notify_all()
        raise ValueError("nobody thought of this")

    guard = Guard()
    made = Bus(fail, guard, lambda notice: None, lambda signals: None)
    made.start()
    with changed:
        went_on = changed.wait_for(lambda: min(tries["klepet-listen"], tries["klepet-notify"]) >= 3, 30)
    made.close()
    guard.close()
    assert went_on, tries
    assert {record.exc_info is not None for record in caplog.records} == {True}, "with where it was"
