"""Delivered and read marks: one watermark a side and conversation, which only rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from klepet.model.errors import KlepetError, NotFound
from klepet.model.events import ReceiptAdvanced
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.words import AuthorKind, Side
from klepet.store import conversations, messages

_AUTHORS = {Side.OPERATOR: [AuthorKind.VISITOR], Side.VISITOR: [AuthorKind.OPERATOR, AuthorKind.BOT]}


@dataclass(slots=True, frozen=True)
class Receipt:
    """How far one side's client holds and has shown a transcript."""

    principal: Principal
    conversation_id: UUID
    delivered_seq: int
    read_seq: int


def advance_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> list[KlepetError | None]:
    """Raise watermarks, for each receipt None or why it was refused."""
    rows = conversations.rows_by_id(tx, {receipt.conversation_id for receipt in receipts})
    reached: dict[tuple[UUID, Side], tuple[int, int]] = {}
    results: list[KlepetError | None] = []
    for receipt in receipts:
        row = rows.get(receipt.conversation_id)
        if row is None or not _may_see(receipt.principal, row):
            results.append(NotFound("there is no such conversation", field="conversation_id"))
            continue
        _advance(tx, receipt, row, reached)
        results.append(None)
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


def _may_see(principal: Principal, row: Any) -> bool:
    if isinstance(principal, VisitorPrincipal):
        return bool(row.contact_id == principal.contact_id and row.site_id == principal.site_id)
    return True


def _advance(tx: Transaction, receipt: Receipt, row: Any, reached: dict[tuple[UUID, Side], tuple[int, int]]) -> None:
    side = Side.OPERATOR if isinstance(receipt.principal, OperatorPrincipal) else Side.VISITOR
    names = (f"{side.value}_delivered_seq", f"{side.value}_read_seq")
    delivered, read = reached.get((row.id, side), (getattr(row, names[0]), getattr(row, names[1])))
    new_read = max(read, min(receipt.read_seq, row.last_seq))
    new_delivered = max(delivered, min(receipt.delivered_seq, row.last_seq), new_read)
    if (new_delivered, new_read) == (delivered, read):
        return
    reached[(row.id, side)] = (new_delivered, new_read)
    values: dict[str, int] = {names[0]: new_delivered, names[1]: new_read}
    if new_read != read:
        count_name = "unread_count" if side is Side.OPERATOR else "visitor_unread_count"
        values[count_name] = messages.count_from(tx, row.id, _AUTHORS[side], new_read)
    conversations.change(tx, row.id, **values)
    tx.record(
        ReceiptAdvanced(
            conversation_id=row.id,
            contact_id=row.contact_id,
            site_id=row.site_id,
            side=side,
            delivered_seq=new_delivered,
            read_seq=new_read,
        )
    )
