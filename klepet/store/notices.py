"""What a process tells the others of a commit: its events and rows, where they fit into one notice of PostgreSQL. Who
hears it in its place hands it on as it is; who does not reads the log instead, which is always right.

    ["3f0c…", "9a1b…", [[17, "2026-…", {"type": "message.sent", …}]], [[conversation], …]]
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from klepet.model.committed import Committed, Rows, StoredEvent
from klepet.model.events import AnyEvent
from klepet.model.views import Contact, Conversation, Message, Operator, Site, VisitorConversation
from klepet.store.bus import NOTICE_BYTES

NOTICE_EVENTS = 16
"""More never fit."""


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


def encode(process: str, epoch: str, committed: Committed | None) -> str:
    """A notice of a commit: whose it is, and what it was, where that fits and is to be told."""
    if committed is not None and len(committed.events) <= NOTICE_EVENTS:
        rows = committed.rows
        kinds: list[Any] = [rows.conversations, rows.visitor_conversations, rows.messages, rows.contacts]
        lists = [list(kind.values()) for kind in (*kinds, rows.operators, rows.sites)]
        events = [(item.offset, item.at, item.event) for item in committed.events]
        text = _encode((process, epoch, events, lists))
        if len(text) <= NOTICE_BYTES:
            return text.decode()
    return _encode((process,)).decode()


def is_from(notice: str, process: str) -> bool:
    """Whether a process told this."""
    return notice.startswith(f'["{process}"')


def decode(notice: str) -> tuple[str, Committed] | None:
    """The epoch and what was committed; None where the notice does not tell, or tells what is not known here."""
    try:
        found = _decode(notice)
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
