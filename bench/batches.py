"""What one batch of the writer takes, by its size: from taking the row of `log_head` to the end of the commit, sync
included. While it is held nobody else writes, so this bounds what all processes on one database can store.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bench.database import Postgres
from bench.fill import Base
from klepet.actions.messages import Draft, send_messages
from klepet.actions.receipts import Receipt, advance_receipts
from klepet.actions.visitors import About, PageView, note_pages
from klepet.kit.clock import SystemClock
from klepet.kit.ids import Ids
from klepet.model.committed import Committed
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Browser, Page
from klepet.model.words import MessageKind, Role
from klepet.store import log, rows, search, states
from klepet.store.engine import Engine
from klepet.store.opening import open_engine
from klepet.store.prefetch import Prefetch
from klepet.store.tables import conversations, operators
from klepet.store.transaction import OpenTransaction
from klepet.store.writer import BATCH_UNITS

SIZES = (1, 4, 16, 64, BATCH_UNITS)
TEXT = "Hello, where is my parcel? The tracking number does not work since yesterday, and I am waiting for it."
PLAN = {"conversations": 2_000, "contacts": 2_000, "lines": 6, "days": 10.0, "open_conversations": 1_000}


def batch_times(cache: Path, *, repeats: int, postgres: Postgres | None) -> dict[str, Any]:
    """Milliseconds of batches of messages, of receipts, of the search index, and of pages that visitors open; the
    median for each size.
    """
    base = Base(cache, "batches", PLAN, postgres)
    place = base.folder / "data" / "klepet.db" if postgres is None else postgres.url(base.database)
    engine = open_engine(place)
    try:
        measured = _Batches(engine)
        found = {str(size): measured.times(size, repeats) for size in SIZES}
        measured.close()
    finally:
        engine.close()
    base.grew(measured.written)
    return {"database": "sqlite" if postgres is None else "postgresql", "ms": found}


class _Batches:
    """Runs batches as the writer does, each of one kind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._conn = engine.open_writer()
        self._kept: dict[UUID, states.State] = {}
        self._ids = Ids(SystemClock())
        owner = self._conn.execute(select(operators.c.id, operators.c.name)).first()
        assert owner is not None
        self._operator = OperatorPrincipal(owner.id, Role.OWNER, owner.name)
        query = select(conversations.c.id).where(conversations.c.status == "open").limit(BATCH_UNITS)
        self._places = list(self._conn.execute(query).scalars())
        self.written = 0
        self._pages = 0

    def close(self) -> None:
        """Let go of the connection."""
        self._conn.close()

    def times(self, size: int, repeats: int) -> dict[str, float]:
        """The medians, after one round that warms up."""
        rounds = [self._round(size) for _ in range(repeats + 1)][1:]
        return {kind: round(median(one[kind] for one in rounds) * 1000, 3) for kind in rounds[0]}

    def _round(self, size: int) -> dict[str, float]:
        places = self._places[:size]
        now, made = datetime.now(UTC), list[tuple[UUID, int]]()

        drafts = [
            Draft(self._operator, self._ids().hex, TEXT, place, MessageKind.TEXT, now, self._ids) for place in places
        ]

        def send(tx: OpenTransaction) -> None:
            for message in send_messages(tx, drafts):
                if isinstance(message, Exception):
                    raise message
                made.append((message.conversation_id, message.seq))

        def read(tx: OpenTransaction) -> None:
            found = states.load(tx, places)
            receipts = [
                Receipt(VisitorPrincipal(one.visitor_id, one.contact_id, one.site_id), key, one.last_seq, one.last_seq)
                for key, one in found.items()
            ]
            if any(advance_receipts(tx, receipts)):
                raise RuntimeError("a receipt was refused")

        took = {
            "messages": self._batch(send, now, drafts),
            "receipts": self._batch(read, now),
            "index": self._batch(lambda tx: search.index(tx, made), now),
            "pages": self._batch(self._browse(places, now), now),
        }
        self.written += size
        return took

    def _browse(self, places: list[UUID], now: datetime) -> Callable[[OpenTransaction], None]:
        """Each visitor of these conversations opens another page."""
        found = [self._kept[place].visitor_id for place in places]
        self._pages += 1
        page = Page(f"http://shop.test/{self._pages}", "Shoes")
        about = About(Browser("Firefox 128", "Linux", "desktop"), "en", "Europe/Ljubljana")

        def run(tx: OpenTransaction) -> None:
            note_pages(tx, [PageView(visitor_id, page, None, about, now, self._ids) for visitor_id in found])

        return run

    def _batch(self, run: Callable[[OpenTransaction], None], now: datetime, items: Sequence[Draft] = ()) -> float:
        began = time.monotonic()
        prefetch = Prefetch(items if self._engine.is_remote else (), self._kept)
        begun = self._engine.begin_batch(self._conn, prefetch.questions)
        tx = OpenTransaction(self._conn, kept=self._kept)
        if begun.answers:
            prefetch.put(begun.answers, tx)
        run(tx)
        stored = log.append_events(tx, now=now, newest=begun.offset)
        committed = None
        if stored:
            committed = Committed(stored, rows.join_rows(tx, [item.event for item in stored], tx.written))
        self._engine.commit(self._conn, committed)
        return time.monotonic() - began
