"""The writer: one thread that runs units of work one after another and commits many of them at once (group commit).

    edge ── submit ──> queue ──> batch: BEGIN, unit, group of sends, … offsets, events, COMMIT ──> outcomes

- A batch runs without savepoints first, as they make SQLite copy every page that changes. When a unit fails, the
  batch is rolled back and runs again, each unit in its savepoint: it rolls back alone. Items of a set-based action
  that stand side by side in the queue run in one call; should the call fail, its items run one by one.
- An error that ends the transaction, one of the database's own (a full disk), and a failed COMMIT fail the batch:
  nothing is acknowledged, and each of its units runs again in a batch of its own, so that one poison write does not
  take the others with it. On PostgreSQL what units write goes with the COMMIT (`pipelined.py`): a batch that is refused
  there, and certainly was not stored, first runs again in savepoints as well.
- Outcomes are told after the commit, in order, in one hop to the event loop; what was recorded goes before them.
"""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection

from klepet.kit.clock import Clock
from klepet.model.committed import Committed, StoredEvent
from klepet.model.errors import Busy, KlepetError
from klepet.model.ports import Done, Lane, Transaction
from klepet.store import log, rows
from klepet.store.engine import Asked, Begun, Engine, driver_of
from klepet.store.prefetch import Prefetch, needs_of
from klepet.store.states import State
from klepet.store.throttled_log import ThrottledLine
from klepet.store.transaction import OpenReader, OpenTransaction

BATCH_UNITS = 256
BATCH_SECONDS = 0.010
PATIENT_SECONDS = 0.003
QUEUE_UNITS = 20_000
DOUBT_SECONDS = 30.0
DOUBT_PAUSE = 0.25
KEPT_CONVERSATIONS = 4_096
PATIENT_SET = 32  # items that run in one call, beside which no time is looked at
PATIENT_UNITS = 2_000  # measurements: a flood of them leaves the queue to what people wait for

Group = Callable[[Transaction, Sequence[Any]], Sequence[Any]]

_log = logging.getLogger("klepet.store")


@dataclass(slots=True)
class Unit:
    """One unit of work: either `run`, or an `item` for the set-based action `group`."""

    done: Done
    run: Callable[[Transaction], Any] | None = None
    group: Group | None = None
    item: Any = None
    is_loose: bool = False
    """Whether it may change places with what was queued before it."""
    lane: Lane | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a unit."""

    done: Done
    result: Any = None
    error: BaseException | None = None


class Sink(Protocol):
    """Where outcomes go: hands them to the event loop, what was committed first."""

    def __call__(self, committed: Committed | None, outcomes: list[Outcome]) -> None:
        """Called in the writer's thread after each commit."""


class _UnitFailed(Exception):
    """A unit failed outside a savepoint."""


class _BatchLost(Exception):
    """The transaction ended under the batch."""


class _NotBegun(Exception):
    """The database takes no writes now."""


class _InDoubt(Exception):
    """Whether the batch was committed cannot be found out."""


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(self, engine: Engine, conn: Connection, clock: Clock, sink: Sink) -> None:
        self._engine = engine
        self._conn = conn
        self._execute = driver_of(conn).execute
        self._clock = clock
        self._sink = sink
        self._queue: SimpleQueue[Unit | None] = SimpleQueue()
        self._patient: deque[Unit] = deque()
        self._thread = threading.Thread(target=self._work, name="klepet-writer", daemon=True)
        self._is_stopping = False
        self._is_guarded = False
        self._kept: dict[UUID, State] = {}
        self._offset: int | None = None
        self._is_alone = True
        self._outage = ThrottledLine("the database takes no writes: %s (refused so far: %d)")
        self._losses = ThrottledLine("a write was not stored: %s (so far: %d)")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is queued, then end the thread and close the connection."""
        self._is_stopping = True
        self._queue.put(None)
        self._thread.join()
        self._conn.close()

    def submit(self, unit: Unit, *, is_urgent: bool = True) -> bool:
        """Queue a unit; False when the queue is full. Units that are not urgent run between the batches of urgent
        ones, a few milliseconds at a time, so that nobody's message waits for them long.
        """
        waiting, room = (self._queue.qsize(), QUEUE_UNITS) if is_urgent else (len(self._patient), PATIENT_UNITS)
        if waiting >= room or self._is_stopping:
            return False
        if is_urgent:
            self._queue.put(unit)
        else:
            self._patient.append(unit)
            self._queue.put(None)
        return True

    def submit_all(self, units: Sequence[Unit]) -> int:
        """Queue urgent units, in this order; tells how many of them found room."""
        for taken, unit in enumerate(units):
            if not self.submit(unit):
                return taken
        return len(units)

    @property
    def waiting(self) -> tuple[int, int]:
        """How many units are queued: urgent ones, and those that are not."""
        return self._queue.qsize(), len(self._patient)

    def _work(self) -> None:
        waiting: deque[Unit] = deque()
        while True:
            if not waiting and not self._patient:
                if self._is_stopping and self._queue.empty():
                    return
                first = self._queue.get()
                if first is not None:
                    waiting.append(first)
            while len(waiting) < BATCH_UNITS:
                try:
                    unit = self._queue.get_nowait()
                except Empty:
                    break
                if unit is not None:
                    waiting.append(unit)
            if waiting:
                self._run_batch(waiting, BATCH_SECONDS, BATCH_UNITS)
            if self._patient:
                self._run_batch(self._patient, PATIENT_SECONDS, PATIENT_SET)

    def _run_batch(self, waiting: deque[Unit], seconds: float, set_size: int) -> None:
        """Run units from the left of `waiting`, at most `set_size` in one call, until the time is over; what is left
        stays for the next batch.
        """
        taken: list[Unit] = []
        try:
            try:
                committed, outcomes = self._transact(waiting, taken, seconds, set_size)
            except _UnitFailed:
                self._roll_back()
                waiting.extendleft(reversed(taken))
                taken.clear()
                self._is_guarded = True
                committed, outcomes = self._transact(waiting, taken, seconds, set_size)
        except _NotBegun as error:
            refused = [waiting.popleft() for _ in range(len(waiting))]
            self._outage.tell(error, len(refused))
            committed, outcomes = None, _refused(refused, _not_stored(error))
        except _InDoubt as doubt:
            self._roll_back()  # also forgets the states of conversations that it left behind
            _log.error("it is not known whether %d writes were stored: %s", len(taken), doubt)
            committed, outcomes = None, _refused(taken, _in_doubt())
        except Exception as error:
            self._roll_back()
            if len(taken) > 1:
                alone = deque(taken)
                while alone:  # one in each batch; all of them are refused where none can be begun
                    self._run_batch(alone, 0.0, 1)
                return
            self._losses.tell(error)
            committed, outcomes = None, _refused(taken, _not_stored(error))
        finally:
            self._is_guarded = False
        self._sink(committed, outcomes)

    def _transact(
        self, waiting: deque[Unit], taken: list[Unit], seconds: float, set_size: int
    ) -> tuple[Committed | None, list[Outcome]]:
        # Where others wrote before the last batch they did before this one too: what is kept is not to be relied on.
        known = self._kept if self._is_alone else ()
        prefetch = Prefetch((unit.item for unit in waiting) if self._engine.is_remote else (), known)
        begun = self._begin(prefetch.questions)
        if refused := self._outage.end():
            _log.warning("the database takes writes again (refused: %d)", refused)
        self._is_alone = begun.offset == self._offset
        if not self._is_alone or len(self._kept) > KEPT_CONVERSATIONS:
            self._kept.clear()  # another process wrote meanwhile, or they are many
        tx = OpenTransaction(self._conn, kept=self._kept)
        if begun.answers:
            prefetch.put(begun.answers, tx)
        outcomes: list[Outcome] = []
        deadline = time.monotonic() + seconds
        while waiting and (not taken or time.monotonic() < deadline):
            units = _side_by_side(waiting, set_size)
            taken.extend(units)
            if needs_of(units[0].item) is None:
                tx.forget_prefetched()
            outcomes.extend(self._run_group(tx, units) if units[0].group else self._run_unit(tx, units[0]))
        stored = log.append_events(tx, now=self._clock.now(), newest=begun.offset)
        committed = (
            Committed(stored, rows.join_rows(tx, [item.event for item in stored], tx.written)) if stored else None
        )
        self._commit(begun, stored, committed)
        self._offset = begun.offset if not stored or begun.offset is None else stored[-1].offset
        return committed, outcomes

    def _commit(self, begun: Begun, stored: list[StoredEvent], committed: Committed | None) -> None:
        """Commit; returns when it is certain that it was done. Raises _UnitFailed where it is certain that nothing was:
        on PostgreSQL what units wrote is sent with the COMMIT, and refused then.
        """
        try:
            self._engine.commit(self._conn, committed)
        except Exception as error:
            if begun.transaction_id is None:
                raise
            # Asked also on a connection that does not look lost: a server that ends says so before it hangs up.
            is_undone = self._engine.is_whole(self._conn)
            if not is_undone and self._was_committed(begun.transaction_id, stored, error):
                return
            if self._is_guarded:
                raise
            raise _UnitFailed from error

    def _begin(self, questions: Sequence[Asked]) -> Begun:
        """Begin a batch, on another connection where this one is gone. Raises _NotBegun."""
        try:
            if self._engine.is_lost(self._conn):
                self._reconnect()
            try:
                return self._engine.begin_batch(self._conn, questions)
            except Exception as error:
                self._roll_back()
                if not self._engine.is_lost(self._conn):
                    if not questions or self._engine.is_trouble(error):
                        raise
                    # Something is asked that cannot be: the unit that asks it will fail, and not all of them.
                    return self._engine.begin_batch(self._conn)
            # The server was restarted since the last batch: nothing was begun, so it can be begun again.
            self._reconnect()
            return self._engine.begin_batch(self._conn, questions)
        except Exception as error:
            raise _NotBegun(str(error)) from error

    def _reconnect(self) -> None:
        with contextlib.suppress(Exception):
            self._conn.close()
        self._conn = self._engine.open_writer()
        self._execute = driver_of(self._conn).execute

    def _was_committed(self, transaction_id: str, stored: list[StoredEvent], error: Exception) -> bool:
        """Find out what became of a COMMIT whose answer was lost. Raises _InDoubt after DOUBT_SECONDS.

        A server that crashed gives numbers of transactions that it lost out again. So that this one was committed says
        nothing yet: the log has to have its events, and where it has none it stays in doubt.
        """
        _log.warning("the answer to a commit was lost: %s", error)
        deadline = time.monotonic() + DOUBT_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(Exception):
                self._reconnect()
                found = self._engine.was_committed(self._conn, transaction_id)
                if found and not stored:
                    break
                if found is not None:
                    return found and self._has_any(stored)
            time.sleep(DOUBT_PAUSE)
        raise _InDoubt(str(error)) from error

    def _has_any(self, stored: list[StoredEvent]) -> bool:
        """Whether the log has one of these events of a batch, which are stored together or not at all."""
        self._engine.begin_read(self._conn)
        try:
            return log.has_any_of(OpenReader(self._conn), stored)
        finally:
            self._engine.roll_back(self._conn)

    def _run_group(self, tx: OpenTransaction, units: list[Unit]) -> list[Outcome]:
        group = units[0].group
        assert group is not None
        broken = [unit.lane is not None and unit.lane.is_broken for unit in units]
        if any(broken):
            return self._run_whole_lanes(tx, units, broken)
        found = self._attempt(tx, lambda: group(tx, [unit.item for unit in units]))
        if isinstance(found, BaseException):
            if len(units) == 1:
                return [Outcome(units[0].done, error=found)]
            return [outcome for unit in units for outcome in self._run_group(tx, [unit])]
        return [
            Outcome(unit.done, error=result) if isinstance(result, BaseException) else Outcome(unit.done, result)
            for unit, result in zip(units, found, strict=True)
        ]

    def _run_whole_lanes(self, tx: OpenTransaction, units: list[Unit], broken: list[bool]) -> list[Outcome]:
        """Run the units whose lane is whole; refuse the others."""
        whole = [unit for unit, is_broken in zip(units, broken, strict=True) if not is_broken]
        ran = iter(self._run_group(tx, whole) if whole else [])
        return [
            Outcome(unit.done, error=_behind()) if is_broken else next(ran)
            for unit, is_broken in zip(units, broken, strict=True)
        ]

    def _run_unit(self, tx: OpenTransaction, unit: Unit) -> list[Outcome]:
        run = unit.run
        assert run is not None
        found = self._attempt(tx, lambda: run(tx))
        if isinstance(found, BaseException):
            return [Outcome(unit.done, error=found)]
        return [Outcome(unit.done, found)]

    def _attempt(self, tx: OpenTransaction, run: Callable[[], Any]) -> Any:
        """What `run` returned, or the exception that it raised and that was rolled back. Raises _UnitFailed and
        _BatchLost.
        """
        if not self._is_guarded:
            try:
                return run()
            except Exception as error:
                raise _UnitFailed from error
        mark = len(tx.recorded)
        self._execute("SAVEPOINT unit")
        try:
            result = run()
            self._execute("RELEASE unit")  # on PostgreSQL what the unit wrote may be refused only now
        except Exception as error:
            tx.forget_since(mark)
            if not self._engine.is_whole(self._conn) or self._engine.is_trouble(error):
                raise _BatchLost(str(error)) from error
            self._kept.clear()
            self._engine.roll_back_unit(self._conn)
            if not isinstance(error, KlepetError):
                _log.error("a unit of work failed", exc_info=error)
            return error
        return result

    def _roll_back(self) -> None:
        self._kept.clear()
        try:
            self._engine.roll_back(self._conn)
        except Exception as error:
            _log.error("the transaction could not be rolled back: %s", error)


def _side_by_side(waiting: deque[Unit], at_most: int) -> list[Unit]:
    """The first unit, with the items of the same set-based action that follow it, past what need not keep its place."""
    first = waiting.popleft()
    units, passed = [first], []
    while first.group is not None and waiting and len(units) < at_most:
        if waiting[0].group is first.group:
            units.append(waiting.popleft())
        elif first.is_loose or waiting[0].is_loose:
            passed.append(waiting.popleft())
        else:
            break
    waiting.extendleft(reversed(passed))
    return units


def _refused(units: Sequence[Unit], error: BaseException) -> list[Outcome]:
    """What units are told that could not be stored; those behind them in their lanes follow."""
    for unit in units:
        if unit.lane is not None:
            unit.lane.is_broken = True
    return [Outcome(unit.done, error=error) for unit in units]


def _behind() -> BaseException:
    return Busy("an earlier message could not be stored; send it again first", retry_after=1.0)


def _in_doubt() -> BaseException:
    return Busy("the database went away while it stored this; look whether it is there, or try again", retry_after=2.0)


def _not_stored(error: Exception) -> BaseException:
    if isinstance(error, KlepetError):
        return error
    return Busy("the server could not store this now; nothing was changed; try again", retry_after=2.0)
