"""A histogram of plain integers: adding costs less than a microsecond, nothing is computed until somebody looks."""

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Bounds for what takes from half a millisecond to ten seconds."""


class Tally:
    """Counts values by the bounds that they do not exceed. Each is added to by one thread; others may look."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """The counts as Prometheus has them: of each bound all values up to it, then of `+Inf` all there are."""
        found, sum_ = [], 0
        names = [*(f"{bound:g}" for bound in self.bounds), "+Inf"]
        for name, count in zip(names, list(self.counts), strict=True):
            sum_ += count
            found.append((name, float(sum_)))
        return found
