"""What a process tells the others of a commit: its events and rows, in as many notices of PostgreSQL as they need. Who
hears them hands them on as they are; who does not reads the log instead, which is always right.

    ["3f0c…", "9a1b…", [[17, "2026-…", {"type": "message.sent", …}]], [[conversation], …]]

A notice takes less than 8,000 bytes. Those of one transaction arrive together, in their order; two that are the same
would arrive once (https://www.postgresql.org/docs/15/sql-notify.html). So each begins with its number, and says whether
more follow: `0+["3f0c…", …` `1.…]`.
"""

import re
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from klepet.model.committed import Committed, Rows, StoredEvent
from klepet.model.events import AnyEvent
from klepet.model.views import Contact, Conversation, Message, Operator, Site, VisitorConversation
from klepet.store.bus import NOTICE_BYTES

PIECE_BYTES = NOTICE_BYTES - 8
PIECES = 16
EVENTS = 200
"""Larger commits are read from the log, which costs less for each event the more there are."""


class _Rows(Struct, array_like=True):
    """`Rows`, each kind as a list."""

    conversations: list[Conversation]
    visitor_conversations: list[VisitorConversation]
    messages: list[Message]
    contacts: list[Contact]
    operators: list[Operator]
    sites: list[Site]


class _Notice(Struct, array_like=True):
    """`process` made the commit; `epoch` is that of its log."""

    process: str
    epoch: str
    events: list[tuple[int, datetime, AnyEvent]]
    rows: _Rows


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Notice).decode


def encode(process: str, epoch: str, committed: Committed | None) -> list[str]:
    """Notices of a commit: whose it is, and what it was, where that is to be told and not too much."""
    text = _encode((process,))
    if committed is not None and len(committed.events) <= EVENTS:
        rows = committed.rows
        kinds: list[Any] = [rows.conversations, rows.visitor_conversations, rows.messages, rows.contacts]
        lists = [list(kind.values()) for kind in (*kinds, rows.operators, rows.sites)]
        whole = _encode((process, epoch, [(item.offset, item.at, item.event) for item in committed.events], lists))
        if len(whole) <= PIECES * (PIECE_BYTES - 3):
            text = whole
    pieces = _pieces(text)
    last = len(pieces) - 1
    return [f"{number}{'.' if number == last else '+'}{piece}" for number, piece in enumerate(pieces)]


def _pieces(text: bytes) -> list[str]:
    """A text in pieces of at most PIECE_BYTES, none of which ends within a character."""
    pieces, at = [], 0
    while at < len(text):
        end = at + PIECE_BYTES
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(text[at:end].decode())
        at = end
    return pieces


class NoticeAssembler:
    """Puts together what one connection hears."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def whole(self, notice: str) -> str | None:
        """The whole text, once its last piece is there. "" for what is no piece, or came without its beginning."""
        number, mark, piece = re.match(r"(\d*)([+.]?)(.*)", notice, re.DOTALL).groups()  # type: ignore[union-attr]
        if number == "0":
            self._pieces.clear()
        if number != str(len(self._pieces)) or not mark:
            self._pieces.clear()
            return ""
        self._pieces.append(piece)
        if mark == "+":
            return None
        text, self._pieces = "".join(self._pieces), []
        return text


def is_from(text: str, process: str) -> bool:
    """Whether a process told this."""
    return text.startswith(f'["{process}"')


def decode(text: str) -> tuple[str, Committed] | None:
    """The epoch and what was committed; None where the notice does not tell, or tells what is not known here."""
    try:
        found = _decode(text)
    except (msgspec.DecodeError, ValueError):
        return None
    rows = Rows(
        conversations={row.id: row for row in found.rows.conversations},
        visitor_conversations={row.id: row for row in found.rows.visitor_conversations},
        messages={(row.conversation_id, row.seq): row for row in found.rows.messages},
        contacts={row.id: row for row in found.rows.contacts},
        operators={row.id: row for row in found.rows.operators},
        sites={row.id: row for row in found.rows.sites},
    )
    return found.epoch, Committed([StoredEvent(*item) for item in found.events], rows)
