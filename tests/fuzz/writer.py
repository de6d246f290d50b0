"""Target "writer": bytes as an interleaving of units that succeed, are refused, fail or take the transaction with them,
in groups and lanes, with faults of the database at each begin and commit, and other processes that write meanwhile.

An input is a head of four bytes (how large batches are, how much may wait, what kind of database) and steps of three:
what, and two that say how. What is submitted waits at a gate until a step opens it, so that batches are what the input
says. Asserted at the end: each unit is told once; what was told as stored is there once, with its event, in order;
what was refused is not; the log has no gaps; nothing is left running.
"""

import contextlib
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any, cast
from unittest.mock import patch
from uuid import UUID

from klepet.kit.clock import SystemClock
from klepet.model.committed import Committed
from klepet.model.errors import Busy, Conflict
from klepet.model.events import ApiTokenCreated
from klepet.model.ports import Lane, Transaction
from klepet.store import checkpoints, writer
from klepet.store.engine import driver_of
from klepet.store.transaction import OpenTransaction
from klepet.store.writer import Outcome, Unit, Writer
from tests.fuzz.broken_engine import COUNTERS, EMPTY, TABLES, Broken, BrokenEngine, count
from tests.property.world import empty_database

HEAD, STEP, STEPS_MAX, UNITS_MAX = 4, 3, 80, 150
PATIENCE_SECONDS = 45.0
KINDS = ("stored", "stored", "stored", "stored", "refused", "raises", "twice", "fatal", "cut", "returned", "trouble")
FATES = ("full", "cut", "unanswered", "")
NOBODY = UUID(int=0)


@dataclass
class Piece:
    """A unit, what it shall do, and what became of it."""

    number: int
    kind: str
    thread: int
    is_strict: bool
    """Whether it keeps its place among those of its thread."""
    is_urgent: bool = True
    lane: Lane | None = None
    told: list[Any] = field(default_factory=list)
    is_taken: bool = False

    @property
    def word(self) -> str:
        """What it writes."""
        return f"word-{self.number}"


class Pause(Exception):
    """There is nothing to do for a writer that has no thread."""


class NoThread:
    """Stands where the writer's thread would: works where it is waited for. Waking threads costs more than all else."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.join = work

    def start(self) -> None:
        """As of `Thread`."""

    def is_alive(self) -> bool:
        """As of `Thread`."""
        return False


class Gate:
    """The writer's queue: nothing is taken from it while the gate is closed. Without a thread it never waits."""

    def __init__(self, *, is_threaded: bool) -> None:
        self._is_threaded = is_threaded
        self._items: deque[Any] = deque()
        self._changed = threading.Condition()
        self._is_open = False

    def set(self, *, is_open: bool) -> None:
        """Open or close."""
        with self._changed:
            self._is_open = is_open
            self._changed.notify_all()

    def put(self, item: Any) -> None:
        """As of `SimpleQueue`."""
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def get(self) -> Any:
        """As of `SimpleQueue`."""
        with self._changed:
            if not self._is_threaded and not self._items:
                raise Pause
            self._changed.wait_for(lambda: self._is_open and self._items)
            return self._items.popleft()

    def get_nowait(self) -> Any:
        """As of `SimpleQueue`."""
        with self._changed:
            if not self._items:
                raise Empty
            return self._items.popleft()

    def qsize(self) -> int:
        """As of `SimpleQueue`."""
        return len(self._items)

    def empty(self) -> bool:
        """As of `SimpleQueue`."""
        return not self._items


class Play:
    """One input."""

    def __init__(self, path: Path, head: bytes) -> None:
        self.engine = BrokenEngine(path, is_shared=bool(head[2] & 1), is_checkpointed=bool(head[2] & 2))
        self.conn = self.engine.connect()
        self.conn.executescript(EMPTY)
        self.committed: list[Any] = []
        self.pieces: list[Piece] = []
        self.order: list[Piece] = []
        self.lanes = [Lane() for _ in range(4)]
        self.changed = threading.Condition()
        self.is_stopped = False
        self.writer = cast(Any, Writer(self.engine, self.engine.open_writer(), SystemClock(), self._take))
        self.is_threaded = bool(head[2] & 4)
        self.gate: Any = Gate(is_threaded=self.is_threaded)
        self.writer._queue = self.gate
        if not self.is_threaded:
            self.writer._thread = NoThread(self.writer._work)
        self.put_all: Any = self._put_all
        self.put_loose: Any = self._put_loose

    # What units do.

    def _put(self, tx: Transaction, piece: Piece) -> str:
        assert isinstance(tx, OpenTransaction)
        driver = driver_of(tx.conn)
        driver.execute("INSERT INTO words (word) VALUES (?)", (piece.word,))
        tx.record(ApiTokenCreated(subject_id=UUID(int=piece.number), by_operator_id=NOBODY))
        count(driver, piece.number % COUNTERS, tx.kept)
        match piece.kind:
            case "refused":
                raise Conflict("this one is refused")
            case "raises":
                raise RuntimeError("this one fails")
            case "twice":
                driver.execute("INSERT INTO words (word) VALUES (?)", (piece.word,))
            case "fatal":
                driver.execute("ROLLBACK")
                raise OSError("the transaction is gone")
            case "trouble":
                raise Broken("the disk is full, and the transaction stands")
            case "cut":
                self.engine.cut(driver)
                raise OSError("the connection is gone")
        return piece.word

    def _put_all(self, tx: Transaction, pieces: Sequence[Piece]) -> list[Any]:
        return [Conflict("not this one") if one.kind == "returned" else self._put(tx, one) for one in pieces]

    def _put_loose(self, tx: Transaction, pieces: Sequence[Piece]) -> list[Any]:
        return self._put_all(tx, pieces)

    # What is told.

    def _take(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        with self.changed:
            if committed is not None:
                assert committed.events, "told of a commit without events"
                self.committed.extend(committed.events)
            for outcome in outcomes:
                outcome.done(outcome.result, outcome.error)
            self.changed.notify_all()

    def _submit(self, kind: str, how: int, thread: int = 0) -> None:
        """Submit a unit (`how` 0 to 3), an item (4 to 9, with a lane from 6 on), a loose item, or a patient unit."""
        unit, piece = self._make(kind, how, thread)
        piece.is_taken = self.writer.submit(unit, is_urgent=piece.is_urgent)
        assert not (piece.is_taken and self.is_stopped), "taken after the end"

    def _submit_many(self, first: int, how: int) -> None:
        """What came in one turn of the loop: urgent units, of which some may find no room."""
        made = [self._make(KINDS[(first + n) % len(KINDS)], (how + n) % 11) for n in range(1 + how % 4)]
        taken = self.writer.submit_all([unit for unit, _ in made])
        for number, (_, piece) in enumerate(made):
            piece.is_taken = number < taken

    def _make(self, kind: str, how: int, thread: int = 0) -> tuple[Unit, Piece]:
        how %= 12
        piece = Piece(len(self.pieces) + 1, kind, thread, how < 10, is_urgent=how != 11)
        piece.lane = self.lanes[how % 4] if 6 <= how < 10 else None
        if how in range(4, 11):
            run, group = None, self.put_all if how < 10 else self.put_loose
        else:
            run, group = (lambda tx: self._put(tx, piece)), None
            piece.kind = "stored" if kind == "returned" else kind
        self.pieces.append(piece)
        return Unit(self._teller(piece), run, group, piece, is_loose=how == 10, lane=piece.lane), piece

    def _teller(self, piece: Piece) -> Callable[[Any, BaseException | None], None]:
        def done(result: Any, error: BaseException | None) -> None:
            piece.told.append(result if error is None else error)
            self.order.append(piece)

        return done

    # The steps.

    def run(self, steps: bytes) -> None:
        """Let everything happen, and look at the end."""
        self.writer.start()
        for at in range(0, min(len(steps), STEP * STEPS_MAX) - STEP + 1, STEP):
            if len(self.pieces) < UNITS_MAX:
                self._step(*steps[at : at + STEP])
        if not self.is_stopped:
            self._stop()
        self.engine.close()
        self._check()
        self.conn.close()

    def _step(self, what: int, first: int, second: int) -> None:
        engine = self.engine
        match what % 16:
            case 8:
                self._pass()
            case 9:
                engine.begins.append(("full", "cut", "")[first % 3])
            case 10:
                fate = FATES[first % 4]
                engine.commits.append("reused" if fate == "cut" and second % 2 else fate)
            case 11:
                engine.visits.append(1 + first % 4)
            case 12:
                engine.answers.extend([(None, "error", "")[second % 3]] * (first % 4))
                engine.is_answering = first % 16 != 15
            case 13:
                engine.opens = first % 3
            case 7:
                self._submit_many(first, second)
            case 14:
                self._crowd(1 + first % 3, second)
            case 15 if first % 4 == 0:
                self._stop()
            case _:
                self._submit(KINDS[first % len(KINDS)], second)

    def _pass(self) -> None:
        """Let the writer do all that waits."""
        self.gate.set(is_open=True)
        if not self.is_threaded and not self.is_stopped:
            with contextlib.suppress(Pause):
                self.writer._work()
        with self.changed:
            is_done = self.changed.wait_for(
                lambda: all(piece.told for piece in self.pieces if piece.is_taken), PATIENCE_SECONDS
            )
        assert is_done, "the writer does not come to an end"
        self.gate.set(is_open=False)

    def _crowd(self, threads: int, how: int) -> None:
        """Several threads submit at once, while the writer works."""
        self.gate.set(is_open=True)
        lock = threading.Lock()

        def work(number: int) -> None:
            for turn in range(1 + how % 5):
                with lock:
                    self._submit(KINDS[(how >> 3) % len(KINDS)], how + turn + number, thread=number)

        crowd = [threading.Thread(target=work, args=(number,)) for number in range(1, threads + 1)]
        for one in crowd:
            one.start() if self.is_threaded else one.run()
        for one in crowd:
            if self.is_threaded:
                one.join()
        self._pass()

    def _stop(self) -> None:
        """Stop with whatever is queued."""
        if not self.is_stopped:
            self.gate.set(is_open=True)
            self.writer.stop()
            self.is_stopped = True

    # What must hold.

    def _check(self) -> None:
        words = [row[0] for row in self.conn.execute("SELECT word FROM words ORDER BY number")]
        log = list(self.conn.execute("SELECT offset, payload FROM events ORDER BY offset"))
        stored = set(words)
        assert not self.writer._thread.is_alive(), "the writer's thread stays"
        for piece in self.pieces:
            assert len(piece.told) == piece.is_taken, f"{piece} was told {len(piece.told)} times"
            if piece.is_taken:
                self._check_piece(piece, is_stored=piece.word in stored)
            else:
                assert piece.word not in stored, f"{piece} was stored, and never taken"
        self._check_order(words)
        self._check_log(log, words)
        for id_, value in self.conn.execute("SELECT id, value FROM counters"):
            counted = [row[0] for row in self.conn.execute("SELECT value FROM counted WHERE id = ? ORDER BY 1", (id_,))]
            assert counted == list(range(1, value + 1)), "counted from what was no longer so"

    def _check_piece(self, piece: Piece, *, is_stored: bool) -> None:
        (told,) = piece.told
        if not isinstance(told, BaseException):
            assert told == piece.word, f"{piece} was told another's result"
            assert is_stored, f"{piece} was told as stored, and is not there"
            assert piece.kind == "stored", f"{piece} was told as stored"
        elif isinstance(told, Busy) and "look whether it is there" in str(told):
            assert self.engine.faults, f"{piece} is in doubt without a reason"
        else:
            assert not is_stored, f"{piece} was refused with {told!r}, and is there"
            expected: Any = {"refused": Conflict, "returned": Conflict, "raises": RuntimeError}
            expected |= {"twice": self.engine.errors, "fatal": OSError, "cut": OSError}
            is_own = isinstance(told, expected.get(piece.kind, ()))
            is_caused = self.engine.faults > 0 or piece.kind in ("fatal", "cut", "trouble")
            is_behind = piece.lane is not None and piece.lane.is_broken
            assert is_own or (isinstance(told, Busy) and (is_caused or is_behind)), f"{piece} was told {told!r}"

    def _check_order(self, words: list[str]) -> None:
        place = {word: number for number, word in enumerate(words)}
        for found, name in ((self.pieces, "stored"), (self.order, "told")):
            for thread in {piece.thread for piece in self.pieces}:
                for is_urgent in (True, False):
                    mine = [p for p in found if p.thread == thread and p.is_urgent == is_urgent and p.is_strict]
                    if is_urgent is False:
                        mine = [p for p in found if p.thread == thread and not p.is_urgent]
                    keys = [
                        p.number if name == "told" else place[p.word] for p in mine if name == "told" or p.word in place
                    ]
                    assert keys == sorted(keys), f"{name} out of order"
        for lane in self.lanes:
            mine = [piece for piece in self.pieces if piece.lane is lane and piece.is_taken]
            lost = [n for n, piece in enumerate(mine) if isinstance(piece.told[0], Busy)]
            after = mine[lost[0] :] if lost else []
            assert not [p for p in after if not isinstance(p.told[0], BaseException)], (
                "one overtook another in its lane"
            )

    def _check_log(self, log: list[Any], words: list[str]) -> None:
        assert [row[0] for row in log] == list(range(1, len(log) + 1)), "the log has gaps"
        ((head,),) = self.conn.execute("SELECT offset FROM log_head")
        assert head == len(log), "the head of the log is elsewhere"
        offsets = [item.offset for item in self.committed]
        assert offsets == sorted(set(offsets)), "commits were handed on twice, or out of order"
        payloads = dict(log)
        handed = [f"word-{item.event.subject_id.int}" for item in self.committed]
        for item in self.committed:
            assert str(item.event.subject_id) in payloads[item.offset], "handed on with another's offset"
        recorded = Counter(f"word-{UUID(row[1].split(chr(34))[7]).int}" for row in log if row[1] != "{}")
        assert recorded == Counter(words), "an event without its word, or a word without its event"
        doubted = {p.word for p in self.pieces if p.told and "look whether" in str(p.told[0])}
        assert set(words) - set(handed) <= doubted, "stored, and not handed on"


def play(path: Path, data: bytes) -> None:
    """Play one input on the database at `path`. Raises AssertionError, or what klepet raised."""
    head = data[:HEAD].ljust(HEAD, b"\0")
    threads = threading.active_count()
    with ExitStack() as stack:
        for name, value in (
            ("BATCH_UNITS", (256, 1, 2, 5)[head[0] & 3]),
            ("BATCH_SECONDS", (10.0, 0.0)[head[0] >> 2 & 1]),
            ("PATIENT_SECONDS", (10.0, 0.0)[head[0] >> 3 & 1]),
            ("QUEUE_UNITS", (20_000, 6)[head[1] & 1]),
            ("PATIENT_UNITS", (2_000, 2)[head[1] >> 1 & 1]),
            ("KEPT_CONVERSATIONS", (4_096, 1)[head[1] >> 2 & 1]),
            ("DOUBT_SECONDS", 0.02),
            ("DOUBT_PAUSE", 0.0),
        ):
            stack.enter_context(patch.object(writer, name, value))
        stack.enter_context(patch.object(checkpoints, "LOOK_COMMITS", 1))
        stack.enter_context(patch.object(checkpoints, "WORTHWHILE_PAGES", head[3]))
        Play(path, head).run(data[HEAD:])
    assert threading.active_count() == threads, "a thread is left"


@contextlib.contextmanager
def a_database(folder: Path) -> Iterator[Path]:
    """A database for some inputs, with a log that says nothing of what is broken on purpose."""
    path = folder / "klepet.db"
    path.write_bytes(empty_database())
    loggers = [logging.getLogger(name) for name in ("klepet.store", "sqlalchemy.pool")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    engine = BrokenEngine(path, is_shared=False, is_checkpointed=False)
    with contextlib.closing(engine.connect()) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.executescript(TABLES)
        yield path
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
