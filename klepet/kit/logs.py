"""How log lines look: text for people, or JSON for programs, one object a line; with the id of the request that they
belong to, and without what could name or let in a person, should it ever get into a message.

    INFO klepet.store the answer to a commit was lost request=3f0c9a…
    {"at": "2026-05-04T09:00:00.000000+00:00", "level": "info", "logger": "klepet.store", "message": "…"}
"""

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

import msgspec

REQUEST_ID: ContextVar[str] = ContextVar("klepet_request_id", default="")
"""The request that is being answered; empty outside of one."""
MESSAGE_CHARS = 2_000
TRACE_CHARS = 8_000
HIDDEN = "[hidden]"

_MAIL = re.compile(r"[^\s@\"'<>(]+@[^\s@\"'<>)]+")
_QUERY = re.compile(r"\?[^\s\"'?]*=[^\s\"']*")
_TOKEN = re.compile(r"(?<![\w/.-])(?=[\w-]*[0-9])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{32,}(?![\w.-])")
"""Tokens are 256 random bits in letters, digits, _ and -; ids have no capitals."""
_IS_SHOWN = "is_shown"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class LogStyle(StrEnum):
    """How lines look."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def hide(text: str) -> str:
    """A text without mail addresses, query strings and tokens."""
    for pattern, instead in ((_MAIL, HIDDEN), (_QUERY, f"?{HIDDEN}"), (_TOKEN, HIDDEN)):
        text = pattern.sub(instead, text)
    return text


class TextLines(logging.Formatter):
    """Lines for people; a traceback follows on lines of its own, set in, so that no message can pass for a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and what it brings."""
        message = _CONTROL.sub(lambda found: repr(found[0])[1:-1], _message_of(record))
        request = REQUEST_ID.get()
        line = f"{record.levelname} {record.name} {message}" + (f" request={request}" if request else "")
        trace = _trace_of(self, record)
        return line + "".join(f"\n    {part}" for part in trace.splitlines())


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message; request_id and trace where there are."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message_of(record),
        }
        if request := REQUEST_ID.get():
            fields["request_id"] = request
        if trace := _trace_of(self, record):
            fields["trace"] = trace
        return msgspec.json.encode(fields).decode()


def begin_logging(style: LogStyle, level: LogLevel, stream: TextIO | None = None) -> None:
    """Write klepet's lines from `level` on, and the warnings of what it is built on, to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style is LogStyle.JSON else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Below a warning, what klepet is built on tells of addresses, headers and statements.
    root.setLevel(logging.WARNING)
    logging.getLogger("klepet").setLevel(level.value.upper())


def shown_line(style: LogStyle, text: str) -> str:
    """A line for standard output that shows also what is hidden from the log, such as the link by which klepet is set
    up. What reads JSON would stumble over plain text.
    """
    if style is LogStyle.TEXT:
        return text
    fields = {"name": "klepet", "levelno": logging.INFO, "levelname": "INFO", "msg": text, _IS_SHOWN: True}
    return JsonLines().format(logging.makeLogRecord(fields))


def _message_of(record: logging.LogRecord) -> str:
    message = record.getMessage()[:MESSAGE_CHARS]
    return message if getattr(record, _IS_SHOWN, False) else hide(message)


def _trace_of(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """The traceback, its end if it is long: there stands what happened."""
    if not record.exc_info:
        return ""
    return hide(formatter.formatException(record.exc_info)[-TRACE_CHARS:])
