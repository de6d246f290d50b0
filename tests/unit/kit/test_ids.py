"""Ids: the bits of RFC 9562, and the order within a process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.clock import FakeClock, SystemClock
from klepet.kit.ids import Ids, new_id

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
milliseconds = st.integers(min_value=0, max_value=2**48 - 1)
ten_bytes = st.binary(min_size=10, max_size=10)


def test_example_of_the_rfc() -> None:
    # Appendix A.6: 2022-02-22 19:22:22 UTC, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    tail = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    made = new_id(0x017F22E279B0, tail.to_bytes(10))
    assert made == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(milliseconds, ten_bytes)
def test_version_variant_and_time(now_ms: int, random: bytes) -> None:
    made = new_id(now_ms, random)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == now_ms


@given(st.lists(st.tuples(milliseconds, ten_bytes), min_size=2, max_size=20))
def test_ids_sort_by_time(parts: list[tuple[int, bytes]]) -> None:
    by_id = sorted(parts, key=lambda part: new_id(*part).bytes)
    assert [now_ms for now_ms, _ in by_id] == sorted(now_ms for now_ms, _ in parts)


@pytest.mark.parametrize("now_ms", [-1, 2**48])
def test_refuses_times_out_of_range(now_ms: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        new_id(now_ms, bytes(10))


@pytest.mark.parametrize("length", [9, 11])
def test_refuses_wrong_amount_of_randomness(length: int) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        new_id(0, bytes(length))


@given(st.lists(st.integers(min_value=-10_000, max_value=10_000), max_size=50), st.randoms(use_true_random=False))
def test_each_id_is_greater_whatever_the_clock_does(jumps: list[int], random: Random) -> None:
    clock = FakeClock(START)
    ids = Ids(clock, random.randbytes)
    made = [ids()]
    for jump in jumps:
        clock.jump(jump / 1000)
        made.append(ids())
    assert made == sorted(set(made))


def test_a_full_tail_borrows_from_the_next_millisecond() -> None:
    ids = Ids(FakeClock(START), lambda count: b"\xff" * count)
    first, second, third = ids(), ids(), ids()
    assert first < second < third
    assert second.int >> 80 == (first.int >> 80) + 1
    assert {first.version, second.version, third.version} == {7}


def test_a_new_millisecond_starts_with_fresh_randomness() -> None:
    clock = FakeClock(START)
    ids = Ids(clock, lambda count: bytes(range(count)))
    first = ids()
    clock.advance(0.001)
    assert ids() == UUID(int=first.int + (1 << 80))


def test_threads_never_get_the_same_id() -> None:
    ids = Ids(SystemClock())

    def take_many(_: int) -> list[UUID]:
        return [ids() for _ in range(2_000)]

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(take_many, range(4)))
    assert all(run == sorted(run) for run in runs)
    assert len({made for run in runs for made in run}) == 8_000
