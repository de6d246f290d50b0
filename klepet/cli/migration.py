"""The command that brings a database to this version, or tells what that would come to."""

import argparse
import contextlib

from klepet import __version__
from klepet.kit.clock import SystemClock
from klepet.settings import Settings
from klepet.store import schema
from klepet.store.backup import free_bytes, size_of
from klepet.store.migrating import BeforeMigrating, Plan, backup_first, open_migrated, plan
from klepet.store.opening import open_engine

PENDING = 3
"""The exit code of `klepet migrate --check` when something would be changed."""


def run_migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database to this version, with a backup first; with `--check` only tell what that would come to."""
    is_backed_up = settings.is_backed_up_before_migrating and not options.without_backup
    if options.check:
        return _check(settings, is_backed_up=is_backed_up)
    settings.make_data_folder()
    before = backup_before(settings) if is_backed_up else None
    with contextlib.closing(open_engine(settings.database)) as engine:
        conn, is_changed = open_migrated(engine, before)
        conn.close()
    print(f"The database is now at revision {schema.HEAD}." if is_changed else "The database is up to date.")
    return 0


def backup_before(settings: Settings) -> BeforeMigrating:
    """Makes the backup before a database is changed for this version."""

    return backup_first(
        settings.uploads,
        settings.backups,
        version=__version__,
        keep=settings.backups_kept,
        clock=SystemClock(),
        tell=lambda text: print(f"{text[0].upper()}{text[1:]}.", flush=True),
    )


def _check(settings: Settings, *, is_backed_up: bool) -> int:
    backups = settings.backups if is_backed_up else None
    with contextlib.closing(open_engine(settings.database, is_examined=True)) as engine:
        found = plan(engine, settings.uploads, backups)
    for line in _lines(settings, found, is_backed_up=is_backed_up):
        print(line)
    if found.refusal is not None:
        print(f"It would be refused: {found.refusal}.")
        return 1
    return PENDING if found.is_pending else 0


def _lines(settings: Settings, found: Plan, *, is_backed_up: bool) -> list[str]:
    if not found.is_pending:
        later = (
            f" ({found.found}, of a newer version that is made for this one too)" if found.found != schema.HEAD else ""
        )
        return [f"The database is up to date{later}. Nothing would be changed."]
    if found.found is None:
        return [f"There is nothing in the database yet. It would be made at revision {schema.HEAD}."]
    lines = [f"The database is at revision {found.found}, and this version needs {schema.HEAD}. Would run:"]
    lines += [f"  {step.revision}  {step.text}" for step in found.steps]
    lines.append(f"That takes {_span(found.seconds)}; there are {found.row_count:,} rows.")
    if is_backed_up:
        free = size_of(free_bytes(settings.backups))
        size = f"at most {size_of(found.backup_bytes)}, and {free} are free"
        lines.append(f"A backup into {settings.backups} would be made first: {_span(found.backup_seconds)}, {size}.")
    else:
        lines.append("No backup would be made first.")
    return lines


def _span(seconds: float) -> str:
    if seconds < 2:
        return "about a second"
    return f"about {seconds:.0f} seconds" if seconds < 120 else f"about {seconds / 60:.0f} minutes"
