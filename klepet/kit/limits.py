"""Rate limits: how often a key (an address, a token, an account) may do something.

Token buckets, kept as one number a key: the moment at which its bucket will be full again (the "generic cell rate
algorithm"). Counts live in this process only and are gone after a restart.
"""

from collections import OrderedDict
from threading import Lock

_ROUNDING_SECONDS = 1e-6  # who waited exactly as long as told is not refused for a rounding error


class Bucket:
    """One bucket, for what belongs to one connection and is forgotten with it."""

    __slots__ = ("_burst_seconds", "_full_at", "_seconds_per_unit")

    def __init__(self, rate_per_second: float, burst: float) -> None:
        self._seconds_per_unit = 1 / rate_per_second
        self._burst_seconds = burst / rate_per_second
        self._full_at = 0.0

    def take(self, now_monotonic: float) -> bool:
        """Take one, if there is one left."""
        after = max(self._full_at, now_monotonic) + self._seconds_per_unit
        if after - now_monotonic > self._burst_seconds + _ROUNDING_SECONDS:
            return False
        self._full_at = after
        return True


class RateLimiter:
    """Allows each key a burst, then a steady rate; remembers at most max_keys keys.

    Beyond max_keys the key that was asked for longest ago is forgotten, which gives it a full bucket again. Full
    buckets are forgotten on the way, so that memory shrinks after a flood.
    """

    def __init__(self, rate_per_second: float, burst: float, max_keys: int) -> None:
        if rate_per_second <= 0 or burst <= 0 or max_keys < 1:
            raise ValueError("a rate limiter needs a positive rate and burst, and room for one key")
        self._seconds_per_unit = 1 / rate_per_second
        self._burst = burst
        self._burst_seconds = burst / rate_per_second
        self._max_keys = max_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._untold: dict[str, float] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return len(self._full_at)

    def take(self, key: str, now_monotonic: float, cost: float = 1) -> float:
        """Take from the key's bucket: 0.0 when allowed, else the seconds to wait, and nothing was taken."""
        if not 0 < cost <= self._burst:
            raise ValueError(
                f"a cost lies above 0 and up to the burst of {self._burst:g}, or it could never be allowed"
            )
        with self._lock:
            before = max(self._full_at.get(key, now_monotonic), now_monotonic)
            after = before + cost * self._seconds_per_unit
            wait = after - now_monotonic - self._burst_seconds
            allowed = wait <= _ROUNDING_SECONDS
            self._full_at[key] = after if allowed else before
            self._full_at.move_to_end(key)  # also when refused: someone who keeps trying is not forgotten
            self._forget(now_monotonic)
        return 0.0 if allowed else wait

    def owed(self, key: str, cost: float, share: float) -> float:
        """Note that other processes have not been told of this cost; gives what they are to be told now: 0.0 until this
        share of a burst has come together.
        """
        with self._lock:
            untold = self._untold.pop(key, 0.0) + cost
            if untold >= share * self._burst:
                return untold
            if key in self._full_at:
                self._untold[key] = untold
        return 0.0

    def force(self, key: str, now_monotonic: float, cost: float) -> None:
        """Take what was allowed elsewhere, down to an empty bucket."""
        with self._lock:
            before = max(self._full_at.get(key, now_monotonic), now_monotonic)
            self._full_at[key] = min(before + cost * self._seconds_per_unit, now_monotonic + self._burst_seconds)
            self._full_at.move_to_end(key)
            self._forget(now_monotonic)

    def _forget(self, now_monotonic: float) -> None:
        """Forget up to two full buckets among the oldest, and the oldest if there are still too many.

        One of which others are to be told stays a while: or who comes just as often as it fills would never be told of.
        """
        for _ in range(2):
            oldest = next(iter(self._full_at))
            kept_seconds = self._burst_seconds if oldest in self._untold else 0.0
            if self._full_at[oldest] + kept_seconds > now_monotonic:
                break
            self._drop(oldest)
        if len(self._full_at) > self._max_keys:
            self._drop(next(iter(self._full_at)))

    def _drop(self, key: str) -> None:
        del self._full_at[key]
        self._untold.pop(key, None)
