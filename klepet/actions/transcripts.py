"""The working set of one unit: conversations loaded once, changed in memory, written once.

Everything that touches a transcript goes through it, so that sequence numbers, watermarks, waiting times and
system lines follow the same rules whether one message is sent or two hundred.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from klepet.model.errors import Conflict, NotFound
from klepet.model.events import (
    ConversationAssigned,
    ConversationClosed,
    ConversationCreated,
    ConversationReopened,
    ConversationUnassigned,
    MessageSent,
)
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.views import Author, LastLine, Message, Page, SystemFact
from klepet.model.words import AuthorKind, MessageKind, Status, SystemLine
from klepet.store import conversations, messages, states
from klepet.store.states import State

_SYSTEM = Author(AuthorKind.SYSTEM)


def load_states(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, State]:
    """The states of these conversations; missing ones are left out."""
    return states.load(tx, ids)


def load_open_states(tx: Transaction, contact_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], State]:
    """The newest conversation that is not closed, by (contact, site)."""
    return {(state.contact_id, state.site_id): state for state in states.load_open(tx, contact_ids)}


@dataclass(slots=True)
class Transcripts:
    """What one unit changes; `write` stores it."""

    tx: Transaction
    ids: Ids
    states: dict[UUID, State] = field(default_factory=dict)
    _appended: list[tuple[Message, UUID | None]] = field(default_factory=list)
    _noted: dict[UUID, State] = field(default_factory=dict)
    _turned: dict[UUID, State] = field(default_factory=dict)
    _created: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, tx: Transaction, ids: Ids, conversation_id: UUID) -> "Transcripts":
        """The working set of one conversation."""
        return cls(tx, ids, load_states(tx, [conversation_id]))

    def state_for(self, principal: Principal, conversation_id: UUID) -> State:
        """The state of a conversation that the principal may write in. Raises NotFound."""
        state = self.states.get(conversation_id)
        if state is None or (
            isinstance(principal, VisitorPrincipal)
            and (state.contact_id != principal.contact_id or state.site_id != principal.site_id)
        ):
            raise NotFound("there is no such conversation", field="conversation_id")
        return state

    def open(
        self, visitor: VisitorPrincipal, *, inbox_id: UUID, page: Page | None, language: str | None, now: datetime
    ) -> State:
        """Open a conversation in the queue."""
        state = State(
            id=self.ids(),
            number=0,  # given by `write`
            site_id=visitor.site_id,
            contact_id=visitor.contact_id,
            visitor_id=visitor.visitor_id,
            status=Status.OPEN,
            assignee_id=None,
            last_seq=0,
            last_line_seq=0,
            last_at=now,
            created_at=now,
            queued_at=now,
            assigned_at=None,
            first_visitor_message_at=None,
            first_operator_reply_at=None,
            waiting_since=None,
            closed_at=None,
            closed_by=None,
            visitor_delivered_seq=0,
            visitor_read_seq=0,
            operator_delivered_seq=0,
            operator_read_seq=0,
            unread_count=0,
            visitor_unread_count=0,
            rating=None,
            rating_comment=None,
            language=language,
            started_on=page,
            last_line=None,
            visitor_last_seq=0,
        )
        self.states[state.id] = state
        self._created.append(
            {
                "id": state.id,
                "inbox_id": inbox_id,
                "site_id": visitor.site_id,
                "contact_id": visitor.contact_id,
                "visitor_id": visitor.visitor_id,
                "language": language,
                "started_on": page,
                "created_at": now,
                "queued_at": now,
                "last_at": now,
            }
        )
        self.tx.record(
            ConversationCreated(conversation_id=state.id, contact_id=state.contact_id, site_id=state.site_id)
        )
        return state

    def append(
        self,
        state: State,
        author: Author,
        text: str,
        *,
        now: datetime,
        kind: MessageKind = MessageKind.TEXT,
        author_id: UUID | None = None,
        client_id: str | None = None,
        fact: SystemFact | None = None,
    ) -> Message:
        """Append one entry and let the conversation's times and counts follow."""
        state.last_seq += 1
        if kind is not MessageKind.SYSTEM:
            state.last_line_seq = state.last_seq
            state.last_line = LastLine(state.last_seq, kind, author.kind, text[: states.LAST_LINE_CHARS], now)
        if kind is not MessageKind.NOTE:
            state.last_at = max(state.last_at, now)
            state.visitor_last_seq = state.last_seq
        if kind is MessageKind.TEXT and author.kind is AuthorKind.VISITOR:
            state.first_visitor_message_at = state.first_visitor_message_at or now
            state.waiting_since = state.waiting_since or now
            state.unread_count += 1
        elif kind is MessageKind.TEXT:
            if author.kind is AuthorKind.OPERATOR:
                state.first_operator_reply_at = state.first_operator_reply_at or now
            state.waiting_since = None
            state.visitor_unread_count += 1
        self._noted[state.id] = state
        message = Message(state.id, state.last_seq, kind, author, text, now, client_id, fact)
        self._appended.append((message, author_id or author.id))
        self.tx.record(
            MessageSent(
                conversation_id=state.id,
                contact_id=state.contact_id,
                site_id=state.site_id,
                seq=message.seq,
                kind=kind,
                author_kind=author.kind,
                operator_id=author.id if author.kind is AuthorKind.OPERATOR else None,
            ),
            row=message,
        )
        return message

    def add_system_line(self, state: State, fact: SystemFact, *, now: datetime) -> None:
        """Append a system line."""
        self.append(state, _SYSTEM, "", now=now, kind=MessageKind.SYSTEM, fact=fact)

    def assign(self, state: State, operator_id: UUID, name: str, *, now: datetime) -> None:
        """Give an open conversation to an operator. Nothing happens when it is theirs already."""
        if state.status is Status.CLOSED:
            raise Conflict("the conversation is closed; reopen it first", field="conversation_id")
        if state.assignee_id == operator_id:
            return
        previous = state.assignee_id
        if previous is not None:
            conversations.end_assignment(self.tx, state.id, "transferred", now)
        conversations.start_assignment(self.tx, self.ids(), state.id, operator_id, now)
        state.assignee_id = operator_id
        state.assigned_at = now
        self._turned[state.id] = state
        self.tx.record(
            ConversationAssigned(
                conversation_id=state.id,
                contact_id=state.contact_id,
                site_id=state.site_id,
                operator_id=operator_id,
                previous_operator_id=previous,
            )
        )
        self.add_system_line(state, SystemFact(SystemLine.OPERATOR_JOINED, name=name), now=now)

    def unassign(self, state: State, name: str, *, now: datetime) -> None:
        """Put a conversation back into the queue."""
        previous = state.assignee_id
        if previous is None or state.status is Status.CLOSED:
            raise Conflict("nobody holds the conversation", field="conversation_id")
        conversations.end_assignment(self.tx, state.id, "unassigned", now)
        state.assignee_id = None
        state.assigned_at = None
        state.queued_at = now
        self._turned[state.id] = state
        self.tx.record(
            ConversationUnassigned(
                conversation_id=state.id,
                contact_id=state.contact_id,
                site_id=state.site_id,
                previous_operator_id=previous,
            )
        )
        self.add_system_line(state, SystemFact(SystemLine.OPERATOR_LEFT, name=name), now=now)

    def close(self, state: State, principal: Principal, *, now: datetime) -> None:
        """Close an open conversation. Nothing happens when it is closed already."""
        if state.status is Status.CLOSED:
            return
        by_operator = isinstance(principal, OperatorPrincipal)
        conversations.end_assignment(self.tx, state.id, "closed", now)
        state.status = Status.CLOSED
        state.closed_at = now
        state.closed_by = principal.author_kind
        state.waiting_since = None
        self._turned[state.id] = state
        self.tx.record(
            ConversationClosed(
                conversation_id=state.id,
                contact_id=state.contact_id,
                site_id=state.site_id,
                by=principal.author_kind,
                operator_id=principal.operator_id if isinstance(principal, OperatorPrincipal) else None,
            )
        )
        line = SystemLine.CLOSED_BY_OPERATOR if by_operator else SystemLine.CLOSED_BY_VISITOR
        name = principal.name if isinstance(principal, OperatorPrincipal) else None
        self.add_system_line(state, SystemFact(line, name=name), now=now)

    def reopen(self, state: State, principal: Principal, *, now: datetime) -> None:
        """Open a closed conversation again: into the queue for a visitor, held by the operator who reopened it."""
        if state.status is not Status.CLOSED:
            return
        state.status = Status.OPEN
        state.closed_at = None
        state.closed_by = None
        state.assignee_id = None
        state.assigned_at = None
        state.queued_at = now
        self._turned[state.id] = state
        operator = principal if isinstance(principal, OperatorPrincipal) else None
        self.tx.record(
            ConversationReopened(
                conversation_id=state.id,
                contact_id=state.contact_id,
                site_id=state.site_id,
                by=principal.author_kind,
                operator_id=operator.operator_id if operator else None,
            )
        )
        self.add_system_line(state, SystemFact(SystemLine.REOPENED), now=now)
        if operator is not None:
            self.assign(state, operator.operator_id, operator.name, now=now)

    def write(self) -> None:
        """Store what was done, in four statements at most."""
        if self._created:
            number = conversations.next_number(self.tx)
            for index, values in enumerate(self._created):
                state = self.states[values["id"]]
                values["number"] = state.number = number + index
                states.keep(self.tx, state)
            conversations.insert_many(self.tx, self._created)
        if self._turned:
            states.turn(self.tx, self._turned.values())
        if self._appended:
            messages.append(self.tx, self._appended, self._noted.values())
