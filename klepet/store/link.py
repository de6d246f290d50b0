"""A connection to PostgreSQL that sends several statements in one exchange.

What only changes something is held back until an answer is wanted, and goes with that question. So a batch of the
writer asks what it knows beforehand with its beginning, and what it writes goes with its COMMIT. A round trip costs
both sides more than most statements do, and all processes wait for a batch that waits for answers in its turn.

It is libpq's pipeline mode (https://www.postgresql.org/docs/15/libpq-pipeline-mode.html), by the driver's own wrapper
of libpq: `Connection.pipeline()` does the same for more than twice the CPU. The first statement that fails ends the
exchange; what stands behind it, a COMMIT too, is not run.
"""

import select
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from klepet.store.engine import Asked

Rows = list[tuple[Any, ...]]
_Command = tuple[str, list[bytes | None]]


class Link(psycopg.Connection[Any]):
    """The driver's connection, for one thread. Statements given to `hold` and `ask` mark their values by `%s` and have
    the types in the text. Those with values are prepared once and kept, unless `prepare_threshold` is None, so they are
    to be few. Everything else that is run on the connection comes after what was held back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: list[_Command] = []
        self._names: dict[str, bytes] = {}
        self._prepared_count = 0
        self._loader = Transformer(self)

    def hold(self, statement: str, values: Sequence[Any]) -> None:
        """Run a statement before the next thing that is asked or run. What it raises is raised there."""
        self._held.append((statement, _wire(values)))

    def ask(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """The rows of one statement."""
        return self.ask_all([(statement, values)])[0]

    def ask_all(self, asked: Iterable[Asked]) -> list[Rows]:
        """The rows of each of these statements, run one after another; none of what gives no rows."""
        commands = [(statement, _wire(values)) for statement, values in asked]
        held, self._held = self._held, []
        return self._exchange(held + commands)[len(held) :]

    def drop_held(self) -> None:
        """Forget what was held back: it is to be undone anyway."""
        self._held.clear()

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """See the driver: every other way to run something begins with a cursor."""
        if self._held:
            self.ask_all([])
        return super().cursor(*args, **kwargs)

    def _exchange(self, commands: list[_Command]) -> list[Rows]:
        new: dict[str, bytes] = {}
        try:
            self.pgconn.enter_pipeline_mode()
            for statement, values in commands:
                if not values or self.prepare_threshold is None:
                    self.pgconn.send_query_params(_numbered(statement), values)
                    continue
                name = self._names.get(statement) or new.get(statement)
                if name is None:
                    self._prepared_count += 1  # also those that failed count: the server may have kept them
                    name = new[statement] = b"klepet_%d" % self._prepared_count
                    self.pgconn.send_prepare(name, _numbered(statement))
                self.pgconn.send_query_prepared(name, values)
            self.pgconn.pipeline_sync()
            results = self._results()
            self.pgconn.exit_pipeline_mode()
        except BaseException:
            self.close()  # nobody knows what is still under way on it
            raise
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                error = error_from_result(result, encoding=self.info.encoding)
                if isinstance(error, psycopg.errors.InvalidSqlStatementName):
                    self.close()  # somebody took what was prepared away; another connection has it anew
                raise error
        self._names.update(new)
        return [self._rows_of(result) for result in _answers(results, commands, new)]

    def _results(self) -> list[PGresult]:
        """Everything that the server answers, up to the end of the exchange. Raises OperationalError when the
        connection is gone.
        """
        pgconn, results = self.pgconn, list[PGresult]()
        while True:
            while pgconn.is_busy():
                poll = select.poll()
                poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if pgconn.flush() else 0))
                poll.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if pgconn.status == ConnStatus.BAD:
                raise psycopg.OperationalError(pgconn.get_error_message(self.info.encoding))
            if result is not None:  # None stands between the statements
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                results.append(result)

    def _rows_of(self, result: PGresult) -> Rows:
        self._loader.set_pgresult(result)
        return self._loader.load_rows(0, result.ntuples, tuple)


def _answers(results: list[PGresult], commands: list[_Command], new: dict[str, bytes]) -> list[PGresult]:
    """The results of the commands, without those of preparing statements for the first time."""
    given, found, seen = iter(results), list[PGresult](), set[str]()
    for statement, _ in commands:
        if statement in new and statement not in seen:
            seen.add(statement)
            next(given)
        found.append(next(given))
    return found


def _numbered(statement: str) -> bytes:
    """A statement with its values marked as the server takes them."""
    first, *rest = statement.split("%s")
    return "".join([first, *(f"${number}{part}" for number, part in enumerate(rest, 1))]).encode()


def _wire(values: Sequence[Any]) -> list[bytes | None]:
    """Values as text. Raises DataError for what libpq would cut off."""
    wired = [None if value is None else _text(value).encode() for value in values]
    if any(value is not None and b"\0" in value for value in wired):
        raise psycopg.DataError("PostgreSQL stores no NUL in a text")
    return wired


def _text(value: Any) -> str:
    return "{" + ",".join(map(_element, value)) + "}" if isinstance(value, list) else str(value)


def _element(value: Any) -> str:
    """A value in an array, https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
