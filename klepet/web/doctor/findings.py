"""What was found, and how people are told. Texts stand in the catalogue `health`: `health.check_<check>` names what was
looked at, `health.<code>` says what was found and, where something is wrong, what mends it.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, field

from klepet.kit.texts import Texts, Value


class Check(StrEnum):
    """What is looked at, in the order in which it is told."""

    ADDRESS = "address"
    SOCKET = "socket"
    PROXY = "proxy"
    CLOCK = "clock"
    DATABASE = "database"
    MIGRATIONS = "migrations"
    JOBS = "jobs"
    LISTENERS = "listeners"
    BACKUPS = "backups"
    DISK = "disk"
    FILES = "files"
    DESCRIPTORS = "descriptors"
    SITES = "sites"
    MAIL = "mail"


class State(StrEnum):
    """`note` is worth knowing, `warn` may become a fault, `bad` is one."""

    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


class Finding(Struct, frozen=True):
    """One thing that was found. `values` fill its text."""

    check: Check
    state: State
    code: str
    values: dict[str, Value] = field(default_factory=dict)


class ToldFinding(Struct, frozen=True):
    """A finding in somebody's language."""

    check: Check
    state: State
    code: str
    title: str
    text: str


def tell(findings: Sequence[Finding], language: str) -> list[ToldFinding]:
    """Put findings into words, in the order of their checks."""
    texts, order = Texts(language, ("health",)), list(Check)
    return [
        ToldFinding(
            check=one.check,
            state=one.state,
            code=one.code,
            title=texts.text(f"health.check_{one.check}"),
            text=texts.text(f"health.{one.code}", **one.values),
        )
        for one in sorted(findings, key=lambda one: order.index(one.check))
    ]
