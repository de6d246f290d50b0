"""Backups: one ZIP file with every row, every upload, and a manifest that says what they come to.

    manifest.json               format, version, revision, when, tables with count and digest, uploads with digest
    tables/<name>.jsonl         one row a line (`dump.py`)
    uploads/…                   as in the data folder

A backup is read from one snapshot, while klepet serves, and goes to either engine. It holds secrets: keep it as
safely as the data folder.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table

from klepet.store import dump, schema
from klepet.store.engine import DatabaseUnusable, Engine

FORMAT = 1
SUFFIX = ".klepet.zip"
_encode = msgspec.json.Encoder().encode


class BackupUnusable(DatabaseUnusable):
    """A backup cannot be read or does not hold what it says. The message is one sentence for whoever restores."""


class Content(Struct, frozen=True):
    """What a table or a file comes to."""

    count: int
    digest: str


class Manifest(Struct, frozen=True):
    """What a backup holds."""

    format: int
    version: str
    revision: str
    made_at: datetime
    tables: dict[str, Content]
    uploads: dict[str, Content]


def write(engine: Engine, uploads: Path, target: Path, *, version: str, now: datetime) -> Manifest:
    """Write a backup to `target`, which appears only when it is whole and on the disk. Raises DatabaseUnusable."""
    unfinished = target.with_name(target.name + ".unfinished")
    contents: dict[str, Content] = {}
    with engine.open_snapshot() as conn:
        revision = schema.current_revision(conn)
        if revision != schema.HEAD:
            raise DatabaseUnusable("the database is of another version; run `klepet migrate` first")
        with (
            os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
        ):
            for table in dump.TABLES:
                contents[table.name] = _write_table(conn, table, archive)
            files = {name: _write_file(path, name, archive) for name, path in _files(uploads)}
            manifest = Manifest(FORMAT, version, revision, now, contents, files)
            archive.writestr("manifest.json", _encode(manifest))
            archive.close()
            file.flush()
            os.fsync(file.fileno())
    os.replace(unfinished, target)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What a backup says that it holds. Raises BackupUnusable."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = msgspec.json.decode(archive.read("manifest.json"), type=Manifest)
    except (OSError, KeyError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise BackupUnusable(f"{source} is no backup that klepet can read ({error})") from None
    if manifest.format != FORMAT or manifest.revision != schema.HEAD:
        raise BackupUnusable(
            f"{source} was made by klepet {manifest.version} at revision {manifest.revision}; restore it with that"
            " version, then upgrade"
        )
    return manifest


def restore(source: Path, engine: Engine, uploads: Path, *, epoch: str) -> Manifest:
    """Load a backup into an empty database and an empty folder of uploads, in one transaction, and compare what
    arrived with the manifest. `epoch` is the log's new one. Raises BackupUnusable; then nothing was changed.
    """
    manifest = read_manifest(source)
    if uploads.exists() and any(uploads.iterdir()):
        raise BackupUnusable(f"{uploads} is not empty; a backup is restored into an empty place")
    with engine.open_writer() as conn, zipfile.ZipFile(source) as archive:
        schema.upgrade(conn)
        engine.begin_load(conn)
        try:
            if not dump.is_empty(conn):
                raise BackupUnusable("the database is in use; a backup is restored into an empty one")
            dump.clear_head(conn)
            for table in dump.TABLES:
                dump.add_rows(conn, table, _rows_in(archive, table))
                _compare(table.name, dump.digest_of(conn, table), manifest.tables[table.name])
            dump.finish(conn, epoch)
            for name, content in manifest.uploads.items():
                _restore_file(archive, name, content, uploads)
        except BaseException:
            engine.roll_back(conn)
            raise
        engine.commit(conn, is_logged=False)
    return manifest


def copy(source: Engine, target: Engine, *, epoch: str) -> dict[str, int]:
    """Copy every row from one database into another, empty one, in one transaction, and compare them table by
    table. Gives the rows of each. Raises BackupUnusable; then nothing was changed.
    """
    counts: dict[str, int] = {}
    with source.open_snapshot() as old, target.open_writer() as new:
        if schema.current_revision(old) != schema.HEAD:
            raise BackupUnusable("the database to copy is of another version; run `klepet migrate` on it first")
        schema.upgrade(new)
        target.begin_load(new)
        try:
            if not dump.is_empty(new):
                raise BackupUnusable("the database to copy into is in use; it has to be empty")
            dump.clear_head(new)
            for table in dump.TABLES:
                given = dump.add_rows(new, table, dump.rows_of(old, table))
                _compare(table.name, dump.digest_of(new, table), Content(given.count, given.hex))
                counts[table.name] = given.count
            dump.finish(new, epoch)
        except BaseException:
            target.roll_back(new)
            raise
        target.commit(new, is_logged=False)
    return counts


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups that klepet named; gives those that went."""
    made = sorted(folder.glob(f"klepet-*{SUFFIX}"))
    old = made[: max(0, len(made) - keep)]
    for path in old:
        path.unlink()
    return old


def name_at(now: datetime) -> str:
    """The name of a backup made at this instant; names sort by time."""
    return f"klepet-{now:%Y%m%dT%H%M%SZ}{SUFFIX}"


def _write_table(conn: Connection, table: Table, archive: zipfile.ZipFile) -> Content:
    digest = dump.Digest()
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as lines:
        for row in dump.rows_of(conn, table):
            digest.add(row)
            lines.write(_encode(row) + b"\n")
    return Content(digest.count, digest.hex)


def _rows_in(archive: zipfile.ZipFile, table: Table) -> Iterator[list[Any]]:
    try:
        with archive.open(f"tables/{table.name}.jsonl") as lines:
            for line in lines:
                yield msgspec.json.decode(line)
    except (KeyError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise BackupUnusable(f"the table {table.name} of this backup is damaged ({error})") from None


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


def _restore_file(archive: zipfile.ZipFile, name: str, content: Content, uploads: Path) -> None:
    target = (uploads / name).resolve()
    if not target.is_relative_to(uploads.resolve()):
        raise BackupUnusable("this backup names a file outside its folder; it was not made by klepet")
    try:
        data = archive.read(f"uploads/{name}")
    except (KeyError, zipfile.BadZipFile) as error:
        raise BackupUnusable(f"the file {name} of this backup is damaged ({error})") from None
    if hashlib.sha256(data).hexdigest() != content.digest:
        raise BackupUnusable(f"the file {name} of this backup is not what was stored")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
