"""Backups: one ZIP file with every row, every upload, and a manifest that says what they come to.

    manifest.json               format, version, revision, when, tables with columns, count and digest, uploads
    tables/<name>.jsonl         one row a line (`dump.py`)
    uploads/…                   as in the data folder

A backup is read from one snapshot, while klepet serves, read again once it is written, and goes to either engine.
One of an earlier revision is restored as it was, then migrated. It holds secrets: keep it as safely as the data.
"""

import contextlib
import hashlib
import math
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table

from klepet.store import dump, schema
from klepet.store.engine import DatabaseUnusable, Engine

FORMAT = 1
SUFFIX = ".klepet.zip"
UNFINISHED = ".unfinished"
ABANDONED = timedelta(days=1)
"""After so long without a byte nobody writes to an unfinished backup any more."""
DAMAGE = (
    KeyError,
    EOFError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    msgspec.DecodeError,
)
"""What reading a damaged archive raises. A byte may make it look encrypted (RuntimeError) or packed in a way that
nobody knows (NotImplementedError, one of them)."""
_encode = msgspec.json.Encoder().encode


class BackupUnusable(DatabaseUnusable):
    """A backup cannot be read or does not hold what it says. The message is one sentence for whoever restores."""


class Content(Struct, frozen=True):
    """What a table or a file comes to: rows or bytes, and their digest. Tables name their columns."""

    count: int
    digest: str
    columns: tuple[str, ...] = ()


class Manifest(Struct, frozen=True):
    """What a backup holds."""

    format: int
    version: str
    revision: str
    made_at: datetime
    tables: dict[str, Content]
    uploads: dict[str, Content]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(content.count for content in self.tables.values())


def make(
    engine: Engine, uploads: Path, folder: Path, *, version: str, now: datetime, keep: int, reason: str = ""
) -> tuple[Path, Manifest]:
    """Write a backup into a folder where there is room for it, and keep the newest `keep` of those there. `reason`
    is put into its name. Raises DatabaseUnusable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    check_room(engine, uploads, folder)
    target = folder / name_at(now, reason)
    manifest = write(engine, uploads, target, version=version, now=now)
    prune(folder, keep, now=now)
    return target, manifest


def write(engine: Engine, uploads: Path, target: Path, *, version: str, now: datetime) -> Manifest:
    """Write a backup to `target`, which appears only when it is whole, on the disk, and was read again. Raises
    DatabaseUnusable.
    """
    unfinished = target.with_name(target.name + UNFINISHED)
    if engine.is_new():
        raise DatabaseUnusable(f"there is no database at {engine.name} yet")
    try:
        with engine.open_snapshot() as conn:
            found = schema.check(conn, engine.name)
            if found is None:
                raise DatabaseUnusable(f"there is nothing in {engine.name} yet")
            # Of a later revision what this version knows is written, and that is its own newest one.
            revision = schema.HEAD if schema.is_usable(found) else found
            with (
                os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
            ):
                contents = {
                    table.name: _write_table(conn, table, columns, archive) for table, columns in dump.columns_in(conn)
                }
                files = {name: _write_file(path, name, archive) for name, path in _files(uploads)}
                manifest = Manifest(FORMAT, version, revision, now, contents, files)
                archive.writestr("manifest.json", _encode(manifest))
                archive.close()
                file.flush()
                os.fsync(file.fileno())
        verify(unfinished)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    os.replace(unfinished, target)
    _sync_folder(target.parent)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What a backup says that it holds. Raises BackupUnusable."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = msgspec.json.decode(archive.read("manifest.json"), type=Manifest)
    except FileNotFoundError:
        raise BackupUnusable(f"there is no file {source}") from None
    except (OSError, *DAMAGE) as error:
        raise BackupUnusable(f"{source} is no backup that klepet can read ({_reason(error)})") from None
    if manifest.format != FORMAT or schema.number_of(manifest.revision) > schema.number_of(schema.HEAD):
        raise BackupUnusable(
            f"{source} was made by klepet {manifest.version}, which is newer, at revision {manifest.revision}; restore"
            " it with that version"
        )
    return manifest


def verify(source: Path) -> Manifest:
    """Read a backup as a restore would, and compare everything in it with what it says. Raises BackupUnusable."""
    manifest = read_manifest(source)
    with zipfile.ZipFile(source) as archive:
        for name, content in manifest.tables.items():
            digest = dump.Digest()
            for row in _rows_in(archive, name):
                digest.add(row)
            _compare(name, digest, content)
        for name, content in manifest.uploads.items():
            _read_file(archive, name, content)
    return manifest


def restore(source: Path, engine: Engine, uploads: Path, *, epoch: str) -> Manifest:
    """Load a backup into an empty database and an empty folder of uploads, in one transaction, compare what
    arrived with the manifest, and bring it to this version. `epoch` is the log's new one. Raises BackupUnusable; then
    nothing was changed.
    """
    manifest = verify(source)
    if uploads.exists() and any(uploads.iterdir()):
        raise BackupUnusable(f"{uploads} is not empty; a backup is restored into an empty place")
    is_there = schema.look(engine) is not None
    with engine.open_writer() as conn, zipfile.ZipFile(source) as archive:
        if is_there and not dump.is_empty(conn):
            raise BackupUnusable(f"{engine.name} is not empty; a backup is restored into an empty database")
        schema.move(conn, manifest.revision)
        engine.begin_load(conn)
        try:
            if not dump.is_empty(conn):
                raise BackupUnusable(f"{engine.name} is not empty; a backup is restored into an empty database")
            dump.clear_head(conn)
            for table in dump.TABLES:
                content = manifest.tables.get(table.name)
                if content is not None:
                    dump.add_rows(conn, table, _rows_in(archive, table.name), content.columns)
                    _compare(table.name, dump.digest_of(conn, table, content.columns), content)
            dump.finish(conn, epoch)
            for name, content in manifest.uploads.items():
                _restore_file(archive, name, content, uploads)
        except BaseException:
            engine.roll_back(conn)
            shutil.rmtree(uploads, ignore_errors=True)  # it was empty
            raise
        engine.commit(conn)
        schema.upgrade(conn)
    return manifest


def copy(source: Engine, target: Engine, *, epoch: str) -> dict[str, int]:
    """Copy every row from one database into another, empty one, in one transaction, and compare them table by
    table. Gives the rows of each. Raises DatabaseUnusable; then nothing was changed.
    """
    counts: dict[str, int] = {}
    if not schema.is_usable(schema.look(source)):
        raise BackupUnusable("the database to copy is of another version; run `klepet migrate` on it first")
    schema.look(target)
    with source.open_snapshot() as old, target.open_writer() as new:
        schema.upgrade(new)
        target.begin_load(new)
        try:
            if not dump.is_empty(new):
                raise BackupUnusable(
                    f"{target.name} holds rows already, if only those of a first start; copy into a new, empty database"
                )
            dump.clear_head(new)
            for table in dump.TABLES:
                columns = [column.name for column in table.columns]
                given = dump.add_rows(new, table, dump.rows_of(old, table), columns)
                _compare(table.name, dump.digest_of(new, table, columns), Content(given.count, given.hex))
                counts[table.name] = given.count
            dump.finish(new, epoch)
        except BaseException:
            target.roll_back(new)
            raise
        target.commit(new)
    return counts


def check_room(engine: Engine, uploads: Path, folder: Path) -> None:
    """Raise DatabaseUnusable where a backup might fill the disk, which klepet itself needs to go on."""
    wanted = room_wanted(engine, uploads)
    free = free_bytes(folder)
    if wanted > free:
        raise DatabaseUnusable(
            f"there is no room for a backup in {folder}: it may take {size_of(wanted)}, {size_of(free)} are free"
        )


def room_wanted(engine: Engine, uploads: Path) -> int:
    """How many bytes a backup may take: rows come to much less than half of what they are in the database."""
    return engine.stored_bytes() // 2 + sum(path.stat().st_size for _, path in _files(uploads))


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder, which may not be there yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def size_of(count: int) -> str:
    """A number of bytes for people."""
    if count < 2**20:
        return f"{math.ceil(count / 2**10)} KiB"
    return f"{count / 2**20:,.1f} MiB" if count < 2**30 else f"{count / 2**30:,.1f} GiB"


def newest(folder: Path) -> Path | None:
    """The newest whole backup in a folder that klepet named."""
    return max(folder.glob(f"klepet-*{SUFFIX}"), default=None)


def prune(folder: Path, keep: int, *, now: datetime) -> list[Path]:
    """Remove all but the newest `keep` backups that klepet named, and what was left unfinished long ago; gives the
    backups that went.
    """
    made = sorted(folder.glob(f"klepet-*{SUFFIX}"))
    old = made[: max(0, len(made) - keep)]
    for path in old:
        path.unlink(missing_ok=True)
    for path in folder.glob(f"klepet-*{SUFFIX}{UNFINISHED}"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - ABANDONED).timestamp():
                path.unlink()
    return old


def name_at(now: datetime, reason: str = "") -> str:
    """The name of a backup made at this instant; names sort by time."""
    return f"klepet-{now:%Y%m%dT%H%M%SZ}{'-' if reason else ''}{reason}{SUFFIX}"


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system and the file system know such a thing."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_table(conn: Connection, table: Table, columns: list[str], archive: zipfile.ZipFile) -> Content:
    digest = dump.Digest()
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as lines:
        for row in dump.rows_of(conn, table, columns):
            digest.add(row)
            lines.write(_encode(row) + b"\n")
    return Content(digest.count, digest.hex, tuple(columns))


def _rows_in(archive: zipfile.ZipFile, name: str) -> Iterator[list[Any]]:
    try:
        with archive.open(f"tables/{name}.jsonl") as lines:
            for line in lines:
                yield msgspec.json.decode(line)
    except (OSError, *DAMAGE) as error:
        raise BackupUnusable(f"the table {name} of this backup is damaged ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _compare(name: str, found: dump.Digest, expected: Content) -> None:
    if (found.count, found.hex) != (expected.count, expected.digest):
        raise BackupUnusable(
            f"the table {name} came to {found.count} rows that are not the {expected.count} that were stored"
        )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path


def _write_file(path: Path, name: str, archive: zipfile.ZipFile) -> Content:
    data = path.read_bytes()
    archive.writestr(f"uploads/{name}", data)
    return Content(len(data), hashlib.sha256(data).hexdigest())


def _read_file(archive: zipfile.ZipFile, name: str, content: Content) -> bytes:
    try:
        data = archive.read(f"uploads/{name}")
    except (OSError, *DAMAGE) as error:
        raise BackupUnusable(f"the file {name} of this backup is damaged ({_reason(error)})") from None
    if hashlib.sha256(data).hexdigest() != content.digest:
        raise BackupUnusable(f"the file {name} of this backup is not what was stored")
    return data


def _restore_file(archive: zipfile.ZipFile, name: str, content: Content, uploads: Path) -> None:
    target = (uploads / name).resolve()
    if not target.is_relative_to(uploads.resolve()):
        raise BackupUnusable("this backup names a file outside its folder; it was not made by klepet")
    data = _read_file(archive, name, content)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
