"""A klepet in process for the fuzzer: real database, hub and sessions; everything is as it was at the start of each
input, so that an input alone decides what happens.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast
from unittest.mock import patch
from uuid import UUID

from klepet.access import streams
from klepet.actions import api_tokens, contacts, erasure, links, sessions, sites, visitors
from klepet.actions import conversations as conversation_actions
from klepet.actions.messages import Draft, send_message
from klepet.kit.clock import Clock, FakeClock
from klepet.kit.ids import Ids
from klepet.kit.tokens import IdentityClaims, sign_identity, token_hash
from klepet.model.committed import Committed
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import SiteSettings
from klepet.model.words import MessageKind, Role
from klepet.realtime.hub import Hub
from klepet.store import log
from klepet.store.database import SqliteDatabase
from klepet.store.engine import driver_of
from klepet.store.sqlite import DRIVER
from klepet.store.writer import BATCH_UNITS, PATIENT_SET, Unit, Writer
from klepet.web import poll, receipts, session
from klepet.web.config import Limits, Parts, Rate, Rates, WebConfig
from klepet.web.poll import Polls
from klepet.web.principals import OperatorSession, VisitorSession
from klepet.web.session import Desk
from tests.property.world import LANGUAGES, empty_database

T = TypeVar("T")
START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SITE_KEY = "fuzzed-shop"
TOKENS = {"v": "token-of-a-visitor", "w": "token-of-another", "o": "token-of-a-program", "c": "token-of-a-console"}
SECRET = b"s" * 32
SMALL: tuple[tuple[Any, str, float], ...] = (
    (receipts, "RECEIPT_SECONDS", 0.0),
    (session, "KEPT_FRAMES", 5),
    (session, "KEPT_EVENTS", 3),
    (receipts, "RECEIPTS_KEPT", 2),
    (poll, "WAIT_SECONDS", 0.0),
    (poll, "KEPT_ANSWERS", 2),
    (poll, "KEPT_CALLS", 3),
    (poll, "SESSIONS_MAX", 3),
    (poll, "QUEUED_FRAMES", 20),
    (poll, "FRAMES_MAX", 8),
    (streams, "RESUME_EVENTS", 12),
)
"""Waits that are over at once, and limits that few lines of an input reach."""


class Complaints(logging.Handler):
    """What the log says that no input may cause."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was said."""
        self.said.append(logging.Formatter().format(record))


class WatchedDesk(Desk):
    """A desk that keeps what its tasks raised."""

    failures: list[BaseException]

    def spawn(self, work: Any) -> None:
        """Run a coroutine, and look at its end."""

        async def watched() -> None:
            try:
                await work
            except Exception as error:
                self.failures.append(error)

        super().spawn(watched())


class OneThread(SqliteDatabase):
    """A database whose writer and readers work on the event loop, each in a turn of its own: what an input does it does
    again, and no time goes into waking threads.
    """

    def __init__(self, path: Path, clock: Clock, on_commit: Callable[[Committed], None]) -> None:
        with patch.object(Writer, "start"):
            super().__init__(path, clock, on_commit, synchronous="OFF")
        self._queue = cast(Any, self._writer)
        self._submit = self._queue.submit
        self._queue.submit = self._submit_here

    def _submit_here(self, unit: Unit, *, is_urgent: bool = True) -> bool:
        self._loop.call_soon(self._work_off)
        return bool(self._submit(unit, is_urgent=is_urgent))

    def _work_off(self) -> None:
        """What the writer's thread does once it is woken."""
        waiting: deque[Unit] = deque()
        while not self._queue._queue.empty():
            unit = self._queue._queue.get_nowait()
            if unit is not None:
                waiting.append(unit)
        while waiting:
            self._queue._run_batch(waiting, 10.0, BATCH_UNITS)
        while self._queue._patient:
            self._queue._run_batch(self._queue._patient, 10.0, PATIENT_SET)

    async def read(self, run: Callable[[Reader], T], *, is_brief: bool = False) -> T:
        """Read in the next turn of the loop."""
        await asyncio.sleep(0)
        return self._read(run)

    def close(self) -> None:
        """End, as the writer does it."""
        self._writer.start()
        super().close()


class House:
    """What one input finds: a site, two visitors who wrote, a conversation that was closed, an operator at a console
    and a program. `names` says by which words inputs name them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.complaints = Complaints()
        logging.getLogger().addHandler(self.complaints)
        self.loop.set_exception_handler(lambda loop, context: self.complaints.said.append(repr(context)))
        self.names: dict[str, str] = {}
        path = folder / "klepet.db"
        path.write_bytes(empty_database())
        self._begin(0)
        self.loop.run_until_complete(self._open(path))
        self._first = DRIVER.connect(":memory:")
        with contextlib.closing(DRIVER.connect(str(path))) as conn:
            conn.backup(self._first)
        self._stack = contextlib.ExitStack()
        for module, name, value in SMALL:
            self._stack.enter_context(patch.object(module, name, value))

    def close(self) -> None:
        """End."""
        self.db.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self._first.close()
        self._stack.close()
        logging.getLogger().removeHandler(self.complaints)

    def again(self) -> None:
        """Let everything be as at the start."""
        writer: Any = self.db._writer
        self._first.backup(driver_of(writer._conn))
        writer._kept.clear()
        self.complaints.said.clear()
        self._begin(1)
        writer._clock = self.clock
        self._lay_desk()

    def _begin(self, seed: int) -> None:
        self.clock = FakeClock(START)
        self.ids = Ids(self.clock, random=Random(seed).randbytes)
        self.hub = Hub(self.clock)

    def _lay_desk(self) -> None:
        rates = Rates(fragments=Rate(4, 1))
        config = WebConfig(
            public_url="http://klepet.test",
            data=self.folder,
            languages=LANGUAGES,
            rates=rates,
            connections_per_address=6,
        )
        limits = Limits(self.clock, config.rates)
        self.desk = WatchedDesk(Parts(self.db, self.clock, self.ids, config, limits, self.hub), self.hub)
        self.desk.failures = []
        self.polls = {"v": Polls(self.desk, VisitorSession), "o": Polls(self.desk, OperatorSession)}
        self.desk.sweepers.extend(polls.sweep for polls in self.polls.values())

    async def _open(self, path: Path) -> None:
        self.db = OneThread(path, self.clock, self._committed)
        await self.db.write(self._furnish)

    def _committed(self, committed: Committed) -> None:
        self.hub.take(committed)

    def _furnish(self, tx: Any) -> None:
        now, ids = self.clock.now(), self.ids
        links.create_setup_link(tx, token_hash("setting-up"), now=now, ids=ids)
        given: dict[str, Any] = {"email": "ada@shop.test", "name": "Ada", "password_hash": "-", "language": "en"}
        made = links.set_up_owner(tx, token_hash("setting-up"), **given, now=now, ids=ids)
        owner = self.owner = OperatorPrincipal(made.id, Role.OWNER, "Ada")
        for_site: dict[str, Any] = {
            "key": SITE_KEY,
            "name": "Shop",
            "settings": SiteSettings(allowed_origins=["https://shop.test"]),
        }
        site = sites.create_site(tx, owner, **for_site, languages=LANGUAGES, now=now, ids=ids)
        kid = sites.create_site_secret(tx, owner, site.id, SECRET, now=now, ids=ids).id
        api_tokens.create_api_token(tx, owner, token_hash(TOKENS["o"]), name="x", role=Role.OPERATOR, now=now, ids=ids)
        expires = datetime(2027, 1, 1, tzinfo=UTC)
        sessions.start_session(
            tx, made.id, token_hash(TOKENS["c"]), checked_hash="-", user_agent="", now=now, expires_at=expires
        )
        self.visitors = {
            who: visitors.start_visitor(tx, site.id, token_hash(TOKENS[who]), now=now, ids=ids) for who in "vw"
        }
        ended = self._write(tx, self.visitors["v"], "ended-first")
        conversation_actions.close_conversation(tx, owner, ended, now=now, ids=ids)
        signed = {
            kind: sign_identity(IdentityClaims(kid=kid, user_id="customer", exp=int(START.timestamp()) + after), SECRET)
            for kind, after in (("i", 3600), ("j", -3600))
        }
        self.names = {
            "a": str(self._write(tx, self.visitors["v"], "from-visitor")),
            "b": str(self._write(tx, self.visitors["w"], "from-another")),
            "d": str(ended),
            "p": str(made.id),
            "e": log.head(tx)[1],
            "f": streams.epoch_for(log.head(tx)[1], self.visitors["v"]),
            **signed,
        }

    def _write(self, tx: Any, visitor: VisitorPrincipal, client_id: str) -> Any:
        draft = Draft(visitor, client_id, "hello", None, MessageKind.TEXT, self.clock.now(), self.ids)
        return send_message(tx, draft).conversation_id

    # What others do meanwhile.

    def deeds(self) -> dict[str, Any]:
        """What an operator, or the site's own server, may do while people are connected: units by their letter."""
        owner, now, ids, first = self.owner, self.clock.now(), self.ids, self.visitors["v"]
        claims = IdentityClaims(kid="k", user_id="customer", exp=int(now.timestamp()) + 60)
        conversation_id = UUID(self.names["a"])

        def erase(tx: Any) -> None:
            erasure.begin_erasing_contact(tx, owner, first.contact_id, now=now, ids=ids)
            while not erasure.erase_contact(tx, first.contact_id, now=now):
                pass

        return {
            "a": lambda tx: conversation_actions.assign_conversation(
                tx, owner, conversation_id, owner.operator_id, now=now, ids=ids
            ),
            "c": lambda tx: conversation_actions.close_conversation(tx, owner, conversation_id, now=now, ids=ids),
            "e": erase,
            "i": lambda tx: visitors.identify_visitor(tx, first, claims, now=now, ids=ids),
            "j": lambda tx: visitors.identify_visitor(tx, self.visitors["w"], claims, now=now, ids=ids),
            "n": lambda tx: contacts.change_contact(
                tx, owner, first.contact_id, contacts.ContactChanges(name="Somebody")
            ),
            "u": lambda tx: conversation_actions.unassign_conversation(tx, owner, conversation_id, now=now, ids=ids),
            "x": lambda tx: sessions.end_sessions(tx, owner),
        }


@contextlib.contextmanager
def a_house(folder: Path) -> Iterator[House]:
    """A house for some inputs."""
    made = House(folder)
    try:
        yield made
    finally:
        made.close()
