"""Migrations: whole or not at all, and the newest is the one that the code names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from klepet.store import schema, sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "klepet.db"


@pytest.fixture
def conn(path: Path) -> Iterator[Connection]:
    found = sqlite.open_writer(path, synchronous="OFF")
    yield found
    found.close()


def tables(conn: Connection) -> set[str]:
    names = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    return {name for name in names if not name.startswith("sqlite_")}


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    versions = sorted(path.stem.partition("_")[0] for path in (schema.MIGRATIONS / "versions").glob("*.py"))
    assert versions[-1] == schema.HEAD[:4]


def test_a_first_start_that_is_killed_leaves_nothing_half_made(
    conn: Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tables without the head of the log, and nothing could ever be written."""

    def killed(_: int) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(schema, "token_hex", killed)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(conn)
    assert tables(conn) == set()
    assert schema.upgrade(conn)
    assert conn.exec_driver_sql('SELECT "offset" FROM log_head').scalars().all() == [0]
    sqlite.check_file(path)
    assert not schema.upgrade(conn)


def test_a_database_of_a_later_version_is_left_alone(conn: Connection) -> None:
    schema.upgrade(conn)
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(schema.UnknownRevision):
        schema.upgrade(conn)
