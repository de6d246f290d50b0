"""Rows of an installation that has been used for a while: conversations of about twelve lines, contacts who come back,
their visits of the last weeks, and the part of the log that is not forgotten yet.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from bench.vocabulary import LANGUAGES, name, texts
from klepet.kit.ids import new_id
from klepet.kit.tokens import token_hash
from klepet.model.events import MessageSent
from klepet.model.views import Browser, Page, SystemFact
from klepet.model.words import AuthorKind, MessageKind, Status, SystemLine
from klepet.store.contacts import folded

LOG_KEPT = timedelta(days=14)
VISITS_KEPT = timedelta(days=60)
CHUNK = 1_000
Rows = dict[str, list[dict[str, Any]]]
_json = msgspec.json.Encoder()
_BROWSER = _json.encode(Browser("Firefox 128", "Linux", "desktop")).decode()
_PAGE = _json.encode(Page("http://shop.test/shoes", "Shoes")).decode()
_JOINED = _json.encode(SystemFact(SystemLine.OPERATOR_JOINED, name="Ada")).decode()
_CLOSED = _json.encode(SystemFact(SystemLine.CLOSED_BY_OPERATOR, name="Ada")).decode()


@dataclass(frozen=True)
class Plan:
    """How much there shall be, and who it belongs to. `lines` is how many a conversation has on average."""

    conversations: int
    contacts: int
    lines: int
    days: float
    now: datetime
    site_id: UUID
    inbox_id: UUID
    operator_id: UUID
    open_conversations: int = 50

    def created_at(self, number: int) -> datetime:
        """When a conversation began: they are spread evenly over the days."""
        return self.now - timedelta(days=self.days * (1 - number / (self.conversations + 1)) + 0.01)

    def contact_of(self, number: int) -> int:
        """Whose conversation it is: who comes back does so soon."""
        return number * self.contacts // self.conversations

    def first_of(self, contact: int) -> int:
        """The first conversation of a contact."""
        return -(-contact * self.conversations // self.contacts)


def token_of(number: int) -> str:
    """The token of the browser of a contact."""
    return f"bench-visitor-{number:032d}"


def _id(rng: random.Random, at: datetime) -> UUID:
    return new_id(int(at.timestamp() * 1000), rng.randbytes(10))


def _id_of(kind: int, number: int, at: datetime) -> UUID:
    """Ids that are made twice, when a contact comes back."""
    return new_id(int(at.timestamp() * 1000), kind.to_bytes(2) + number.to_bytes(8))


def chunks(plan: Plan, head: int) -> Iterator[tuple[Rows, list[list[str]]]]:
    """Rows by table, a thousand conversations at a time, and the folded words of each of their search entries. Each
    line is an event; `head` is the newest offset before.
    """
    offset, entry = head, 0
    for first in range(0, plan.conversations, CHUNK):
        rng = random.Random(first)
        rows: Rows = defaultdict(list)
        words: list[list[str]] = []
        for number in range(first, min(first + CHUNK, plan.conversations)):
            whose = plan.contact_of(number)
            if plan.first_of(whose) == number:
                _add_contact(rows, rng, plan, whose)
            lines = _add_conversation(rows, rng, plan, number)
            conversation_id = rows["conversations"][-1]["id"]
            for row, folded_words in lines:
                offset += 1
                if plan.now - row["at"] < LOG_KEPT:
                    rows["events"].append(_event(plan, number, row, offset))
                if folded_words:
                    entry += 1
                    rows["search_entries"].append({"id": entry, "conversation_id": conversation_id, "seq": row["seq"]})
                    words.append(folded_words)
        yield rows, words


def _contact_id(plan: Plan, whose: int) -> UUID:
    return _id_of(1, whose, plan.created_at(plan.first_of(whose)))


def _visitor_id(plan: Plan, whose: int) -> UUID:
    return _id_of(2, whose, plan.created_at(plan.first_of(whose)))


def _add_contact(rows: Rows, rng: random.Random, plan: Plan, number: int) -> None:
    at = plan.created_at(plan.first_of(number))
    is_known = number % 3 == 0  # a third leave their name and address
    who, email = (name(rng), f"customer{number}@example.test") if is_known else (None, None)
    contact_id, visitor_id = _contact_id(plan, number), _visitor_id(plan, number)
    rows["contacts"].append(
        {
            "id": contact_id,
            "name": who,
            "email": email,
            "attributes": "{}",
            "folded": folded(who, email, None),
            "created_at": at,
        }
    )
    rows["visitors"].append(
        {
            "id": visitor_id,
            "site_id": plan.site_id,
            "contact_id": contact_id,
            "token_hash": token_hash(token_of(number)),
            "browser": _BROWSER,
            "language": LANGUAGES[number % 4],
            "time_zone": "Europe/Ljubljana",
            "visit_count": 1,
            "first_seen_at": at,
            "last_seen_at": max(at, plan.now - timedelta(days=30)),
        }
    )
    if plan.now - at < VISITS_KEPT:
        visit = {"id": _id(rng, at), "visitor_id": visitor_id, "started_at": at, "last_seen_at": at, "page_count": 3}
        rows["visits"].append(visit | {"referrer": None, "landing_page": "http://shop.test/"})
        for page in range(3):
            view = {"id": _id(rng, at), "visit_id": visit["id"], "title": "Shoes", "at": at}
            rows["page_views"].append(view | {"url": f"http://shop.test/shoes/{page}"})


def _add_conversation(
    rows: Rows, rng: random.Random, plan: Plan, number: int
) -> list[tuple[dict[str, Any], list[str]]]:
    """A conversation with its messages and its assignment; each message with the words that are searched for."""
    at, whose = plan.created_at(number), plan.contact_of(number)
    conversation_id, language, visitor_id = _id(rng, at), LANGUAGES[number % 4], _visitor_id(plan, whose)
    is_closed = number < plan.conversations - plan.open_conversations
    written = texts(rng, language, max(2, round(plan.lines * (0.4 + 1.2 * rng.random())) - 2))
    lines: list[tuple[dict[str, Any], list[str]]] = []

    def add(kind: MessageKind, author: AuthorKind, text: str, folded_words: list[str], fact: str | None) -> None:
        is_text = kind is MessageKind.TEXT
        by = plan.operator_id if author is AuthorKind.OPERATOR else visitor_id
        row = {
            "conversation_id": conversation_id,
            "seq": len(lines) + 1,
            "kind": kind.value,
            "author_kind": author.value,
            "author_id": by if is_text else None,
            "text": text,
            "fact": fact,
            "client_id": f"{rng.getrandbits(96):024x}" if is_text else None,
            "at": at + timedelta(seconds=40 * len(lines)),
        }
        lines.append((row, folded_words))

    for index, (text, folded_words) in enumerate(written):
        author = AuthorKind.OPERATOR if index % 2 else AuthorKind.VISITOR
        add(MessageKind.TEXT, author, text, folded_words, None)
        if index == 0:
            add(MessageKind.SYSTEM, AuthorKind.SYSTEM, "", [], _JOINED)
    last_line = len(lines)
    if is_closed:
        add(MessageKind.SYSTEM, AuthorKind.SYSTEM, "", [], _CLOSED)
    rows["messages"].extend(row for row, _ in lines)
    times = {"at": at, "last_at": lines[-1][0]["at"], "line": last_line, "last": len(lines)}
    rows["conversations"].append(_conversation(plan, number, conversation_id, language, is_closed, times))
    rows["assignments"].append(
        {
            "id": _id(rng, at),
            "conversation_id": conversation_id,
            "operator_id": plan.operator_id,
            "started_at": at,
            "ended_at": times["last_at"] if is_closed else None,
            "end_reason": "closed" if is_closed else None,
        }
    )
    return lines


def _conversation(
    plan: Plan, number: int, conversation_id: UUID, language: str, is_closed: bool, times: dict[str, Any]
) -> dict[str, Any]:
    at, last_at, last = times["at"], times["last_at"], times["last"]
    read = dict.fromkeys(
        ("visitor_delivered_seq", "visitor_read_seq", "operator_delivered_seq", "operator_read_seq"), last
    )
    return read | {
        "id": conversation_id,
        "number": number + 1,
        "inbox_id": plan.inbox_id,
        "site_id": plan.site_id,
        "contact_id": _contact_id(plan, plan.contact_of(number)),
        "visitor_id": _visitor_id(plan, plan.contact_of(number)),
        "status": (Status.CLOSED if is_closed else Status.OPEN).value,
        "assignee_id": plan.operator_id,
        "last_seq": last,
        "last_line_seq": times["line"],
        "visitor_last_seq": last,
        "last_at": last_at,
        "created_at": at,
        "queued_at": at,
        "assigned_at": at,
        "first_visitor_message_at": at,
        "first_operator_reply_at": at,
        "closed_at": last_at if is_closed else None,
        "closed_by": AuthorKind.OPERATOR.value if is_closed else None,
        "unread_count": 0,
        "visitor_unread_count": 0,
        "language": language,
        "started_on": _PAGE,
    }


def _event(plan: Plan, number: int, row: dict[str, Any], offset: int) -> dict[str, Any]:
    contact_id = _contact_id(plan, plan.contact_of(number))
    is_operator = row["author_kind"] == AuthorKind.OPERATOR.value
    event = MessageSent(
        conversation_id=row["conversation_id"],
        contact_id=contact_id,
        site_id=plan.site_id,
        seq=row["seq"],
        kind=MessageKind(row["kind"]),
        author_kind=AuthorKind(row["author_kind"]),
        operator_id=plan.operator_id if is_operator else None,
    )
    payload = _json.encode(event).decode()
    return {"offset": offset, "type": "message.sent", "at": row["at"], "contact_id": contact_id, "payload": payload}
