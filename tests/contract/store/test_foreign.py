"""What is no database of klepet, or one of a newer version that breaks with this one, is refused and never touched."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import psycopg
import pytest

from klepet.cli import main
from klepet.kit.clock import SystemClock
from klepet.store import schema
from klepet.store.engine import DatabaseUnusable
from klepet.store.opening import open_database, open_engine
from klepet.store.sqlite import open_writer
from tests.contract.store.conftest import Place
from tests.postgres import PostgresServer

LATER = int(schema.HEAD[:4]) + 1


def opened(place: Place) -> None:
    """Open a database as the server does, and close it again."""

    async def play() -> None:
        open_database(place, SystemClock(), lambda committed: None).close()

    asyncio.run(play())


def refusal(place: Place) -> str:
    with pytest.raises(DatabaseUnusable) as refused:
        opened(place)
    return str(refused.value)


def a_klepet_database(path: Path) -> bytes:
    with open_writer(path) as conn:
        schema.upgrade(conn)
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    for name in ("klepet.db", "klepet.db-wal", "klepet.db-shm"):
        path.with_name(name).unlink()
    return whole


def truncated(path: Path) -> None:
    whole = a_klepet_database(path)
    path.write_bytes(whole[: len(whole) // 2])


def beheaded(path: Path) -> None:
    path.write_bytes(a_klepet_database(path)[:60])


def scribbled(path: Path) -> None:
    """The first page, where the schema stands, is overwritten behind its header."""
    whole = a_klepet_database(path)
    path.write_bytes(whole[:100] + Random(0).randbytes(3996) + whole[4096:])


def random_bytes(path: Path) -> None:
    path.write_bytes(Random(0).randbytes(50_000))


def of_another_program(path: Path, *, journal: str = "DELETE") -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA journal_mode={journal}")
        conn.execute("CREATE TABLE bookmarks (url TEXT)")
        conn.execute("INSERT INTO bookmarks VALUES ('https://example.com')")
        conn.commit()


def of_another_program_in_use(path: Path) -> None:
    """Its tables stand in the write-ahead log, as after a crash."""
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("CREATE TABLE bookmarks (url TEXT)")
        conn.commit()
        for suffix in ("", "-wal"):
            Path(f"{path}{suffix}").write_bytes(Path(f"{other}{suffix}").read_bytes())


def gone_but_for_its_log(path: Path) -> None:
    of_another_program_in_use(path)
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncated, "is not a database that klepet can read (database disk image is malformed)"),
        (beheaded, "is not a database that klepet can read"),
        (scribbled, "is not a database that klepet can read"),
        (random_bytes, "is not a database that klepet can read"),
        (of_another_program, "is a SQLite database, but not one of klepet"),
        (of_another_program_in_use, "is a SQLite database, but not one of klepet"),
        (gone_but_for_its_log, "is gone or empty, but"),
    ],
)
@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["backup"], ["export"]])
def test_a_file_that_is_no_database_of_klepet(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    words: str,
    command: list[str],
) -> None:
    path = tmp_path / "klepet.db"
    spoil(path)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path))
    monkeypatch.setenv("KLEPET_DEMO", "0")
    if command == ["serve"]:
        assert words in refusal(path)
    else:
        assert main(command) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"klepet: {path} ")
        assert words in line
        assert "touched" in line
    after = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {"klepet.db-wal", "klepet.db-shm", "klepet.lock"}


@pytest.mark.parametrize("kept", ["messages", "ix_events_contact_id_offset"])
def test_a_damaged_page_is_found_before_anybody_writes(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "klepet.db"
    path.write_bytes(a_klepet_database(path))
    opened(path)
    with closing(sqlite3.connect(path)) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (kept,)).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    start = (page - 1) * size
    damaged = whole[:start] + Random(1).randbytes(size) + whole[start + size :]
    path.write_bytes(damaged)
    assert f"{path} is damaged (" in refusal(path)
    assert path.read_bytes() == damaged
    path.write_bytes(whole)
    opened(path)


def test_a_start_that_was_killed_before_the_first_table_goes_on(tmp_path: Path) -> None:
    """The file is there, with nothing in it: no other program's, and no reason to give up."""
    path = tmp_path / "klepet.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
    assert path.stat().st_size > 0
    opened(path)


def test_a_database_with_tables_of_another_program(postgres: tuple[PostgresServer, str, list[str]]) -> None:
    url = postgres[0].create()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE invoices (id int)")
        conn.execute("CREATE TABLE alembic_version (version_num text)")
        assert "holds tables of another program (invoices); it was not touched" in refusal(url)
        conn.execute("INSERT INTO alembic_version VALUES ('a1b2c3d4')")
        assert "holds tables of another program (invoices)" in refusal(url)
        count = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert count == (2,)
    postgres[0].drop(url)


def test_tables_of_an_extension_are_nobodys(postgres: tuple[PostgresServer, str, list[str]]) -> None:
    url = postgres[0].create()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE of_the_extension (id int)")
        conn.execute("CREATE EXTENSION IF NOT EXISTS plpgsql")
        conn.execute("ALTER EXTENSION plpgsql ADD TABLE of_the_extension")
    opened(url)
    postgres[0].drop(url)


def test_a_user_without_rights_is_told_what_it_lacks(postgres: tuple[PostgresServer, str, list[str]]) -> None:
    url = postgres[0].create()
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"CREATE ROLE guest_{name} LOGIN")
        there = url.replace("postgres@", f"guest_{name}@")
        assert refusal(there).startswith(f"guest_{name} may not make tables in postgresql://")
        conn.execute(f"ALTER DATABASE {name} OWNER TO guest_{name}")
        opened(there)
    postgres[0].drop(url)


def set_revision(place: Place, revision: str) -> None:
    with closing(open_engine(place)) as engine, engine.open_writer() as conn:
        schema.upgrade(conn)
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def revision_of(place: Place) -> str | None:
    with closing(open_engine(place, is_read_only=True)) as engine, engine.open_snapshot() as conn:
        return schema.current_revision(conn)


@pytest.mark.parametrize("revision", [f"{LATER:04}", f"{LATER + 4:04}_since_{LATER:04}"])
def test_a_database_of_a_newer_klepet_that_breaks_with_this_one(place: Place, revision: str) -> None:
    set_revision(place, revision)
    assert f"is at revision {revision}, which this klepet does not know" in refusal(place)
    assert revision_of(place) == revision


def test_a_database_of_a_newer_klepet_that_is_made_for_both(place: Place) -> None:
    """So that going back to this version needs no backup."""
    revision = f"{LATER:04}_since_{schema.HEAD[:4]}"
    set_revision(place, revision)
    opened(place)
    assert revision_of(place) == revision
