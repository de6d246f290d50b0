"""Rate limits: bursts, rates, and memory that stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.limits import Bucket, RateLimiter


def test_burst_then_rate() -> None:
    limiter = RateLimiter(rate_per_second=2, burst=3, max_keys=10)
    assert [limiter.take("a", 100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.take("a", 100.0) == pytest.approx(0.5)
    assert limiter.take("a", 100.4) == pytest.approx(0.1)
    assert limiter.take("a", 100.5) == 0.0
    assert limiter.take("a", 100.5) > 0


def test_refusals_take_nothing() -> None:
    limiter = RateLimiter(rate_per_second=1, burst=1, max_keys=10)
    limiter.take("a", 0.0)
    for _ in range(100):
        assert limiter.take("a", 0.5) == pytest.approx(0.5)
    assert limiter.take("a", 1.0) == 0.0


def test_keys_do_not_share() -> None:
    limiter = RateLimiter(rate_per_second=1, burst=1, max_keys=10)
    assert limiter.take("flooder", 0.0) == 0.0
    assert limiter.take("flooder", 0.0) > 0
    assert limiter.take("neighbour", 0.0) == 0.0


def test_cost() -> None:
    limiter = RateLimiter(rate_per_second=10, burst=100, max_keys=10)
    assert limiter.take("a", 0.0, cost=90) == 0.0
    assert limiter.take("a", 0.0, cost=20) == pytest.approx(1.0)
    assert limiter.take("a", 0.0, cost=10) == 0.0


@pytest.mark.parametrize("cost", [0, -1, 100.5])
def test_impossible_costs(cost: float) -> None:
    with pytest.raises(ValueError, match="up to the burst of 100"):
        RateLimiter(rate_per_second=10, burst=100, max_keys=10).take("a", 0.0, cost)


@pytest.mark.parametrize(("rate", "burst", "max_keys"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_impossible_limits(rate: float, burst: float, max_keys: int) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        RateLimiter(rate, burst, max_keys)


def test_memory_is_bounded_and_the_persistent_is_remembered() -> None:
    limiter = RateLimiter(rate_per_second=0.01, burst=1, max_keys=100)
    limiter.take("flooder", 0.0)
    for number in range(10_000):
        limiter.take(f"key {number}", 0.0)
        assert limiter.take("flooder", 0.0) > 0
    assert len(limiter) == 100


def test_memory_shrinks_after_a_flood() -> None:
    limiter = RateLimiter(rate_per_second=1, burst=1, max_keys=1_000)
    for number in range(1_000):
        limiter.take(f"key {number}", 0.0)
    assert len(limiter) == 1_000
    for number in range(1_000):
        limiter.take("one", 10.0 + number * 2)
    assert len(limiter) == 1


@given(
    st.floats(min_value=0.1, max_value=1000),
    st.integers(min_value=1, max_value=100),
    st.lists(st.floats(min_value=0, max_value=10), min_size=1, max_size=200),
)
def test_never_more_than_burst_plus_rate(rate: float, burst: int, gaps: list[float]) -> None:
    limiter = RateLimiter(rate, burst, max_keys=1)
    now, allowed = 0.0, 0
    for gap in gaps:
        now += gap
        allowed += limiter.take("a", now) == 0.0
    assert allowed <= burst + rate * now + 0.01


@given(
    st.floats(min_value=0.01, max_value=1000),
    st.integers(min_value=1, max_value=50),
    st.floats(min_value=0, max_value=1e7),
)
def test_who_waits_as_told_is_allowed(rate: float, burst: int, now: float) -> None:
    limiter = RateLimiter(rate, burst, max_keys=1)
    while not (wait := limiter.take("a", now)):
        pass
    assert limiter.take("a", now + wait) == 0.0


def test_a_bucket_allows_a_burst_then_its_rate() -> None:
    bucket = Bucket(rate_per_second=2, burst=3)
    assert [bucket.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert not bucket.take(100.4)
    assert bucket.take(100.5)
    assert not bucket.take(100.9)
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_what_others_are_to_be_told_comes_together_and_is_told_once() -> None:
    limiter = RateLimiter(2, 20, 100)
    told = []
    for _ in range(11):
        assert limiter.take("ana", 0.0) == 0
        told.append(limiter.owed("ana", 1, 0.25))
    assert told == [0, 0, 0, 0, 5, 0, 0, 0, 0, 5, 0]


def test_who_comes_as_often_as_the_bucket_fills_is_told_of_too() -> None:
    limiter = RateLimiter(2, 20, 100)
    told = 0.0
    for second in range(30):
        for key in ("ana", "bor"):
            limiter.take(key, float(second))
            told += limiter.owed(key, 1, 0.25)
    assert told == 60
    limiter.take("cene", 1000.0)
    assert len(limiter) == 1, "memory shrinks all the same"
