"""Sending messages: the hot path. One set-based action serves a batch over many conversations; `send_message`
is its one-element form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from klepet.actions.transcripts import Transcripts, load_open_states, load_states
from klepet.actions.visitors import require_unchanged
from klepet.model.errors import Conflict, KlepetError, NotAllowed, NotFound
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Needs, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.views import Author, Message, Page
from klepet.model.words import AuthorKind, MessageKind, Status
from klepet.store import messages, visitors
from klepet.store.states import State

_VISITOR = Author(AuthorKind.VISITOR)


@dataclass(slots=True, frozen=True)
class Draft:
    """A message on its way in. `text` is cleaned and within its limit; `conversation_id` is None for a
    visitor's first message, which goes into the visitor's open conversation or opens one, started on `page` in
    `language`.
    """

    principal: Principal
    client_id: str
    text: str
    conversation_id: UUID | None
    kind: MessageKind
    now: datetime
    ids: Ids
    page: Page | None = None
    language: str | None = None

    @property
    def author_id(self) -> UUID:
        """Whose `client_id` it is."""
        return self.principal.visitor_id if isinstance(self.principal, VisitorPrincipal) else self.principal.operator_id

    @property
    def needs(self) -> Needs:
        """What sending it looks up."""
        author_id = self.author_id
        operator_id = author_id if isinstance(self.principal, OperatorPrincipal) else None
        return Needs(self.conversation_id, (author_id, self.client_id), operator_id)


def send_messages(tx: Transaction, drafts: Sequence[Draft]) -> list[Message | KlepetError]:
    """Append messages, for each draft the message or why it was refused. The same client_id of the same author
    gives the first message.
    """
    earlier = messages.by_client_ids(tx, [(draft.author_id, draft.client_id) for draft in drafts])
    work = Transcripts(
        tx, drafts[0].ids, load_states(tx, {d.conversation_id for d in drafts if d.conversation_id is not None})
    )
    homeless = {d.principal.contact_id for d in drafts if _is_homeless(d) and isinstance(d.principal, VisitorPrincipal)}
    homes = load_open_states(tx, homeless) if homeless else {}
    # One conversation, one state: a batch may name a conversation and also find it as the open one of its contact.
    homes = {key: work.states.setdefault(state.id, state) for key, state in homes.items()}
    results: list[Message | KlepetError] = []
    for draft in drafts:
        key = (draft.author_id, draft.client_id)
        message = earlier.get(key)
        if message is None:
            try:
                message = earlier[key] = _send(work, homes, draft)
            except KlepetError as refusal:
                results.append(refusal)
                continue
        results.append(message)
    work.write()
    return results


def send_message(tx: Transaction, draft: Draft) -> Message:
    """Append one message; the same client_id twice gives the first message."""
    result = send_messages(tx, [draft])[0]
    if isinstance(result, KlepetError):
        raise result
    return result


def _is_homeless(draft: Draft) -> bool:
    return draft.conversation_id is None


def _send(work: Transcripts, homes: dict[tuple[UUID, UUID], State], draft: Draft) -> Message:
    if isinstance(draft.principal, VisitorPrincipal):
        return _send_as_visitor(work, homes, draft, draft.principal)
    return _send_as_operator(work, draft, draft.principal)


def _send_as_visitor(
    work: Transcripts, homes: dict[tuple[UUID, UUID], State], draft: Draft, visitor: VisitorPrincipal
) -> Message:
    if draft.kind is not MessageKind.TEXT:
        raise NotAllowed("visitors send texts only", field="kind")
    if draft.conversation_id is not None:
        try:
            state = work.state_for(visitor, draft.conversation_id)
        except NotFound:
            require_unchanged(work.tx, visitor)
            raise
        if state.status is Status.CLOSED:
            work.reopen(state, visitor, now=draft.now)  # a visitor is never refused
    else:
        key = (visitor.contact_id, visitor.site_id)
        found = homes.get(key)
        if found is None or found.status is Status.CLOSED:
            require_unchanged(work.tx, visitor)
            inbox_id = visitors.website_inbox_of(work.tx, visitor.site_id)
            found = homes[key] = work.open(
                visitor, inbox_id=inbox_id, page=draft.page, language=draft.language, now=draft.now
            )
        state = found
    return work.append(
        state, _VISITOR, draft.text, now=draft.now, author_id=visitor.visitor_id, client_id=draft.client_id
    )


def _send_as_operator(work: Transcripts, draft: Draft, operator: OperatorPrincipal) -> Message:
    operator.require(Permission.ANSWER)
    if draft.conversation_id is None:
        raise Conflict("name the conversation to answer in", field="conversation_id")
    if draft.kind is MessageKind.SYSTEM:
        raise NotAllowed("system lines are klepet's own", field="kind")
    state = work.state_for(operator, draft.conversation_id)
    if draft.kind is MessageKind.TEXT:
        if state.status is Status.CLOSED:
            raise Conflict("the conversation is closed; reopen it first", field="conversation_id")
        if state.assignee_id is None:
            work.assign(state, operator.operator_id, operator.name, now=draft.now)
    return work.append(
        state,
        Author(AuthorKind.OPERATOR, operator.operator_id),
        draft.text,
        now=draft.now,
        kind=draft.kind,
        client_id=draft.client_id,
    )
