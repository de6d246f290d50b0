"""Migrations up and down with data in every table, on both engines; and backups of every revision."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from klepet.store import backup, log, schema, search, tables
from klepet.store.engine import Engine
from klepet.store.opening import open_engine
from klepet.store.transaction import OpenReader
from tests.contract.store.conftest import Place
from tests.contract.store.filling import ROWS, contents, fill

REVISIONS = [step.revision for step in schema.steps_after(None)]
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def shape(conn: Connection) -> dict[str, Any]:
    """What the tables are made of: columns, whether they may be empty, and the names of indexes and constraints."""
    looked = inspect(conn)
    found = {}
    for name in looked.get_table_names():
        if not name.startswith("search_words"):
            columns = {one["name"]: (str(one["type"]), one["nullable"]) for one in looked.get_columns(name)}
            indexes = {one["name"] for one in looked.get_indexes(name)}
            uniques = {one["name"] for one in looked.get_unique_constraints(name)}
            keys = {(one["name"], one["referred_table"]) for one in looked.get_foreign_keys(name)}
            found[name] = (columns, indexes, uniques, keys)
    return found


def survivors(
    before: dict[str, dict[str, list[Any]]], after: dict[str, dict[str, list[Any]]]
) -> tuple[dict[str, dict[str, list[Any]]], dict[str, dict[str, list[Any]]]]:
    """Of two contents what both have room for."""

    def shared(one: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, list[Any]]]:
        return {
            table: {name: column for name, column in columns.items() if name in before[table] and name in after[table]}
            for table, columns in one.items()
            if table in before and table in after
        }

    return shared(before), shared(after)


def test_the_chain_is_one_line_whose_names_say_what_they_promise() -> None:
    assert REVISIONS[-1] == schema.HEAD
    assert [schema.number_of(revision) for revision in REVISIONS] == list(range(1, len(REVISIONS) + 1))
    for revision in REVISIONS:
        since = re.fullmatch(r"\d{4}(?:_since_(\d{4}))?", revision)
        assert since, revision
        assert since[1] is None or 1 <= int(since[1]) < schema.number_of(revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_a_revision_go_up_to_the_newest_and_back(engine: Engine, revision: str) -> None:
    with engine.open_writer() as conn:
        schema.upgrade(conn, revision)
        fill(conn)
        before, shaped = contents(conn), shape(conn)
        assert all(columns for columns in before.values())
        assert all(
            len(column) == ROWS for name, columns in before.items() if name != "log_head" for column in columns.values()
        )
        assert schema.upgrade(conn) == (revision != schema.HEAD)
        old, new = survivors(before, contents(conn))
        assert new == old
        assert set(new) == set(before), "a table is gone"
        schema.downgrade(conn, revision)
        assert contents(conn) == before
        assert shape(conn) == shaped


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_rows_of_the_newest_go_down_and_up_again(engine: Engine, revision: str) -> None:
    with engine.open_writer() as conn:
        schema.upgrade(conn)
        fill(conn)
        before, shaped = contents(conn), shape(conn)
        schema.downgrade(conn, revision)
        old, down = survivors(before, contents(conn))
        assert down == old
        schema.upgrade(conn)
        old, up = survivors(down, contents(conn))
        assert up == old
        assert shape(conn) == shaped
        assert conn.execute(text("SELECT count(*) FROM search_words")).scalar_one() == ROWS


def test_the_migrations_make_what_the_tables_say(engine: Engine) -> None:
    with engine.open_writer() as conn:
        schema.upgrade(conn)
        made = shape(conn)
        assert set(made) - {"alembic_version"} == set(tables.metadata.tables)
        for table in tables.metadata.tables.values():
            columns, indexes, _, keys = made[table.name]
            assert {name: nullable for name, (_, nullable) in columns.items()} == {
                column.name: bool(column.nullable) for column in table.columns
            }
            assert {index.name for index in table.indexes} <= indexes
            assert {key.column.table.name for key in table.foreign_keys} == {referred for _, referred in keys}


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_a_revision_is_restored_and_migrated(
    make_place: Callable[[], Place], tmp_path: Path, revision: str
) -> None:
    """With the log's new epoch: whoever had seen what came after the backup begins anew."""
    file = tmp_path / "one.klepet.zip"
    with closing(open_engine(make_place())) as engine:
        with engine.open_writer() as conn:
            schema.upgrade(conn, revision)
            fill(conn)
            before = contents(conn)
        manifest = backup.write(engine, tmp_path / "none", file, version="1", now=NOW)
    assert manifest.revision == revision
    assert manifest.rows == ROWS * (len(before) - 1) + 1
    with closing(open_engine(make_place())) as engine:
        backup.restore(file, engine, tmp_path / "uploads", epoch="another")
        assert schema.look(engine) == schema.HEAD
        with engine.open_snapshot() as conn:
            old, new = survivors(before, contents(conn, is_begun=True))
            assert log.head(OpenReader(conn)) == (2**40, "another")
            found = search.find(OpenReader(conn), ["paczka"], before=None, limit=10)
            assert len(found) == 1
        assert old["log_head"].pop("epoch") != new["log_head"].pop("epoch")
        assert new == old


def test_a_backup_of_a_newer_version_is_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.klepet.zip"
    with engine.open_writer() as conn:
        schema.upgrade(conn)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "HEAD", f"{int(schema.HEAD[:4]) + 1:04}")
        patched.setattr(schema, "check", lambda conn, name: schema.HEAD)
        backup.write(engine, tmp_path / "none", file, version="9.9", now=NOW)
    with pytest.raises(backup.BackupUnusable, match=r"was made by klepet 9\.9, which is newer"):
        backup.verify(file)
