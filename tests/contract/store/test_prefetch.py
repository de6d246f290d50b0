"""What a batch looks up ahead is what the database would say, and what it writes goes with its commit: two exchanges
with PostgreSQL in all. On SQLite the same comes of it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from klepet.actions import links, sites, visitors
from klepet.actions.messages import Draft, send_messages
from klepet.actions.receipts import Receipt, advance_receipts
from klepet.kit.clock import SystemClock
from klepet.kit.ids import Ids
from klepet.kit.tokens import token_hash
from klepet.model.committed import Committed
from klepet.model.principals import OperatorPrincipal, Principal
from klepet.model.views import Message, SiteSettings
from klepet.model.words import MessageKind, Role
from klepet.store import messages, schema, tables
from klepet.store.engine import Engine, driver_of
from klepet.store.transaction import OpenTransaction
from klepet.store.writer import Outcome, Unit, Writer

CLOCK = SystemClock()
IDS = Ids(CLOCK)
ONLY_POSTGRESQL = pytest.mark.parametrize("make_place", ["postgresql"], indirect=True)
"""Nothing is exchanged with SQLite, and it stores a NUL."""


class Process:
    """A writer whose batches the test decides."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.conn = engine.open_writer()
        self.committed: list[Committed] = []
        self.told: list[Outcome] = []
        self.writer = Writer(engine, self.conn, CLOCK, self._hear)

    def _hear(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        if committed is not None:
            self.committed.append(committed)
        self.told.extend(outcomes)

    def batch(self, *units: Unit) -> list[Any]:
        """Run these in one batch; what each was told."""
        self.told.clear()
        self.writer._run_batch(deque(units), 10.0, 256)
        return [outcome.error or outcome.result for outcome in self.told]


class Talk:
    """An owner and a visitor in a conversation."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with engine.open_writer() as conn:
            schema.upgrade(conn)
        self.processes: list[Process] = []
        (self.owner, self.visitor) = self.process().batch(Unit(ignore, run=_furnish))[0]
        (first,) = self.processes[0].batch(self.says(self.visitor, "first", None))
        self.id = first.conversation_id

    def process(self) -> Process:
        """Another one."""
        self.processes.append(Process(self.engine))
        return self.processes[-1]

    def says(self, who: Principal, client_id: str, where: UUID | str | None = "") -> Unit:
        """Somebody writes, here if nothing else is said."""
        place = self.id if isinstance(where, str) else where
        return Unit(ignore, group=send_messages, item=_draft(who, client_id, place))

    def reads(self, who: Principal, seq: int, *, is_loose: bool = True) -> Unit:
        """Somebody has seen a message."""
        receipt = Receipt(who, self.id, seq, seq)
        return Unit(ignore, group=advance_receipts, item=receipt, is_loose=is_loose)

    def stored(self) -> list[tuple[int, str]]:
        """What stands in the conversation now."""
        with closing(self.engine.open_reader()) as conn:
            reader: Any = OpenTransaction(conn)
            found = messages.page(reader, self.id, limit=100, with_notes=True)
        return [(one.seq, one.client_id or "") for one in found if one.client_id]


def ignore(result: Any, error: BaseException | None) -> None:
    """Nobody waits for it."""


def _draft(who: Principal, client_id: str, place: UUID | None) -> Draft:
    return Draft(who, client_id, client_id, place, MessageKind.TEXT, CLOCK.now(), IDS)


def _furnish(tx: Any) -> Any:
    now = CLOCK.now()
    links.create_setup_link(tx, token_hash("setting-up"), now=now, ids=IDS)
    given: dict[str, Any] = {"email": "ada@shop.test", "name": "Ada", "password_hash": "-", "language": "en"}
    made = links.set_up_owner(tx, token_hash("setting-up"), **given, now=now, ids=IDS)
    owner = OperatorPrincipal(made.id, Role.OWNER, "Ada")
    settings = SiteSettings(allowed_origins=["https://shop.test"])
    site = sites.create_site(
        tx, owner, key="shop-of-tests", name="Shop", settings=settings, languages=("en",), now=now, ids=IDS
    )
    return owner, visitors.start_visitor(tx, site.id, token_hash("a visitor's"), now=now, ids=IDS)


@pytest.fixture
def talk(engine: Engine) -> Any:
    found = Talk(engine)
    yield found
    for process in found.processes:
        process.conn.close()


def exchanges_of(process: Process) -> list[list[str]]:
    """From now on: the statements of each exchange."""
    pipeline = driver_of(process.conn)
    exchange: Callable[[Sequence[Any]], Any] = pipeline._exchange
    found: list[list[str]] = []

    def counted(commands: Sequence[Any]) -> Any:
        found.append([" ".join(statement.split()) for statement, _ in commands])
        return exchange(commands)

    pipeline._exchange = counted
    return found


@ONLY_POSTGRESQL
@pytest.mark.parametrize("is_alone", [True, False])
def test_a_batch_is_two_exchanges(talk: Talk, is_alone: bool) -> None:
    """Also where another process wrote in between, and all is read anew."""
    first, other = talk.processes[0], talk.process()
    found = exchanges_of(first)
    for number in range(2):
        if not is_alone:
            other.batch(talk.says(talk.owner, f"theirs-{number}"))
        found.clear()
        told = first.batch(talk.says(talk.visitor, f"ours-{number}"), talk.says(talk.owner, f"answer-{number}"))
        assert [message.client_id for message in told] == [f"ours-{number}", f"answer-{number}"]
    assert len(found) == 2, found
    assert found[0][0] == "BEGIN"
    assert found[1][-1] == "COMMIT"
    assert [item.name for item in first.committed[-1].rows.operators.values()] == ["Ada"]


def test_what_was_sent_before_is_found(talk: Talk) -> None:
    """By this process or another, in this batch or one before."""
    first = talk.processes[0]
    other = talk.process() if talk.engine.is_remote else first
    sent: list[Message] = first.batch(talk.says(talk.visitor, "once"))
    again = [
        *other.batch(
            talk.says(talk.visitor, "once"), talk.says(talk.visitor, "twice"), talk.says(talk.visitor, "once")
        ),
        *first.batch(
            talk.says(talk.visitor, "twice"), Unit(ignore, run=lambda tx: None), talk.says(talk.visitor, "twice")
        ),
    ]
    assert {message.seq for message in again if message and message.client_id == "once"} == {sent[0].seq}
    assert [name for _, name in talk.stored()] == ["first", "once", "twice"]


def test_what_is_sent_twice_in_one_batch_is_sent_once(talk: Talk) -> None:
    """The look-up of before the first knows nothing of it, whatever runs between them."""
    told = talk.processes[0].batch(
        talk.says(talk.visitor, "same"),
        talk.reads(talk.owner, 1, is_loose=False),
        talk.says(talk.visitor, "same"),
        talk.says(talk.owner, "end"),
    )
    assert told[0].seq == told[2].seq
    assert [name for _, name in talk.stored()] == ["first", "same", "end"]


def test_what_a_unit_changed_is_what_is_joined(talk: Talk) -> None:
    """An operator's row was looked up before somebody else in the same batch gave it another name."""
    rename = update(tables.operators).values(name="Ada II")
    first = talk.processes[0]
    first.batch(talk.says(talk.owner, "before"), Unit(ignore, run=lambda tx: tx.conn.execute(rename) and None))
    assert [found.name for found in first.committed[-1].rows.operators.values()] == ["Ada II"]


def test_what_a_unit_removed_was_not_sent(talk: Talk) -> None:
    first = talk.processes[0]
    (before,) = first.batch(talk.says(talk.visitor, "gone"))
    remove = delete(tables.messages).where(tables.messages.c.client_id == "gone")
    *_, after = first.batch(
        Unit(ignore, run=lambda tx: tx.conn.execute(remove) and None), talk.says(talk.visitor, "gone")
    )
    assert after.seq == before.seq + 1
    assert talk.stored()[-1] == (after.seq, "gone")


def test_receipts_count_what_the_same_batch_sends(talk: Talk) -> None:
    """They are counted by the database, which is told of the messages first."""
    first = talk.processes[0]
    told = first.batch(talk.says(talk.owner, "one"), talk.says(talk.owner, "two"))
    first.batch(talk.says(talk.owner, "three"), talk.reads(talk.visitor, told[0].seq))
    (found,) = first.committed[-1].rows.visitor_conversations.values()
    assert found.unread_count == 2


@ONLY_POSTGRESQL
def test_what_the_database_refuses_at_the_end_is_refused_alone(talk: Talk) -> None:
    """A NUL in JSON is found out with the COMMIT only; nobody else's message is lost by it, nor stored twice."""
    first = talk.processes[0]
    bad = Draft(talk.visitor, "bad", "a\0b", talk.id, MessageKind.TEXT, CLOCK.now(), IDS)
    told = first.batch(
        talk.says(talk.visitor, "a"), Unit(ignore, group=send_messages, item=bad), talk.says(talk.owner, "z")
    )
    assert [type(one) for one in (told[0], told[2])] == [Message, Message]
    assert isinstance(told[1], talk.engine.errors)
    assert [name for _, name in talk.stored()] == ["first", "a", "z"]


@ONLY_POSTGRESQL
@pytest.mark.parametrize("moment", ["before", "behind"])
def test_a_connection_lost_with_the_commit(talk: Talk, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Whether the server got it or not, all is stored, and once."""
    first = talk.processes[0]
    commit, engine = talk.engine.commit, talk.engine
    lost = [1]

    def lose(conn: Any, committed: Committed | None = None) -> None:
        if not lost:
            return commit(conn, committed)
        lost.clear()
        if moment == "behind":
            commit(conn, committed)
        with closing(engine.open_writer()) as other:
            pid = driver_of(conn).info.backend_pid
            driver_of(other).execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        return commit(conn, committed)

    monkeypatch.setattr(engine, "commit", lose)
    told = first.batch(talk.says(talk.visitor, "a"), talk.says(talk.owner, "b"))
    assert [message.client_id for message in told] == ["a", "b"]
    assert [name for _, name in talk.stored()] == ["first", "a", "b"]
    assert [message.client_id for message in first.batch(talk.says(talk.visitor, "c"))] == ["c"]
    first.conn = first.writer._conn


def test_a_question_that_cannot_be_asked_spoils_nothing(talk: Talk) -> None:
    """A NUL cannot be looked for on PostgreSQL: that one is refused, and not the batch that was to begin with it."""
    first = talk.processes[0]
    told = first.batch(talk.says(talk.visitor, "a"), talk.says(talk.visitor, "b\0"), talk.says(talk.owner, "z"))
    assert [type(one) for one in (told[0], told[2])] == [Message, Message]
    assert talk.engine.is_remote == isinstance(told[1], Exception)
