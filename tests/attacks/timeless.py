"""The shipped server with a monotonic clock that stands still: `python -m tests.attacks.timeless serve`."""

import sys
import time

from klepet.cli import main
from klepet.kit.clock import SystemClock

if __name__ == "__main__":
    begun = time.monotonic()
    SystemClock.monotonic = lambda self: begun  # type: ignore[method-assign]
    sys.exit(main())
