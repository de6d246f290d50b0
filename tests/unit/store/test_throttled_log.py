"""Lines that are written seldom, and stand for many."""

from types import SimpleNamespace

import pytest

from klepet.store import throttled_log
from klepet.store.throttled_log import ThrottledLine


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic time, to be set."""
    now = [100.0]
    monkeypatch.setattr(throttled_log, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_the_first_is_told_at_once_and_then_how_many(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    line = ThrottledLine("%s (%d)")
    for at in (100.0, 101.0, 104.9, 105.0, 109.0):
        clock[0] = at
        line.tell(OSError("gone"), 10)
    assert [record.getMessage() for record in caplog.records] == ["gone (10)", "gone (40)"]
    assert line.end() == 50
    assert line.end() == 0


def test_what_comes_and_goes_is_told_as_seldom(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    line = ThrottledLine("%s (%d)")
    ends = []
    for number in range(100):
        clock[0] = 100.0 + number / 10
        line.tell(OSError("gone"))
        ends.append(line.end())
    assert [record.getMessage() for record in caplog.records] == ["gone (1)", "gone (50)"]
    assert [end for end in ends if end] == [1, 50]
