"""Messages keep their order however refusals and second tries cross on the way."""

from typing import Any

import pytest

from klepet.model.errors import Busy
from tests.api.test_commands import Visitor


def test_a_late_refusal_does_not_let_a_later_message_overtake(
    klepet: Any, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are refused one after the other; the first refusal makes the client send both again at once."""
    visitor = Visitor(klepet, owner.post("/sites", {"name": "Shop"}).json())
    submitted: list[tuple[str, Any, Any]] = []

    def submit(group: Any, draft: Any, done: Any, *, lane: Any) -> None:
        submitted.append((draft.client_id, done, lane))

    monkeypatch.setattr(visitor.session.desk.parts.db, "submit", submit)
    first, second = ({"type": "send_message", "client_id": name, "text": name} for name in ("message-1", "message-2"))
    busy = Busy("not now", retry_after=1.0)

    visitor.tell(first, second)
    submitted[0][2].is_broken = True  # as the writer does
    submitted[0][1](None, busy)
    visitor.tell(first, second)
    submitted[1][1](None, busy)  # of the copies that were sent at first
    visitor.tell(first, second)
    assert [name for name, _, _ in submitted] == ["message-1", "message-2"] * 3
    lanes = [lane for _, _, lane in submitted]
    assert all(lane is lanes[2] for lane in lanes[2:]), "the second one may be stored where the first one is not"
    assert [frame["error"]["code"] for frame in visitor.of("refused")] == ["busy", "busy"]
