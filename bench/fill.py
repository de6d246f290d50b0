"""Fills a database offline, in bulk, through the store's own tables, and keeps what was filled for the next time."""

import hashlib
import json
import os
import random
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from bench import rows as rows_of_use
from bench import vocabulary
from bench.database import Postgres
from bench.installation import Installation
from klepet.listeners import index_search, send_webhooks
from klepet.store import schema, search
from klepet.store.engine import Engine, driver_of
from klepet.store.opening import open_engine
from klepet.store.sqlite import SqliteEngine
from klepet.store.tables import metadata

BATCH_CHUNKS = 20
SAMPLE = 400
STALE_SHARE = 0.02
"""A base to which measurements added more than this share is filled anew."""


class Base:
    """A filled installation in a folder of the cache: use it as folder and database of an `Installation`."""

    def __init__(self, cache: Path, name: str, plan: dict[str, Any], postgres: Postgres | None) -> None:
        key = hashlib.sha256(f"{schema.HEAD}{_sources()}{sorted(plan.items())}".encode()).hexdigest()[:10]
        engine = "sqlite" if postgres is None else "postgresql"
        self.folder = cache / f"{name}-{engine}"
        self.database = name.replace("-", "_")
        self._manifest = self.folder / "manifest.json"
        self._postgres = postgres
        self._plan = plan
        found = json.loads(self._manifest.read_text()) if self._manifest.exists() else {}
        is_there = postgres is None or postgres.has(self.database)
        is_fresh = found.get("added", 0) <= STALE_SHARE * found.get("messages", 0)
        self.facts: dict[str, Any] = found
        if found.get("key") != key or not is_fresh or not is_there:
            self._fill(key)

    @property
    def token(self) -> str:
        """The owner's API token."""
        return str(self.facts["token"])

    @property
    def site(self) -> str:
        """The site's key."""
        return str(self.facts["site"])

    def grew(self, messages: int) -> None:
        """Remember that so many messages were added."""
        self.facts["added"] += messages
        self._manifest.write_text(json.dumps(self.facts, indent=1))

    def size(self) -> int:
        """Bytes of the database on disk."""
        if self._postgres is not None:
            return self._postgres.size(self.database)
        return sum(path.stat().st_size for path in (self.folder / "data").glob("klepet.db*"))

    def _fill(self, key: str) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self._postgres is not None:
            self._postgres.create(self.database)
        with Installation(
            self.folder, core=min(os.sched_getaffinity(0)), postgres=self._postgres, database=self.database
        ) as one:
            token, site = one.set_up()
        began = time.monotonic()
        place = self.folder / "data" / "klepet.db" if self._postgres is None else self._postgres.url(self.database)
        engine = SqliteEngine(place, synchronous="OFF") if isinstance(place, Path) else open_engine(place)
        try:
            counts, sample = _load(engine, self._plan, site)
        finally:
            engine.close()
        self.facts = {
            "key": key,
            "token": token,
            "site": site,
            "messages": counts["messages"],
            "rows": counts,
            "conversations": sample,
            "added": 0,
            "filled_seconds": round(time.monotonic() - began, 1),
        }
        self._manifest.write_text(json.dumps(self.facts, indent=1))


def _load(engine: Engine, given: dict[str, Any], site: str) -> tuple[dict[str, int], list[str]]:
    tables, counts, sample = metadata.tables, dict[str, int](), list[str]()
    with engine.open_writer() as conn:
        _hurry(conn)
        sites, inboxes, operators, head = (tables[name] for name in ("sites", "inboxes", "operators", "log_head"))
        site_id = conn.execute(select(sites.c.id).where(sites.c.key == site)).scalar_one()
        plan = rows_of_use.Plan(
            **given,
            now=datetime.now(UTC),
            site_id=site_id,
            inbox_id=conn.execute(select(inboxes.c.id).where(inboxes.c.site_id == site_id)).scalar_one(),
            operator_id=conn.execute(select(operators.c.id)).scalar_one(),
        )
        offset = int(conn.execute(select(head.c.offset)).scalar_one())
        indexes = [(index, table) for table in tables.values() for index in table.indexes if table.name in _BULKY]
        for index, _ in indexes:
            index.drop(conn)
        engine.begin_load(conn)
        for number, (found, words) in enumerate(rows_of_use.chunks(plan, offset), 1):
            for table in metadata.sorted_tables:
                if found.get(table.name):
                    _insert(conn, table.name, found[table.name])
                    counts[table.name] = counts.get(table.name, 0) + len(found[table.name])
            _add_words(conn, [row["id"] for row in found["search_entries"]], words)
            wanted = -(-SAMPLE * len(found["conversations"]) // plan.conversations)
            chosen = random.Random(number).sample(found["conversations"], min(wanted, len(found["conversations"])))
            sample.extend(str(row["id"]) for row in chosen)
            if number % BATCH_CHUNKS == 0:
                engine.commit(conn)
                engine.begin_load(conn)
        newest = offset + counts["messages"]
        conn.execute(head.update().values(offset=newest))
        conn.execute(tables["cursors"].delete())
        conn.execute(
            tables["cursors"].insert(),
            [{"listener": one.NAME, "offset": newest} for one in (index_search, send_webhooks)],
        )
        engine.commit(conn)
        for index, _ in indexes:
            index.create(conn)
        _finish(conn)
    return counts, sample


_BULKY = {"messages", "conversations", "assignments", "visitors", "visits", "page_views", "events"}


def _hurry(conn: Connection) -> None:
    """No checks of references and no syncs while rows come that fit together: what is half done is done again."""
    if conn.dialect.name == "sqlite":
        for pragma in ("foreign_keys=OFF", "cache_size=-400000", "wal_autocheckpoint=20000", "temp_store=MEMORY"):
            driver_of(conn).execute(f"PRAGMA {pragma}")
        return
    for setting in ("session_replication_role = replica", "synchronous_commit = off", "maintenance_work_mem = '512MB'"):
        driver_of(conn).execute(f"SET {setting}")
    driver_of(conn).execute("DROP INDEX ix_search_words_words")


def _insert(conn: Connection, table: str, found: Sequence[dict[str, Any]]) -> None:
    names = list(found[0])
    columns = ", ".join(f'"{name}"' for name in names)
    driver = driver_of(conn)
    if conn.dialect.name == "sqlite":
        places = ", ".join(f":{name}" for name in names)
        driver.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", found)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in found:
            copy.write_row([row[name] for name in names])


def _add_words(conn: Connection, entries: list[int], words: list[list[str]]) -> None:
    if conn.dialect.name == "sqlite":
        search.add_words(conn, list(zip(entries, words, strict=True)))
        return
    with driver_of(conn).cursor() as cursor, cursor.copy("COPY search_words (id, words) FROM STDIN") as copy:
        for entry, found in zip(entries, words, strict=True):
            copy.write_row((entry, " ".join(sorted(set(found)))))


def _finish(conn: Connection) -> None:
    """Indexes, and what a server in use would know of its tables."""
    if conn.dialect.name == "sqlite":
        driver_of(conn).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    driver_of(conn).execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words)")
    conn.execute(text("SELECT setval('search_entries_id_seq', (SELECT max(id) FROM search_entries))"))
    driver_of(conn).execute("VACUUM (ANALYZE)")
    driver_of(conn).execute("CHECKPOINT")


def _sources() -> str:
    return "".join(Path(module.__file__ or "").read_text() for module in (rows_of_use, vocabulary))
