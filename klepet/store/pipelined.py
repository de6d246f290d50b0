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


class PipelinedConnection(psycopg.Connection[Any]):
    """The driver's connection, for one thread. Statements given to `hold` and `ask` mark their values by `%s` and have
    the types in the text. Those with values are prepared once and kept, unless `prepare_threshold` is None, so they are
    to be few. Everything else that is run on the connection comes after what was held back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: list[_Command] = []
        self._names: dict[str, bytes] = {}
        self._named = 0
        self._loader = Transformer(self)

    def hold(self, statement: str, values: Sequence[Any]) -> None:
        """Run a statement before the next thing that is asked or run. What the server refuses is raised then."""
        self._held.append((statement, _wire(values)))

    def ask(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """The rows of one statement."""
        return self.ask_all([(statement, values)])[0]

    def ask_all(self, asked: Iterable[Asked]) -> list[Rows]:
        """The rows of each of these statements, which run one after another; none of those that give none. Raises
        what the server refuses first, and OperationalError, with the connection closed, when it is gone.
        """
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
        names: dict[str, bytes] = {}
        try:
            self.pgconn.enter_pipeline_mode()
            is_answer = [one for command in commands for one in self._send(command, names)]
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
                    self.close()  # somebody took away what was prepared; another connection will have it
                raise error
        self._names.update(names)
        return [self._rows_of(result) for result, is_wanted in zip(results, is_answer, strict=True) if is_wanted]

    def _send(self, command: _Command, names: dict[str, bytes]) -> tuple[bool, ...]:
        """Send one statement, and have it prepared first where it is not; `names` gets its name then. Tells of each
        result that follows whether it is the statement's.
        """
        statement, values = command
        if not values or self.prepare_threshold is None:
            self.pgconn.send_query_params(_numbered(statement), values)
            return (True,)
        name = self._names.get(statement) or names.get(statement)
        if name is not None:
            self.pgconn.send_query_prepared(name, values)
            return (True,)
        self._named += 1  # a name that was once sent is not used again: the server may have it from a failed exchange
        name = names[statement] = b"klepet_%d" % self._named
        self.pgconn.send_prepare(name, _numbered(statement))
        self.pgconn.send_query_prepared(name, values)
        return False, True

    def _results(self) -> list[PGresult]:
        """Everything that the server answers, up to the end of the exchange."""
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
