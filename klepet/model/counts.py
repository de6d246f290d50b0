"""What one process has counted since its start, in plain integers: the message path adds, `/metrics` looks.

Keys are few and known beforehand: words of this project, never anything that came from outside.
"""

from collections import Counter
from dataclasses import dataclass, field

from klepet.kit.tally import Tally

UNITS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(slots=True)
class Counts:
    """One object for all parts of a process; times in seconds."""

    messages: Counter[str] = field(default_factory=Counter)
    """Messages that this process stored, by the kind of their author."""
    stored_seconds: Tally = field(default_factory=Tally)
    """From when a message arrived over a socket or by polling until its sender was told that it is stored."""
    batch_units: Tally = field(default_factory=lambda: Tally(UNITS))
    """Units of work of each batch."""
    read_wait_seconds: Tally = field(default_factory=Tally)
    """How long reads waited for a free connection."""
    loop_lag_seconds: Tally = field(default_factory=Tally)
    """How much later than it should have the event loop came to a timer."""
    connections: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Connections that are open: by kind of principal, and by what carries them."""
    closed: Counter[int] = field(default_factory=Counter)
    """Connections that this side closed, by close code."""
    events: int = 0
    """Events of the log that this process handed on."""
    deliveries: int = 0
    """Connections that they were handed to, added up."""
    webhooks: Counter[str] = field(default_factory=Counter)
    """Attempts to deliver to webhooks, by outcome: delivered or failed."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Refusals: over `http`, or in a `session`; by code."""
    limited: Counter[str] = field(default_factory=Counter)
    """Refusals by a rate limit, by its name."""
