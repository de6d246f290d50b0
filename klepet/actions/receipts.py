"""Delivered and read marks: one watermark a side and conversation, which only rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from klepet.model.errors import KlepetError, NotFound
from klepet.model.events import ReceiptAdvanced
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.words import AuthorKind, Side
from klepet.store import conversations, messages
from klepet.store.conversations import Watermarks

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


def advance_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> list[KlepetError | None]:
    """Raise watermarks, for each receipt None or why it was refused. Receipts of one side for one conversation that
    come in one batch are one change and one event.
    """
    found = conversations.watermarks(tx, {receipt.conversation_id for receipt in receipts})
    reached: dict[tuple[UUID, Side], tuple[int, int]] = {}
    results: list[KlepetError | None] = []
    for receipt in receipts:
        id_ = receipt.conversation_id
        marks = found.get(id_)
        if marks is None or not _may_see(receipt.principal, marks):
            results.append(NotFound("there is no such conversation", field="conversation_id"))
            continue
        side = Side.OPERATOR if isinstance(receipt.principal, OperatorPrincipal) else Side.VISITOR
        delivered, read = reached.get((id_, side), marks.sides[side])
        read = max(read, min(receipt.read_seq, marks.last_seq))
        reached[(id_, side)] = (max(delivered, min(receipt.delivered_seq, marks.last_seq), read), read)
        results.append(None)
    raised: dict[Side, list[tuple[int, int, UUID]]] = {}
    for (id_, side), (delivered, read) in reached.items():
        marks = found[id_]
        if marks.sides[side] != (delivered, read):
            raised.setdefault(side, []).append((delivered, read, id_))
            _advance(tx, marks, side, delivered, read)
    for side, rows in raised.items():
        conversations.raise_watermarks(tx, side, rows)
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


def _may_see(principal: Principal, marks: Watermarks) -> bool:
    if isinstance(principal, VisitorPrincipal):
        return marks.contact_id == principal.contact_id and marks.site_id == principal.site_id
    return True


def _advance(tx: Transaction, marks: Watermarks, side: Side, delivered: int, read: int) -> None:
    if read != marks.sides[side][1]:
        unread = 0 if read >= marks.last_seq else messages.count_from(tx, marks.id, _AUTHORS[side], read)
        conversations.set_unread(tx, marks.id, side, unread)
    tx.record(
        ReceiptAdvanced(
            conversation_id=marks.id,
            contact_id=marks.contact_id,
            site_id=marks.site_id,
            side=side,
            delivered_seq=delivered,
            read_seq=read,
        )
    )
