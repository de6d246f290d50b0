"""The machine: room on the disk, files that others may read, backups, how many connections fit. It only looks."""

import contextlib
import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from klepet.model.records import PlannedJob
from klepet.web.doctor.findings import Check, Finding, State

MEBIBYTE = 1024 * 1024
FEW_BYTES = 1024 * MEBIBYTE
NO_BYTES = 200 * MEBIBYTE
FEW_INODES = 5_000
FEW_DESCRIPTORS = 4_096
"""Each visitor is a connection, and each connection a descriptor."""
GRACE_HOURS = 2
BACKUP_HOURS = 48
"""How old the newest backup may be where klepet makes none by itself."""
LOOKED_AT = ("", "klepet.db", "klepet.db-wal", "uploads", "backups")


def examine_machine(
    data: Path, backups: Path, backup_hours: int, planned: PlannedJob | None, now: datetime
) -> list[Finding]:
    """Everything of this module; `planned` is the next backup that klepet makes by itself. Blocks for some
    milliseconds.
    """
    return [
        *_disk(data),
        *_files(data),
        _backups(backups, backup_hours, planned, now),
        *_descriptors(),
    ]


def _disk(data: Path) -> Iterator[Finding]:
    if not hasattr(os, "statvfs"):
        return
    try:
        found = os.statvfs(data)
    except OSError as error:
        yield Finding(Check.DISK, State.BAD, "disk_unreadable", {"folder": str(data), "reason": _reason(error)})
        return
    free = found.f_bavail * found.f_frsize
    values: dict[str, str | int | float] = {"folder": str(data), "free": _size(free)}
    if free < NO_BYTES:
        yield Finding(Check.DISK, State.BAD, "disk_full", values)
    elif free < FEW_BYTES:
        yield Finding(Check.DISK, State.WARN, "disk_low", values)
    else:
        yield Finding(Check.DISK, State.GOOD, "disk_good", values)
    if found.f_files and found.f_favail < FEW_INODES:
        yield Finding(Check.DISK, State.WARN, "inodes_low", {"folder": str(data), "number": found.f_favail})


def _files(data: Path) -> Iterator[Finding]:
    if not data.exists():
        return
    wrong = False
    for name in LOOKED_AT:
        path = data / name if name else data
        with contextlib.suppress(OSError):
            found = path.stat()
            if name == "" and found.st_mode & 0o077:
                wrong = True
                yield Finding(Check.FILES, State.BAD, "files_open", {"path": str(path)})
            if not os.access(path, os.R_OK | os.W_OK):
                wrong = True
                yield Finding(Check.FILES, State.BAD, "files_foreign", {"path": str(path)})
    if not wrong:
        yield Finding(Check.FILES, State.GOOD, "files_good", {"path": str(data)})


def _backups(folder: Path, every_hours: int, planned: PlannedJob | None, now: datetime) -> Finding:
    if (planned is not None or every_hours) and not _is_writable(folder):
        return Finding(Check.BACKUPS, State.BAD, "backups_unwritable", {"folder": str(folder)})
    if planned is not None and planned.last_error:
        return Finding(
            Check.BACKUPS, State.WARN, "backups_failed", {"folder": str(folder), "reason": planned.last_error}
        )
    newest = 0.0
    with contextlib.suppress(OSError):
        newest = max((path.stat().st_mtime for path in folder.glob("klepet-*.klepet.zip")), default=0.0)
    if not newest:
        return _first_backup(folder, planned, now)
    hours = max(0, int((now - datetime.fromtimestamp(newest, UTC)).total_seconds() // 3_600))
    values: dict[str, str | int | float] = {"folder": str(folder), "hours": hours}
    if hours > (every_hours + GRACE_HOURS if every_hours else BACKUP_HOURS):
        return Finding(Check.BACKUPS, State.WARN, "backups_old", values)
    return Finding(Check.BACKUPS, State.GOOD, "backups_good" if hours else "backups_fresh", values)


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself, where it is not there yet."""
    try:
        while not folder.exists():
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def _first_backup(folder: Path, planned: PlannedJob | None, now: datetime) -> Finding:
    ahead = None if planned is None else (planned.run_at - now).total_seconds() / 3_600
    if ahead is None or ahead < -GRACE_HOURS:
        return Finding(Check.BACKUPS, State.WARN, "backups_missing", {"folder": str(folder)})
    values: dict[str, str | int | float] = {"folder": str(folder), "hours": max(1, math.ceil(ahead))}
    return Finding(Check.BACKUPS, State.NOTE, "backups_planned", values)


def _descriptors() -> Iterator[Finding]:
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # klepet raises the soft limit to the hard one
    if most in (resource.RLIM_INFINITY, -1) or most >= FEW_DESCRIPTORS:
        number = "unlimited" if most in (resource.RLIM_INFINITY, -1) else most
        yield Finding(Check.DESCRIPTORS, State.GOOD, "descriptors_good", {"number": number})
    else:
        yield Finding(Check.DESCRIPTORS, State.WARN, "descriptors_low", {"number": most})


def _size(count: int) -> str:
    return f"{count / (1024 * MEBIBYTE):.1f} GiB" if count >= 1024 * MEBIBYTE else f"{count // MEBIBYTE} MiB"


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
