"""Commands of visitors' connections: each done once, however often it is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from klepet.actions.visitors import require_unchanged
from klepet.model.ports import Transaction
from klepet.model.principals import VisitorPrincipal
from klepet.model.records import Answer
from klepet.store import answers

REMEMBERED = timedelta(hours=24)


def do_once(
    tx: Transaction, visitor: VisitorPrincipal, client_id: str, run: Callable[[Transaction], Any], *, now: datetime
) -> None:
    """Do a command unless the visitor's `client_id` was done already: one whose answer was lost is sent again, perhaps
    after something else that it would undo.
    """
    whose = f"command:{visitor.visitor_id}"
    if answers.find(tx, whose, client_id, since=now - REMEMBERED) is not None:
        return
    require_unchanged(tx, visitor)
    run(tx)
    # The body is what an erasure of the contact finds it by.
    answers.keep(tx, whose, client_id, Answer(b"", 200, str(visitor.contact_id)), now)
