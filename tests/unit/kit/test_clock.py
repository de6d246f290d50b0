"""Clocks: wall time may jump, monotonic time may not."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from klepet.kit.clock import Clock, FakeClock, SystemClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_system_clock_tells_aware_utc() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_fake_clock_stands_still() -> None:
    clock: Clock = FakeClock(START)
    assert (clock.now(), clock.monotonic()) == (clock.now(), clock.monotonic()) == (START, 1_000.0)


def test_advance_moves_both_scales() -> None:
    clock = FakeClock(START)
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)
    assert clock.monotonic() == 1_001.5


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_jump_moves_wall_time_alone(seconds: int) -> None:
    clock = FakeClock(START)
    clock.jump(seconds)
    assert clock.now() == START + timedelta(seconds=seconds)
    assert clock.monotonic() == 1_000.0


def test_time_does_not_pass_backwards() -> None:
    with pytest.raises(ValueError, match="jump"):
        FakeClock(START).advance(-1)


def test_start_must_be_aware_and_becomes_utc() -> None:
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2026, 3, 1))  # noqa: DTZ001
    moscow = timezone(timedelta(hours=3))
    assert FakeClock(datetime(2026, 3, 1, 15, 0, tzinfo=moscow)).now().isoformat() == "2026-03-01T12:00:00+00:00"
