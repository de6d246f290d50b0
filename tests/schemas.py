"""Databases as the migrations make them: those of this version, or of another whose schema this code is tried on."""

import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from klepet.store import schema, sqlite
from klepet.store.opening import open_engine

OTHER = "KLEPET_TEST_SCHEMA_OF"
"""The environment variable that names the folder of another version: its migrations make the databases of the tests."""


def make_schema(place: Path | str) -> None:
    """Make an empty place a klepet database: a file, or the address of a PostgreSQL database."""
    other = os.environ.get(OTHER)
    if other is None:
        with closing(open_engine(place)) as engine, engine.open_writer() as conn:
            schema.upgrade(conn)
            if isinstance(place, Path):
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with tempfile.TemporaryDirectory() as folder:
        told = {"KLEPET_DATA": folder, "KLEPET_DATABASE": "" if isinstance(place, Path) else place, "PYTHONPATH": other}
        subprocess.run([sys.executable, "-m", "klepet", "migrate"], cwd=other, env=os.environ | told, check=True)
        if isinstance(place, Path):
            made = Path(folder) / "klepet.db"
            with sqlite.open_writer(made) as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            place.write_bytes(made.read_bytes())
