"""`klepet migrate` as people run it: what it says beforehand, the backup before it, and what it refuses."""

import os
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from klepet.cli import main
from klepet.store import backup, dump, migrating, schema
from klepet.store.engine import Engine
from klepet.store.opening import open_engine
from tests.contract.store.conftest import Place
from tests.contract.store.filling import contents, fill

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    make_place: Callable[[], Place],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command on a data folder and a database of its own; gives the exit code and what was said."""
    place = make_place()
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path))
    monkeypatch.setenv("KLEPET_DATABASE", place if isinstance(place, str) else "")

    def call(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def engine_of(tmp_path: Path, **options: Any) -> Engine:
    return open_engine(os.environ["KLEPET_DATABASE"] or tmp_path / "klepet.db", **options)


@pytest.fixture
def old(run: Run, tmp_path: Path) -> dict[str, Any]:
    """The database is of the first revision and holds rows."""
    with closing(engine_of(tmp_path)) as engine, engine.open_writer() as conn:
        schema.upgrade(conn, "0001")
        fill(conn)
        return contents(conn)


def everything(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in tmp_path.iterdir() if not path.name.endswith("-shm")}


def test_an_empty_place(run: Run, tmp_path: Path) -> None:
    code, said = run("migrate", "--check")
    assert (code, said) == (
        3,
        f"There is nothing in the database yet. It would be made at revision {schema.HEAD}.\n",
    )
    assert list(tmp_path.iterdir()) == []
    assert run("migrate") == (0, f"The database is now at revision {schema.HEAD}.\n")
    assert run("migrate", "--check") == (0, "The database is up to date. Nothing would be changed.\n")
    assert run("migrate") == (0, "The database is up to date.\n")
    assert not (tmp_path / "backups").exists(), "there was nothing to keep"


def test_what_would_be_done_is_told_and_not_done(run: Run, old: dict[str, Any], tmp_path: Path) -> None:
    before = everything(tmp_path)
    code, said = run("migrate", "--check")
    lines = said.splitlines()
    assert code == 3
    assert lines[0] == f"The database is at revision 0001, and this version needs {schema.HEAD}. Would run:"
    assert [line.split()[0] for line in lines[1:-2]] == [step.revision for step in schema.steps_after("0001")]
    assert lines[1].startswith("  0002  Tokens that expire, webhooks whose secret is being replaced")
    assert lines[-2].startswith("That takes about a second; there are ")
    assert lines[-1].startswith(f"A backup into {tmp_path / 'backups'} would be made first: about a second, at most ")
    assert everything(tmp_path) == before
    with closing(engine_of(tmp_path, is_examined=True)) as engine:
        assert schema.look(engine) == "0001"


def test_a_backup_comes_first_and_leads_back(run: Run, old: dict[str, Any], tmp_path: Path) -> None:
    code, said = run("migrate")
    assert code == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.endswith("-before-0.1.0.klepet.zip")
    assert said.splitlines() == [
        f"A backup was made before the database is changed: {made} ({backup.verify(made).rows} rows).",
        f"The database is now at revision {schema.HEAD}.",
    ]
    assert backup.verify(made).revision == "0001"
    with closing(open_engine(tmp_path / "again.db")) as engine:
        backup.restore(made, engine, tmp_path / "uploads", epoch="another")
        with engine.open_writer() as conn:
            schema.downgrade(conn, "0001")
            again = contents(conn)
    assert again.pop("log_head") != old.pop("log_head")
    assert again == old


@pytest.mark.parametrize("is_set", [True, False])
def test_it_can_go_without_a_backup(
    run: Run, old: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    flag = () if is_set else ("--without-backup",)
    if is_set:
        monkeypatch.setenv("KLEPET_BACKUP_BEFORE_MIGRATING", "0")
    assert run("migrate", "--check", *flag)[1].splitlines()[-1] == "No backup would be made first."
    assert run("migrate", *flag)[0] == 0
    assert not (tmp_path / "backups").exists()


def test_without_room_for_the_backup_nothing_is_changed(
    run: Run, old: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "free_bytes", lambda folder: 1000)
    code, said = run("migrate", "--check")
    assert code == 1
    assert said.splitlines()[-1].startswith("It would be refused: there is no room for a backup in ")
    code, said = run("migrate")
    assert code == 1
    assert said.startswith(f"klepet: there is no room for a backup in {tmp_path / 'backups'}: it may take ")
    with closing(engine_of(tmp_path)) as engine, engine.open_writer() as conn:
        assert schema.look(engine) == "0001"
        assert contents(conn) == old
    assert run("migrate", "--without-backup")[0] == 0


def test_how_long_it_takes_depends_on_the_rows_that_are_walked(
    run: Run, old: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walking = schema.Step("0002", "Everything is written anew.", ("messages", "events"))
    monkeypatch.setattr(schema, "steps_after", lambda found: (walking,))
    monkeypatch.setattr(dump, "count_rows", lambda conn: {"messages": 40_000_000, "events": 8_000_000})
    said = run("migrate", "--check")[1].splitlines()
    assert said[2] == "That takes about 4 minutes; there are 48,000,000 rows."
    assert "would be made first: about 20 minutes, at most " in said[3]


def test_one_of_several_processes_makes_the_backup_and_migrates(run: Run, old: dict[str, Any], tmp_path: Path) -> None:
    engines = [engine_of(tmp_path)]
    if "postgresql" in engines[0].name:
        engines += [engine_of(tmp_path) for _ in range(2)]
    made: list[Engine] = []
    changed: list[bool] = []

    def bring(engine: Engine) -> None:
        conn, is_changed = migrating.open_migrated(engine, made.append)
        changed.append(is_changed)
        conn.close()

    threads = [threading.Thread(target=bring, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(made) == 1
    assert sorted(changed) == [False] * (len(engines) - 1) + [True]
    for engine in engines:
        engine.close()
