"""What a batch is going to look up, asked with its beginning where a question is a round trip (`Engine.is_remote`).

Items of set-based actions tell it (`ports.Needs`). The answers are put where look-ups find them: conversations with
those that the writer keeps, to be forgotten as those are (`states.py`); the rest with the transaction, until something
runs that told nothing of its needs. What is not at hand is asked of the database.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from klepet.model.ports import Needs
from klepet.store import messages, rows, states
from klepet.store.engine import Asked
from klepet.store.transaction import OpenTransaction


class Prefetch:
    """What these items will look up, without the conversations that are `known`."""

    def __init__(self, items: Iterable[Any], known: Collection[UUID]) -> None:
        needs = [found for item in items if (found := needs_of(item)) is not None]
        wanted = {one.conversation_id for one in needs if one.conversation_id is not None}
        self._conversations = [(id_,) for id_ in wanted if id_ not in known]
        self._sent = list({one.sent for one in needs if one.sent is not None})
        self._operators = [(id_,) for id_ in {one.operator_id for one in needs if one.operator_id is not None}]

    @property
    def questions(self) -> list[Asked]:
        """What to ask."""
        asked = ((states.LOOKUP, self._conversations), (messages.SENT, self._sent), (rows.OPERATORS, self._operators))
        return [lookup.question(keys) for lookup, keys in asked if keys]

    def put(self, answers: Iterable[list[tuple[Any, ...]]], tx: OpenTransaction) -> None:
        """Put the answers to all `questions`, in their order, where they are looked for."""
        given = iter(answers)
        if self._conversations:
            for state in states.states_of(next(given)):
                states.keep(tx, state)
        if self._sent:
            tx.sent = dict.fromkeys(self._sent) | messages.sent_by_key(next(given))
        if self._operators:
            tx.operators = rows.operators_by_key(next(given))


def needs_of(item: Any) -> Needs | None:
    """What an item tells of its needs, if it does."""
    needs: Needs | None = getattr(item, "needs", None)
    return needs
