"""Delivered and read marks: one watermark a side and conversation, which only rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from klepet.model.errors import KlepetError, NotFound
from klepet.model.events import ReceiptAdvanced
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Needs, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.words import AuthorKind, Side
from klepet.store import messages, states
from klepet.store.states import State

_AUTHORS = {
    Side.OPERATOR: (AuthorKind.VISITOR.value, AuthorKind.VISITOR.value),
    Side.VISITOR: (AuthorKind.OPERATOR.value, AuthorKind.BOT.value),
}


@dataclass(slots=True, frozen=True)
class Receipt:
    """How far one side's client holds and has shown a transcript."""

    principal: Principal
    conversation_id: UUID
    delivered_seq: int
    read_seq: int

    @property
    def needs(self) -> Needs:
        """What raising the marks looks up."""
        return Needs(self.conversation_id)


def advance_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> list[KlepetError | None]:
    """Raise watermarks, for each receipt None or why it was refused. Receipts of one side for one conversation that
    come in one batch are one change and one event.
    """
    found = states.load(tx, {receipt.conversation_id for receipt in receipts})
    reached: dict[tuple[UUID, Side], tuple[int, int]] = {}
    results: list[KlepetError | None] = []
    for receipt in receipts:
        id_ = receipt.conversation_id
        state = found.get(id_)
        if state is None or not _may_see(receipt.principal, state):
            results.append(NotFound("there is no such conversation", field="conversation_id"))
            continue
        side = Side.OPERATOR if isinstance(receipt.principal, OperatorPrincipal) else Side.VISITOR
        delivered, read = reached.get((id_, side)) or state.marks_of(side)
        read = max(read, min(receipt.read_seq, state.last_seq))
        reached[(id_, side)] = (max(delivered, min(receipt.delivered_seq, state.last_seq), read), read)
        results.append(None)
    for side in Side:
        raised = {id_: to for (id_, one), to in reached.items() if one is side and to != found[id_].marks_of(side)}
        if raised:
            _raise_marks(tx, side, raised, found)
    return results


def advance_receipt(
    tx: Transaction, principal: Principal, conversation_id: UUID, *, delivered_seq: int, read_seq: int, ids: Ids
) -> None:
    """Raise the watermarks of one conversation."""
    if isinstance(principal, OperatorPrincipal):
        principal.require(Permission.ANSWER)
    refusal = advance_receipts(tx, [Receipt(principal, conversation_id, delivered_seq, read_seq)])[0]
    if refusal is not None:
        raise refusal


def _may_see(principal: Principal, state: State) -> bool:
    if isinstance(principal, VisitorPrincipal):
        return state.contact_id == principal.contact_id and state.site_id == principal.site_id
    return True


def _raise_marks(tx: Transaction, side: Side, raised: dict[UUID, tuple[int, int]], found: dict[UUID, State]) -> None:
    """Set one side's watermarks (delivered, read) in these conversations, in few statements however many they are."""
    moved = {id_ for id_, (_, read) in raised.items() if read != found[id_].marks_of(side)[1]}
    behind = [(id_, raised[id_][1]) for id_ in moved if raised[id_][1] < found[id_].last_seq]
    left = messages.counts_after(tx, behind, _AUTHORS[side])
    marks = []
    for id_, (delivered, read) in raised.items():
        state = found[id_]
        before = state.unread_count if side is Side.OPERATOR else state.visitor_unread_count
        marks.append((state, delivered, read, left.get(id_, 0) if id_ in moved else before))
        tx.record(
            ReceiptAdvanced(
                conversation_id=id_,
                contact_id=state.contact_id,
                site_id=state.site_id,
                side=side,
                delivered_seq=delivered,
                read_seq=read,
            )
        )
    states.mark(tx, side, marks)
