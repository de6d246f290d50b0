"""One examination: everything that is looked at, whoever asks."""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from msgspec import Struct

from klepet.access.health import Condition
from klepet.kit.clock import Clock
from klepet.web.doctor.findings import Check, Finding, State
from klepet.web.doctor.machine import examine_machine
from klepet.web.doctor.stored import examine_stored, unusable
from klepet.web.reach import Forwarding


class Place(Struct, frozen=True):
    """Where klepet runs: what of the settings is examined."""

    public_url: str
    data: Path
    backups: Path
    backup_hours: int


async def examine(
    place: Place,
    stored: Condition | str,
    warnings: Sequence[str],
    clock: Clock,
    *,
    forwarding: Forwarding | None = None,
) -> list[Finding]:
    """Look at everything. `stored` is what the database told, or the sentence why it told nothing; `forwarding` is how
    the request arrived that asks for this.
    """
    # A client for HTTP takes 7 MiB, so it is imported when somebody asks, in a thread: the loop does not wait for it.
    await asyncio.to_thread(import_module, "klepet.web.doctor.address")
    from klepet.web.doctor.address import examine_address, examine_forwarding

    now = clock.now()
    epoch = stored.epoch or None if isinstance(stored, Condition) else None
    found = await examine_address(place.public_url, epoch, clock)
    # A server that cannot reach its own public address still sees how its people come.
    if forwarding is not None and not any(one.check is Check.PROXY for one in found):
        found += examine_forwarding(place.public_url, forwarding)
    planned = stored.backup if isinstance(stored, Condition) else None
    found += await asyncio.to_thread(examine_machine, place.data, place.backups, place.backup_hours, planned, now)
    found += examine_stored(stored, warnings, now) if isinstance(stored, Condition) else unusable(stored)
    return [*found, Finding(Check.MAIL, State.NOTE, "mail_none")]
