"""`klepet doctor`: looks for what usually breaks live chat, and says what mends it."""

import argparse
import asyncio
import contextlib
import sys

import msgspec

from klepet.access import health
from klepet.access.health import Condition
from klepet.kit.clock import SystemClock
from klepet.listeners import index_search, send_webhooks
from klepet.settings import Settings
from klepet.store.engine import DatabaseUnusable
from klepet.store.opening import open_engine
from klepet.store.transaction import OpenReader
from klepet.web.doctor.examination import Place, examine
from klepet.web.doctor.findings import State, tell

LISTENERS = (index_search.NAME, send_webhooks.NAME)
_WORDS = {State.GOOD: "good", State.NOTE: "note", State.WARN: "look", State.BAD: "MEND"}


def run_doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Examine and tell; 1 where something has to be mended. klepet may be serving meanwhile, and should be."""
    clock = SystemClock()
    stored, warnings = _ask_database(settings, clock)
    place = Place(settings.public_url, settings.data, settings.backups, settings.backup_hours)
    findings = tell(asyncio.run(examine(place, stored, warnings, clock)), "en")
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(findings), indent=2).decode() + "\n")
    else:
        for one in findings:
            print(f"{_WORDS[one.state]}  {one.title + ':':<21}{one.text}")
    return int(any(one.state is State.BAD for one in findings))


def _ask_database(settings: Settings, clock: SystemClock) -> tuple[Condition | str, list[str]]:
    """What the database tells and what endangers it; or the sentence why it tells nothing."""
    try:
        with contextlib.closing(open_engine(settings.database, is_read_only=True)) as engine:
            try:
                with engine.open_reader() as conn:
                    engine.begin_read(conn)
                    return health.condition(OpenReader(conn), LISTENERS, now=clock.now()), engine.warnings
            except engine.errors as error:
                return str(getattr(error, "orig", None) or error).splitlines()[0], engine.warnings
    except DatabaseUnusable as error:
        return str(error), []
