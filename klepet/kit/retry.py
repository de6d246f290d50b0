"""How a piece of work asks to be tried again at a time of its own choosing."""


class Retry(Exception):
    """Raise it to be run again after so many seconds; the message says why."""

    def __init__(self, after_seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"to be tried again after {after_seconds:g} s")
        self.after_seconds = after_seconds
        self.reason = reason
