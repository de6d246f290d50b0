"""Identifiers that sort by the time of their making: UUIDv7 (RFC 9562, section 5.7).

They name things and are no secrets: never use one as a credential.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import UUID

from klepet.kit.clock import Clock

RANDOM_BYTES = 10
_TAIL_BITS = 74  # rand_a (12 bits) and rand_b (62 bits)
_TAIL_MASK = (1 << _TAIL_BITS) - 1
_B_BITS = 62
_B_MASK = (1 << _B_BITS) - 1
_VERSION = 7 << 76
_VARIANT = 2 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _compose(now_ms: int, tail: int) -> UUID:
    return UUID(int=now_ms << 80 | _VERSION | tail >> _B_BITS << 64 | _VARIANT | tail & _B_MASK)


def new_id(now_ms: int, random: bytes) -> UUID:
    """Make a UUIDv7 from milliseconds since 1970 and ten random bytes."""
    if not 0 <= now_ms < 1 << 48:
        raise ValueError("the time of an id needs 0 to 48 bits of milliseconds")
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an id needs {RANDOM_BYTES} random bytes")
    return _compose(now_ms, int.from_bytes(random) & _TAIL_MASK)


class Ids:
    """Hands out ids, each greater than the one before, also within a millisecond and when the clock goes back."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random = random
        self._lock = Lock()
        self._last_ms = -1
        self._last_tail = 0

    def __call__(self) -> UUID:
        """Make the next id."""
        now_ms = (self._clock.now() - _EPOCH) // _MILLISECOND
        fresh = int.from_bytes(self._random(RANDOM_BYTES))
        with self._lock:
            if now_ms > self._last_ms:
                self._last_ms = now_ms
                self._last_tail = fresh & _TAIL_MASK
            else:
                # RFC 9562, section 6.2, method 2: a random step keeps the neighbours of an id hard to guess.
                self._last_tail += 1 + (fresh & 0xFFFF_FFFF)
                if self._last_tail > _TAIL_MASK:
                    self._last_ms += 1
                    self._last_tail &= _TAIL_MASK
            return _compose(self._last_ms, self._last_tail)
