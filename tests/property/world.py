"""A klepet in process, with its hub and sessions, and people in it: what is done to it is in steps.py."""

import asyncio
import functools
import re
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from klepet.actions.sessions import start_session
from klepet.kit.clock import FakeClock
from klepet.kit.ids import Ids
from klepet.kit.tokens import new_token, token_hash
from klepet.model.committed import Committed, StoredEvent
from klepet.model.errors import KlepetError
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.words import Role
from klepet.realtime.hub import Hub
from klepet.store import operators, schema, sqlite
from klepet.store.cluster import PostgresDatabase
from klepet.store.column_types import micros_of
from klepet.store.database import SqliteDatabase, StoredDatabase
from klepet.web.config import Limits, Parts, Rate, Rates, WebConfig
from klepet.web.leaving import sweep_presence
from klepet.web.session import Desk
from tests.property.people import Person
from tests.property.reducers import Reducers

T = TypeVar("T")
LANGUAGES = ("en", "pl", "ru", "sl")
_FREE = Rate(1e9, 1e9)
_encode = msgspec.json.Encoder().encode


class World:
    """Everything of one example."""

    def __init__(
        self, folder: Path, reducers: Reducers, loop: asyncio.AbstractEventLoop, url: str | None = None
    ) -> None:
        self.folder = folder
        self.reducers = reducers
        self.loop = loop
        self.clock = FakeClock(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
        self.ids = Ids(self.clock, random=Random(0).randbytes)
        self.events: list[StoredEvent] = []
        self.people: list[Person] = []
        self.done: set[str] = set()
        """Steps that were not refused."""
        self.hub = Hub(self.clock)
        path = folder / "klepet.db"
        path.write_bytes(empty_database())
        self.db: StoredDatabase = self.run(self._open(path if url is None else url))
        rates = Rates(**dict.fromkeys(Rates.__struct_fields__, _FREE))
        config = WebConfig(
            public_url="http://klepet.test",
            data=folder,
            languages=LANGUAGES,
            rates=rates,
            connections_per_address=10_000,
        )
        self.desk = Desk(
            Parts(self.db, self.clock, self.ids, config, Limits(self.clock, rates), self.hub),
            self.hub,
        )

    async def _open(self, place: Path | str) -> StoredDatabase:
        if isinstance(place, Path):
            return SqliteDatabase(place, self.clock, self._committed, synchronous="OFF")
        db = PostgresDatabase(place, self.clock, self._committed)
        await db.follow()
        return db

    def _committed(self, committed: Committed) -> None:
        self.events.extend(committed.events)
        self.hub.take(committed)

    def close(self) -> None:
        """End."""
        for person in self.people:
            person.forget()
        self.settle()
        self.run(self.db.leave())
        self.db.close()

    def run(self, work: Awaitable[T]) -> T:
        """Run on the event loop."""

        async def wrapped() -> T:
            return await work

        return self.loop.run_until_complete(wrapped())

    def write(self, run: Callable[[Any], T]) -> T:
        """Run one unit."""
        return self.run(self.db.write(run))

    def read(self, run: Callable[[Any], T]) -> T:
        """Run one read."""
        return self.run(self.db.read(run))

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Look into the database: ids are bytes and instants microseconds, as SQLite has them, on either engine."""

        def look(reader: Any) -> list[Any]:
            if reader.conn.dialect.name == "sqlite":
                return list(reader.conn.exec_driver_sql(sql, values))
            given = tuple(UUID(bytes=one) if isinstance(one, bytes) and len(one) == 16 else one for one in values)
            there = re.sub(r"x'([0-9a-f]{32})'", r"'\1'", sql)
            found = reader.conn.exec_driver_sql(*(there.replace("?", "%s"), given) if given else (there,))
            return [tuple(_as_in_sqlite(value) for value in row) for row in found]

        return self.read(look)

    def ids_of(self, table: str, where: str = "true") -> list[UUID]:
        """The ids in a table, in order."""
        return [UUID(bytes=row[0]) for row in self.rows(f"SELECT id FROM {table} WHERE {where} ORDER BY id")]

    def call(self, run: Callable[[], T]) -> T:
        """Call something on the event loop."""

        async def called() -> T:
            return run()

        return self.run(called())

    def sweep(self) -> None:
        """What the server does every other second."""
        self.call(lambda: sweep_presence(self.desk))

    def settle(self) -> None:
        """Wait until everything under way is done, and everybody has taken what came."""

        async def quiet() -> None:
            for _ in range(3):
                while self.desk.tasks:
                    await asyncio.gather(*self.desk.tasks, return_exceptions=True)
                await self.db.write(lambda tx: None)

        self.run(quiet())

    def pump(self) -> None:
        """Let everybody take what came."""
        self.settle()
        for person in list(self.people):
            person.pump()
            if person.is_gone:
                person.forget()
                self.people.remove(person)

    # People.

    def add_visitor(self, visitor_id: UUID, token: str, site_key: str) -> Person:
        """A tab of a visitor."""
        person = Person(self.desk, self.reducers, self.call, id=visitor_id, token=token, site_key=site_key)
        self.people.append(person)
        return person

    def add_operator(self, operator_id: UUID) -> Person:
        """A console of an operator, signed in."""
        token, now = new_token(), self.clock.now()
        account = self.read(lambda r: operators.account_by_id(r, operator_id))
        assert account is not None
        self.write(
            lambda tx: start_session(
                tx,
                operator_id,
                token_hash(token),
                checked_hash=account.password_hash,
                user_agent="",
                now=now,
                expires_at=datetime(2027, 1, 1, tzinfo=UTC),
            )
        )
        person = Person(self.desk, self.reducers, self.call, id=operator_id, token=token)
        self.people.append(person)
        return person

    @property
    def visitors(self) -> list[Person]:
        """The visitors."""
        return [person for person in self.people if person.is_visitor]

    @property
    def known_visitors(self) -> list[Person]:
        """Those of them who were not erased while they were away."""
        known = set(self.ids_of("visitors"))
        return [person for person in self.visitors if person.id in known]

    @property
    def operators(self) -> list[Person]:
        """The operators."""
        return [person for person in self.people if not person.is_visitor]

    def visitor_principal(self, person: Person) -> VisitorPrincipal:
        """What a visitor is now."""
        row = self.rows("SELECT contact_id, site_id FROM visitors WHERE id = ?", person.id.bytes)[0]
        return VisitorPrincipal(person.id, UUID(bytes=row[0]), UUID(bytes=row[1]))

    def operator_principal(self, person: Person) -> OperatorPrincipal:
        """What an operator is now."""
        found = self.read(lambda r: operators.by_id(r, person.id))
        assert found is not None
        return OperatorPrincipal(found.id, found.role, found.name)

    @property
    def owner(self) -> OperatorPrincipal:
        """An owner, to act as."""
        (row,) = self.rows("SELECT id, name FROM operators WHERE role = 'owner' AND disabled_at IS NULL LIMIT 1")
        return OperatorPrincipal(UUID(bytes=row[0]), Role.OWNER, row[1])

    def attempt(self, run: Callable[[Any], T]) -> T | None:
        """Run one unit that klepet may refuse."""
        try:
            return self.write(run)
        except KlepetError:
            return None


def _as_in_sqlite(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    return micros_of(value) if isinstance(value, datetime) else value


@functools.cache
def empty_database() -> bytes:
    """A database as the migrations make it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        conn = sqlite.open_writer(path, synchronous="OFF")
        schema.upgrade(conn)
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()
        return path.read_bytes()


def jsonable(value: Any) -> Any:
    """A Struct as a client reads it."""
    return msgspec.json.decode(_encode(value))
